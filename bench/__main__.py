"""python -m bench [WHAT] [--rapide]: measures on throw-away data (docs/performances)."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

PANNES, MISE_A_JOUR = "pannes", "mise-a-jour"  # campaigns, no measures: asked for by name only
QUOI = (
    "liste",
    "plan",
    "emission",
    "pdf",
    "passage",
    "envois",
    "corbeille",
    "archives",
    "sauvegardes",
    "concordance",
    "sante",
)
TAILLES = (1_000, 100_000, 1_000_000)
TAILLES_RAPIDES = (1_000, 20_000)


def main() -> None:
    options = lire_les_options()
    for signe in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signe, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="artjardin-banc-") as dossier:
        # The settings read them at import: no real service, no real data folder
        for nom in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "S3_ENDPOINT_URL"):
            os.environ.pop(nom, None)
        os.environ["DONNEES"] = dossier
        if options.quoi == PANNES:
            sys.exit(eprouver(Path(dossier), fois=options.fois, graine=options.graine))
        if options.quoi == MISE_A_JOUR:
            sys.exit(mettre_a_jour(Path(dossier), depuis=options.depuis))
        mesurer(options.quoi, Path(dossier), rapide=options.rapide)


def lire_les_options() -> argparse.Namespace:
    lecteur = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    choix = [*QUOI, PANNES, MISE_A_JOUR, "tout"]
    lecteur.add_argument("quoi", nargs="?", choices=choix, default="tout")
    lecteur.add_argument("--rapide", action="store_true", help="de petites tables, peu de tours")
    lecteur.add_argument("--fois", type=int, default=50, help="pannes : combien d'arrêts brutaux")
    lecteur.add_argument("--graine", type=int, default=4, help="pannes : pour rejouer le hasard")
    lecteur.add_argument("--depuis", default="HEAD~30", help="mise-a-jour : l'ancien code")
    return lecteur.parse_args()


def eprouver(dossier: Path, *, fois: int, graine: int) -> int:
    """The exit code of a campaign: 0 when nothing was lost nor doubled."""
    from bench.pannes import mesurer_pannes  # noqa: PLC0415 - after the environment is set

    return 0 if mesurer_pannes(dossier, fois=fois, graine=graine) else 1


def mettre_a_jour(dossier: Path, *, depuis: str) -> int:
    """The exit code: 0 when no request failed."""
    from bench.mise_a_jour import mesurer_la_mise_a_jour  # noqa: PLC0415 - as above

    sys.stdout.write(f"mise à jour depuis {depuis} :\n")
    return 0 if mesurer_la_mise_a_jour(dossier, depuis=depuis) else 1


def mesurer(quoi: str, dossier: Path, *, rapide: bool) -> None:
    """One bench after the other, each on data of its own; the list and the plan share theirs."""
    voulus = QUOI if quoi == "tout" else (quoi,)
    if {"liste", "plan"} & {*voulus}:
        mesurer_la_lecture(voulus, dossier, rapide=rapide)
    seuls = {
        "emission": emission,
        "pdf": pdf,
        "passage": passage,
        "envois": envois,
        "corbeille": corbeille,
        "archives": archives,
        "sauvegardes": sauvegardes,
        "concordance": concordance,
        "sante": sante,
    }
    for nom, banc in seuls.items():
        if nom in voulus:
            banc(dossier / nom, rapide=rapide)


def emission(dossier: Path, *, rapide: bool) -> None:
    from bench.banc import ouvrir  # noqa: PLC0415 - after the environment is set
    from bench.emission import mesurer_emission  # noqa: PLC0415

    sys.stdout.write("émission de factures :\n")
    with ouvrir(dossier, 0) as banc:
        mesurer_emission(banc, tours=2 if rapide else 5, documents=60 if rapide else 400)


def pdf(dossier: Path, *, rapide: bool) -> None:
    from bench.banc import ouvrir  # noqa: PLC0415 - after the environment is set
    from bench.pdf import mesurer_pdf  # noqa: PLC0415

    sys.stdout.write("PDF des factures :\n")
    with ouvrir(dossier, 0) as banc:
        mesurer_pdf(banc, tours=2 if rapide else 5, documents=4 if rapide else 15)


def passage(dossier: Path, *, rapide: bool) -> None:
    from bench.banc import ouvrir  # noqa: PLC0415 - after the environment is set
    from bench.passage import RAPPELS, TOUT, mesurer_passage  # noqa: PLC0415

    sys.stdout.write("passage des relances :\n")
    factures, clients = (TAILLES_RAPIDES[-1], 400) if rapide else (TAILLES[-1], 5_000)
    for nom, dernier in (("rappels", RAPPELS), ("avec des mises en demeure", TOUT)):
        sys.stdout.write(f"{nom} :\n")
        with ouvrir(dossier / str(dernier), factures) as banc:
            mesurer_passage(banc, clients=clients, dernier=dernier)


def envois(dossier: Path, *, rapide: bool) -> None:
    from bench.banc import ouvrir  # noqa: PLC0415 - after the environment is set
    from bench.envois import mesurer_envois  # noqa: PLC0415

    sys.stdout.write("envoi de courriels :\n")
    messages, beaucoup = (100, 500) if rapide else (400, 5_000)
    with ouvrir(dossier, 0) as banc:
        mesurer_envois(banc, tours=2 if rapide else 5, messages=messages, beaucoup=beaucoup)


def corbeille(dossier: Path, *, rapide: bool) -> None:
    from bench.banc import ouvrir  # noqa: PLC0415 - after the environment is set
    from bench.corbeille import mesurer_corbeille  # noqa: PLC0415

    sys.stdout.write("corbeille :\n")
    with ouvrir(dossier, 0) as banc:
        mesurer_corbeille(banc, tours=2 if rapide else 7)


def archives(dossier: Path, *, rapide: bool) -> None:
    from bench.archives import mesurer_archives  # noqa: PLC0415 - after the environment is set
    from bench.banc import ouvrir  # noqa: PLC0415

    sys.stdout.write("archivage de documents :\n")
    with ouvrir(dossier, 0) as banc:
        mesurer_archives(banc, tours=2 if rapide else 5, documents=60 if rapide else 300)


def sauvegardes(dossier: Path, *, rapide: bool) -> None:
    from bench.banc import ouvrir  # noqa: PLC0415 - after the environment is set
    from bench.sauvegardes import mesurer_sauvegardes  # noqa: PLC0415

    sys.stdout.write("sauvegardes :\n")
    with ouvrir(dossier, 0) as banc:
        mesurer_sauvegardes(banc, tours=1 if rapide else 5, taille=2**26 if rapide else 2**30)


def concordance(dossier: Path, *, rapide: bool) -> None:
    from bench.banc import ouvrir  # noqa: PLC0415 - after the environment is set
    from bench.concordance import mesurer_la_concordance  # noqa: PLC0415

    sys.stdout.write("concordance de la base et du journal :\n")
    factures, entrees = (TAILLES_RAPIDES[-1], 20_000) if rapide else (TAILLES[1], 1_000_000)
    with ouvrir(dossier, factures) as banc:
        mesurer_la_concordance(banc, tours=2 if rapide else 5, entrees=entrees)


def sante(dossier: Path, *, rapide: bool) -> None:
    from bench.banc import ouvrir  # noqa: PLC0415 - after the environment is set
    from bench.sante import mesurer_sante  # noqa: PLC0415

    sys.stdout.write("sondes de santé :\n")
    with ouvrir(dossier, TAILLES_RAPIDES[0]) as banc:
        mesurer_sante(banc, tours=2 if rapide else 7, duree=1.0 if rapide else 3.0)


def mesurer_la_lecture(voulus: Collection[str], dossier: Path, *, rapide: bool) -> None:
    from bench.banc import ouvrir  # noqa: PLC0415 - after the environment is set
    from bench.liste import mesurer_liste  # noqa: PLC0415
    from bench.mesures import dire, nombre  # noqa: PLC0415
    from bench.plan import mesurer_plan  # noqa: PLC0415

    tailles = TAILLES_RAPIDES if rapide else TAILLES
    with ExitStack() as pile:
        bancs = []
        for taille in tailles if "liste" in voulus else tailles[-1:]:
            dire(f"préparation de {nombre(taille)} factures…")
            bancs.append(pile.enter_context(ouvrir(dossier / str(taille), taille)))
        if "liste" in voulus:
            dire("liste de 50 factures :")
            mesurer_liste(bancs, tours=2 if rapide else 5, duree=0.5 if rapide else 2.0)
        if "plan" in voulus:
            dire("plan des relances :")
            mesurer_plan(bancs[-1], tours=2 if rapide else 5)


if __name__ == "__main__":
    main()
