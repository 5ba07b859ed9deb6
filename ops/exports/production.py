"""Making an export: one process at a time, taken again when it was interrupted."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.audit.services import consigner, exclusif
from artjardin.erreurs import ErreurMetier
from clients.models import Client
from ops.exports.complet import ecrire_tout
from ops.exports.contenu import Suivi
from ops.exports.fichiers import ecrire_en_entier, fichier, mesurer
from ops.exports.personne import ecrire_la_personne
from ops.exports.ventes import ecrire_les_ventes, nom_du_journal, periode_de
from ops.models import Export

journal = logging.getLogger(__name__)

ROBOT = systeme("exports")
IMPREVUE = "Erreur imprévue : prévenez la personne qui s'occupe du logiciel"
PAUSE = 1.0  # seconds between two notes of the progress
Genre = Export.Genre


def verrou(numero: int) -> str:
    """The name of the lock that the process making an export holds, and loses when it dies."""
    return f"export:{numero}"


def produire(numero: int, *, vers: Path | None = None, suivi: Suivi | None = None) -> None:
    """Make an export that waits, or take again one whose process died; nothing for the others.

    The file goes to the folder of exports, or to `vers`, which a person chose. A refusal (disk
    full, client gone) is written on the row; any other error too, and is raised.
    """
    with exclusif(verrou(numero)) as a_nous:
        export = _commencer(numero) if a_nous else None
        if export is None:
            return
        try:
            _faire(export, vers=vers, suivi=suivi)
        except ErreurMetier as refus:
            _echouer(export, refus.message)
        except Exception as erreur:
            _echouer(export, f"{IMPREVUE} ({type(erreur).__name__}).")
            raise


@transaction.atomic
def _commencer(numero: int) -> Export | None:
    export = Export.objects.select_for_update(of=("self",)).get(pk=numero)
    if export.etat == Export.Etat.EN_COURS:  # we hold its lock: whoever made it is dead
        export.interrompre()
        export.save()
    if export.etat not in Export.EN_ROUTE:
        return None
    export.commencer()
    export.save()
    return export


def _faire(export: Export, *, vers: Path | None, suivi: Suivi | None) -> None:
    destination = vers or fichier(export.pk)
    with avancement(export.pk) as noter, ecrire_en_entier(destination) as flux:
        bilan = _ecrire(export, flux, suivi or noter)
    mesures = mesurer(destination)
    export.finir(nom=_nom(export), bilan=bilan, remis=vers is not None, **mesures._asdict())
    with transaction.atomic():
        export.save()
        consigner(
            export,
            "export.fait",
            par=ROBOT,
            sha256=export.sha256,
            taille=export.taille,
            manquants=len(bilan.get("manquants", [])),
            vers=str(vers or ""),
        )


def _ecrire(export: Export, flux: IO[bytes], suivi: Suivi) -> dict[str, Any]:
    if export.genre == Genre.VENTES:
        return ecrire_les_ventes(flux, periode_de(export.parametres), suivi)
    if export.genre == Genre.PERSONNE:
        return ecrire_la_personne(flux, export.client_ref or 0, suivi)
    return ecrire_tout(flux, suivi)


def _nom(export: Export) -> str:
    """The name that whoever downloads it sees."""
    if export.genre == Genre.VENTES:
        return nom_du_journal(periode_de(export.parametres))
    jour = f"{timezone.localtime(export.commence_le):%Y-%m-%d-%Hh%M}"
    if export.genre == Genre.PERSONNE:
        client = Client.tous.get(pk=export.client_ref or 0)
        return f"donnees-personnelles-{client.code}-{jour}.zip"
    return f"export-complet-{jour}.zip"


@transaction.atomic
def _echouer(export: Export, erreur: str) -> None:
    export.echouer(erreur)
    export.save()
    consigner(export, "export.echec", par=ROBOT, erreur=erreur)


@contextmanager
def avancement(numero: int) -> Iterator[Suivi]:
    """Notes the progress on the row, by a connection of its own: ours reads a past instant."""
    autre = connections[DEFAULT_DB_ALIAS].copy()
    dernier = -PAUSE

    def noter(pourcent: int, etape: str) -> None:
        nonlocal dernier
        if time.monotonic() - dernier < PAUSE:
            return
        dernier = time.monotonic()
        try:
            with autre.cursor() as curseur:
                curseur.execute(
                    "UPDATE ops_export SET progression = %s, etape = %s WHERE id = %s",
                    [min(pourcent, 99), etape[:100], numero],
                )
        except DatabaseError:  # it says less, and stops nothing
            journal.warning("la progression de l'export %s ne se note pas", numero)

    try:
        yield noter
    finally:
        autre.close()
