"""Mails: the queue moves, and what did not arrive is known."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, Max, Min, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from artjardin.outbox.models import Courriel, Tentative
from artjardin.outbox.services import age_de_la_file
from ops.sante.constats import Etat, Releve
from ops.veille.models import Incident

ATTENTE = timedelta(minutes=15)
ECHECS, PENDANT = 10, timedelta(hours=1)
DOUTE = timedelta(hours=1)  # given to a person to settle an uncertain mail
RECENTS = timedelta(days=30)
PERDUS = "courriels_perdus"
MANQUES = [Courriel.Statut.ECHEC, Courriel.Statut.INCERTAIN]


def file() -> Releve:
    """How long the oldest due mail has been waiting for its turn."""
    age = age_de_la_file()
    secondes = round(age.total_seconds())
    if age <= ATTENTE:
        return Releve(Etat.OK, valeur=secondes, unite="s")
    minutes = age // timedelta(minutes=1)
    return Releve(Etat.PANNE, f"le plus ancien attend depuis {minutes} min", secondes, "s")


def echecs() -> Releve:
    """Given up within an hour: one is an address, eleven are the relay, the domain or ourselves."""
    nombre = _abandonnes(depuis=timezone.now() - PENDANT).count()
    if nombre <= ECHECS:
        return Releve(Etat.OK, valeur=nombre)
    return Releve(Etat.PANNE, f"{nombre} courriels refusés en une heure", nombre)


def perdus() -> Releve:
    """To clients, given up, neither sent again nor acknowledged since."""
    faits = Incident.objects.filter(cle=PERDUS).aggregate(le=Max("acquitte_le"))["le"]
    depuis = max(filter(None, [faits, timezone.now() - RECENTS]))
    lignes = _abandonnes(depuis=depuis).filter(client_ref__isnull=False, renvois=None)
    return _compter(lignes, "non remis à des clients")


def incertains() -> Releve:
    """Nobody has said for an hour whether they arrived."""
    lignes = Courriel.objects.filter(statut=Courriel.Statut.INCERTAIN)
    confies = lignes.annotate(le=Coalesce("remis_le", "pris_le", "cree_le"))
    return _compter(confies.filter(le__lt=timezone.now() - DOUTE), "dont le sort est inconnu")


def internes() -> Releve:
    """To ourselves: what they had to tell was not told."""
    depuis = timezone.now() - timedelta(days=1)
    lignes = _essayes(Courriel.objects.filter(statut__in=MANQUES), depuis=depuis)
    return _compter(lignes.filter(client_ref=None, renvois=None), "internes non remis")


def _abandonnes(*, depuis: datetime) -> QuerySet[Courriel]:
    """By the relay's refusal, or by a guard of ours that broke."""
    return _essayes(Courriel.objects.filter(statut=Courriel.Statut.ECHEC), depuis=depuis)


def _essayes(lignes: QuerySet[Courriel], *, depuis: datetime) -> QuerySet[Courriel]:
    """Those whose last attempt is since: a mail is tried for a day and more before it is lost."""
    essais = Tentative.objects.filter(courriel=OuterRef("pk"), fin__gt=depuis)
    return lignes.filter(Exists(essais))


def _compter(lignes: QuerySet[Courriel], quoi: str) -> Releve:
    premier: datetime | None = lignes.aggregate(le=Min("cree_le"))["le"]
    if premier is None:
        return Releve(Etat.OK, valeur=0)
    nombre = lignes.count()
    pluriel = "s" if nombre > 1 else ""
    le = timezone.localtime(premier)
    message = f"{nombre} courriel{pluriel} {quoi}, le premier du {le:%d/%m} à {le:%H:%M}"
    return Releve(Etat.PANNE, message, nombre)
