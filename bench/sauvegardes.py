"""Backup and restore of a database of a gigabyte, against bare pg_dump, zstd and pg_restore.

Run as a program, it does one of the product's two sides in a process of its own, so that the peak
of memory is that of one side, and prints the figures as JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import django
import psycopg

from artjardin import settings
from artjardin.embarque import adresses
from artjardin.embarque.postgres import BINAIRES
from bench.banc import Banc
from bench.mesures import Releves, charge_machine, dire, nombre

LIGNES_PAR_LOT = 250_000
COTE = "artjardin_restauration"  # where the product restores beside
NUE = "artjardin_nue"
# Rows like those of the journal: numbers, dates, names, JSON; hexadecimal, which hardly compresses
GROSSE = """
    CREATE TABLE banc_entree (id bigint PRIMARY KEY, le timestamptz, acteur text, action text,
        details jsonb, empreinte text)
"""
REMPLIR = """
    INSERT INTO banc_entree SELECT g, timestamptz '2020-01-01' + g * interval '37 seconds',
        'Nom' || g %% 97, (ARRAY['facture.emise', 'client.modifie', 'paiement.recu'])[1 + g %% 3],
        jsonb_build_object('numero', 'FAC-' || g, 'montant', (g * 7919 %% 500000) / 100.0,
            'avant', repeat('Entretien du jardin, passage ' || g %% 1000 || '. ', 3)),
        encode(sha256(g::text::bytea), 'hex')
    FROM generate_series(%s::bigint, %s::bigint) g
"""


def mesurer_sauvegardes(banc: Banc, *, tours: int, taille: int) -> None:
    """`taille`: bytes that the database has at least."""
    dire(charge_machine())
    octets = grossir(banc, taille)
    dire(f"base de {nombre(octets // 2**20)} Mio")
    releves = Releves()
    for tour in range(tours):
        dire(f"  tour {tour + 1} sur {tours}")
        for quoi in ("sauvegarde nue", "sauvegarde", "restauration nue", "restauration"):
            releve = nue(banc, quoi) if quoi.endswith("nue") else produit(banc, quoi)
            for nom, valeur in releve.items():
                releves.noter(quoi, nom, valeur=valeur)
    rendre_compte(octets, releves)


def rendre_compte(octets: int, releves: Releves) -> None:
    for quoi in ("sauvegarde", "restauration"):
        nues = releves.mediane(f"{quoi} nue", "secondes")
        notres = releves.mediane(quoi, "secondes")
        rapport = releves.rapport((f"{quoi} nue", "secondes"), (quoi, "secondes"))
        dire(
            f"{quoi} : {octets / 2**20 / notres:.0f} Mio/s, contre {octets / 2**20 / nues:.0f} "
            f"pour les programmes nus : {rapport:.2f} (but : 0,85) ; mémoire de pointe "
            f"{releves.mediane(quoi, 'mo'):.0f} Mo (but : moins de 200)"
        )
    dire(charge_machine())


def grossir(banc: Banc, taille: int) -> int:
    """Bytes of the database once it has its big table."""
    with connecter(banc) as base:
        base.execute(GROSSE)
        rang = 0
        while (octets := poids(base)) < taille:
            base.execute(REMPLIR, [rang, rang + LIGNES_PAR_LOT - 1])
            rang += LIGNES_PAR_LOT
        base.execute("VACUUM ANALYZE banc_entree")
        return octets


def poids(base: psycopg.Connection) -> int:
    ligne = base.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(ligne[0]) if ligne else 0


def connecter(banc: Banc, base: str = adresses.BASE) -> psycopg.Connection:
    url = adresses.url_postgres(banc.dossier, base=base)
    return psycopg.connect(url, autocommit=True)


def nue(banc: Banc, quoi: str) -> dict[str, float]:
    """What a shell line takes for the same: no hash, no key, no count."""
    fichier = banc.dossier / "nue.dump.zst"
    if quoi == "sauvegarde nue":
        source = adresses.url_postgres(banc.dossier)
        ligne = f"{BINAIRES / 'pg_dump'} -Fc -Z0 -d '{source}' | zstd -q -3 -f -o {fichier} && sync"
        return {"secondes": chronometrer(ligne)}
    refaire(banc, NUE)
    vers = adresses.url_postgres(banc.dossier, base=NUE)
    ligne = f"zstd -q -d -c {fichier} | {BINAIRES / 'pg_restore'} --no-owner -d '{vers}'"
    secondes = chronometrer(ligne)
    supprimer(banc, NUE)
    return {"secondes": secondes}


def chronometrer(ligne: str) -> float:
    debut = time.perf_counter()
    subprocess.run(["/bin/bash", "-o", "pipefail", "-c", ligne], check=True)
    return time.perf_counter() - debut


def produit(banc: Banc, quoi: str) -> dict[str, float]:
    if quoi == "restauration":
        refaire(banc, COTE)
    releve: dict[str, float] = json.loads(banc.python("-m", "bench.sauvegardes", quoi))
    if quoi == "restauration":
        supprimer(banc, COTE)
        for reste in (banc.dossier / "sauvegardes").rglob("artjardin-*"):
            reste.unlink()
    return releve


def refaire(banc: Banc, base: str) -> None:
    supprimer(banc, base)
    with connecter(banc, "postgres") as serveur:
        serveur.execute(f'CREATE DATABASE "{base}" OWNER "{adresses.ROLE}" TEMPLATE template0')


def supprimer(banc: Banc, base: str) -> None:
    with connecter(banc, "postgres") as serveur:
        serveur.execute(f'DROP DATABASE IF EXISTS "{base}" WITH (FORCE)')


def sauvegarder() -> None:
    """Everything that the nightly backup does but its off-site copy."""
    from artjardin.sauvegardes.services import fabriquer  # noqa: PLC0415 - once Django is set up

    fabriquer("demande")


def restaurer() -> None:
    from artjardin.sauvegardes import bases, cles, depots, programmes  # noqa: PLC0415

    manifeste = list(depots.manifestes())[-1]
    with depots.fichier(manifeste.nom).open("rb") as flux:
        lu = bases.remplir(programmes.parametres(COTE), flux, [cles.identite_d_exercice()])
    if lu.sha256 != manifeste.sha256:
        raise RuntimeError("ce qui a été restauré n'est pas ce qui a été sauvegardé")


def relever(quoi: str) -> dict[str, Any]:
    debut = time.perf_counter()
    {"sauvegarde": sauvegarder, "restauration": restaurer}[quoi]()
    secondes = time.perf_counter() - debut
    return {
        "secondes": secondes,
        "mo": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    Path(settings.DONNEES).mkdir(exist_ok=True)
    django.setup()
    sys.stdout.write(json.dumps(relever(sys.argv[1])))
