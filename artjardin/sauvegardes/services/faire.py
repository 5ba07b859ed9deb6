"""Making a backup: a whole encrypted file first, its row then, its off-site copy last."""

from __future__ import annotations

import errno
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from importlib.metadata import version
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.models import Execution
from artjardin.audit.services import consigner, suivre
from artjardin.erreurs import Conflit, ErreurMetier, Indisponible
from artjardin.sauvegardes import cles, depots, programmes, tuyaux
from artjardin.sauvegardes.instantane import Instantane, instantane
from artjardin.sauvegardes.manifeste import MANIFESTE, Manifeste, nom_du
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.sauvegardes.services.catalogue import deposer, inscrire
from artjardin.storage.coffres import PANNES, AutreContenu, DejaDepose, coffre_des_sauvegardes
from artjardin.storage.services import archiver_les_documents

journal = logging.getLogger(__name__)
TACHE = "sauvegarde"
PATIENCE = 60.0  # seconds given to the archive before the dump


def sauvegarder(*, motif: str, par: Auteur) -> Sauvegarde:
    """Dump, compress, encrypt, keep here and elsewhere; return the row, not yet verified.

    Raise Conflit when a backup is running, Indisponible when none could be made: nothing counts
    then. An off-site copy that fails leaves the run partial and is tried again by the next one.
    """
    with suivre(TACHE) as execution:
        _archiver_d_abord()
        sauvegarde = inscrire(fabriquer(motif))
        consigner(sauvegarde, "sauvegarde.faite", par=par, **_faits(sauvegarde))
        if faute := completer():
            execution.resultat, execution.erreur = Execution.Resultat.PARTIEL, faute
        sauvegarde.refresh_from_db()
        execution.compteurs = _faits(sauvegarde) | {"nom": sauvegarde.nom}
    return sauvegarde


def _archiver_d_abord() -> None:
    """The documents that the backup will name are in the archive when it is put back. What cannot
    be archived now, or within a minute, delays no backup."""
    fin = monotonic() + PATIENCE
    while (reste := fin - monotonic()) > 0:
        try:
            archiver_les_documents(duree=reste)
        except Conflit:  # the minute's sweep is at it
            sleep(1)
        except PANNES:
            journal.exception("les derniers documents ne sont pas archivés avant la sauvegarde")
            return
        else:
            return


def fabriquer(motif: str) -> Manifeste:
    """The encrypted file and its manifest on this machine, without any row: before a migration,
    the tables are not those of this code. Raise Conflit while another one is being made,
    Indisponible when it fails: nothing is left then."""
    try:
        with depots.seul():
            if restes := depots.nettoyer():
                journal.warning("sauvegardes interrompues effacées : %s", ", ".join(restes))
            return _fabriquer(motif)
    except ErreurMetier:
        raise
    except Exception as erreur:
        raise Indisponible(_dire(erreur), code="sauvegarde_echouee") from erreur


def _fabriquer(motif: str) -> Manifeste:
    debut = _instant_libre(motif)
    nom = nom_du(debut, motif)
    publiques, vers = cles.destinataires(), programmes.parametres()
    try:
        with instantane(vers) as instant:
            mesure = _vider(nom, instant, vers, publiques)
        _exiger_une_taille(nom, mesure.taille)
        manifeste = Manifeste(
            nom=nom,
            motif=motif,
            debut=debut.isoformat(),
            taille=mesure.taille,
            sha256=mesure.sha256,
            destinataires=[str(publique) for publique in publiques],
            **_faits_de(instant),
        )
        depots.ecrire_le_manifeste(manifeste)
    except BaseException:
        depots.supprimer(nom)
        raise
    return manifeste


def _instant_libre(motif: str) -> datetime:
    """Now, or a second after a backup of the same name: a clock set back replaces nothing."""
    instant = timezone.now()
    while depots.fichier(nom_du(instant, motif), MANIFESTE).exists():
        instant += timedelta(seconds=1)
    return instant


def _vider(nom: str, instant: Instantane, vers: dict[str, str], publiques: Any) -> tuyaux.Mesure:
    """pg_dump of this very snapshot, through zstd and age, into the local file."""
    commande = programmes.commande(
        "pg_dump",
        "--format=custom",
        "--compress=none",
        f"--snapshot={instant.nom}",
        vers=vers,
        serveur=instant.majeur,
    )
    with (
        depots.ecrire(depots.fichier(nom)) as sortie,
        tuyaux.lire_de(commande, programmes.environnement(vers)) as dump,
    ):
        return tuyaux.chiffrer(dump, sortie, publiques)


def _exiger_une_taille(nom: str, taille: int) -> None:
    if taille < settings.SAUVEGARDE_TAILLE_MIN:
        raise tuyaux.Echec(
            f"{nom} ne fait que {taille} octets, il en faut {settings.SAUVEGARDE_TAILLE_MIN}."
        )


def _faits_de(instant: Instantane) -> dict[str, Any]:
    outils = {un: version(un) for un in ("pyrage", "zstandard", "Django")}
    outils["pg_dump"] = str(programmes.version(programmes.programme("pg_dump", instant.majeur)))
    return {
        "fin": timezone.now().isoformat(),
        "base": instant.base,
        "serveur": instant.serveur,
        "outils": outils,
        "migrations": instant.migrations,
        "tables": instant.tables,
        "sequences": instant.sequences,
    }


def completer() -> str:
    """The off-site copies that miss, newest first; the last failure, or ""."""
    faute = ""
    with suppress(*PANNES):  # the deposit below tells the same trouble
        coffre_des_sauvegardes().menage()
    attendues = Sauvegarde.objects.filter(
        distante=False, locale=True, etat__in=[Sauvegarde.Etat.FAITE, Sauvegarde.Etat.VERIFIEE]
    )
    for une in attendues.order_by("-faite_le"):
        try:
            _deposer(une)
        except (*PANNES, DejaDepose) as erreur:
            une.erreur = f"copie hors site : {type(erreur).__name__}: {erreur}"
            une.save(update_fields=["erreur"])
            journal.exception("%s n'est pas hors site", une)
            faute = une.erreur
    return faute


def _deposer(sauvegarde: Sauvegarde) -> None:
    """What a server that lied or was cut left under our key is replaced: the local copy is good."""
    try:
        deposer(sauvegarde)
    except AutreContenu:
        with depots.fichier(sauvegarde.nom).open("rb") as flux:
            if depots.empreinte(flux) != sauvegarde.sha256:
                raise
        deposer(sauvegarde, en_remplacement=True)


def _faits(sauvegarde: Sauvegarde) -> dict[str, Any]:
    return {
        "octets": sauvegarde.taille,
        "secondes": round(sauvegarde.duree / timedelta(seconds=1)),
        "hors_site": sauvegarde.distante,
    }


def _dire(erreur: Exception) -> str:
    if isinstance(erreur, OSError) and erreur.errno in {errno.ENOSPC, errno.EDQUOT}:
        libres = depots.place_libre() // 2**20
        return f"Le disque est plein ({libres} Mio libres) : aucune sauvegarde n'a été faite."
    return f"Aucune sauvegarde n'a été faite : {erreur}"
