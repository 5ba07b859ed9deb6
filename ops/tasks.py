"""Recurring work of the whole product: ids in, services called."""

import logging

from celery import shared_task
from django.db import transaction

from artjardin.accounts.auteur import Auteur, personne
from artjardin.accounts.models import User
from artjardin.erreurs import Conflit
from artjardin.sauvegardes import services as sauvegardes
from artjardin.sauvegardes.models import Sauvegarde
from ops import archives, nuit
from ops.comptes import liens, menage
from ops.corbeille.passage import purger_du_jour
from ops.corbeille.registre import deposer_les_effacements
from ops.exports import production
from ops.exports import services as exports
from ops.models import Export
from ops.veille import silence

journal = logging.getLogger(__name__)


@shared_task
def sauvegarder() -> None:
    nuit.sauvegarder_cette_nuit()


@shared_task
def controler() -> None:
    nuit.controler_cette_nuit()


@shared_task
def purger_la_corbeille() -> None:
    purger_du_jour()


@shared_task
def ranger_les_acces() -> None:
    """With the purge: what opens nothing any more."""
    try:
        menage.ranger()
    except Conflit as refus:
        journal.info("%s", refus.message)


@shared_task
def ecrire_les_effacements() -> None:
    """Soon after an erasure; the purge of the night takes up what failed."""
    deposer_les_effacements()


def noter_l_effacement() -> None:
    """Have it written to the vault once it is committed."""
    transaction.on_commit(lambda: ecrire_les_effacements.delay(), robust=True)  # noqa: PLW0108


@shared_task
def envoyer_un_oubli(email: str, *, adresse: str | None, requete: str) -> None:
    """A forgotten password, asked for by whoever knows the address."""
    de = Auteur(nom="personne non identifiée", adresse=adresse, requete=requete)
    liens.envoyer_un_oubli(email, de=de)


@shared_task
def lancer_une_sauvegarde(user_id: int) -> None:
    """Asked for by a person: made, then drilled."""
    par = _au_nom_de(user_id)
    faite = sauvegardes.sauvegarder(motif=Sauvegarde.Motif.DEMANDE, par=par)
    sauvegardes.exercer(faite, par=par)


@shared_task
def verifier_une_sauvegarde(sauvegarde_id: int, user_id: int) -> None:
    sauvegarde = Sauvegarde.objects.get(pk=sauvegarde_id)
    sauvegardes.exercer(sauvegarde, par=_au_nom_de(user_id))


@shared_task
def rattraper_les_archives() -> None:
    try:
        archives.rattraper_du_jour()
    except Conflit as refus:
        journal.info("%s", refus.message)


def _au_nom_de(user_id: int) -> Auteur:
    return personne(User.objects.get(pk=user_id))


@shared_task
def produire_export(export_id: int) -> None:
    """Make an export; nothing when it is made already, or being made elsewhere."""
    production.produire(export_id)


@shared_task
def surveiller_la_veille() -> None:
    silence.surveiller_la_veille()


@shared_task
def oublier_les_exports() -> None:
    """Remove the files kept long enough, and take again what was interrupted."""
    exports.oublier_les_perimes()
    for export_id in exports.a_reprendre():
        produire_export.delay(export_id)


def lancer_l_export(export: Export) -> None:
    """Have it begun once its row is committed; the sweep does it if the broker is away."""
    transaction.on_commit(lambda: produire_export.delay(export.pk), robust=True)
