"""The reminders of the day: the preview of 8:00, the run of 9:00."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.utils import timezone

from artjardin.passages import derniers_passages
from ops.sante.constats import Etat, Releve
from relances.calendrier import ferie
from relances.models import Passage

APERCU = "aperçu des relances"  # its entry in the schedule
DEBUT_APERCU, FIN_APERCU = time(8), time(8, 30)
DEBUT, LIMITE = time(9), time(9, 25)  # told at 9:30: the probe has a delay of five minutes


def passage() -> Releve:
    """The run of the last working day whose 9:30 is past is finished, or a later one is."""
    jour = _dernier_jour(LIMITE)
    if naissance() > _le(jour, DEBUT):
        return Releve(Etat.OK)
    passages = Passage.objects.filter(jour__gte=jour)
    if passages.filter(fin__isnull=False).exists():
        return Releve(Etat.OK)
    fait = "n'est pas fini" if passages.exists() else "n'a pas commencé"
    return Releve(Etat.PANNE, f"le passage du {jour:%d/%m} {fait}")


def incompletes() -> Releve:
    """Clients whom the last run could not remind."""
    dernier = Passage.objects.exclude(fin=None).order_by("-jour").first()
    if dernier is None or not dernier.echecs:
        return Releve(Etat.OK, valeur=0)
    nombre = dernier.echecs
    factures = "factures non relancées" if nombre > 1 else "facture non relancée"
    return Releve(Etat.PANNE, f"passage du {dernier.jour:%d/%m} : {nombre} {factures}", nombre)


def apercu() -> Releve:
    """The preview was looked at on the morning of the last working day (whatever it had to say).

    Nothing is known of it when Valkey forgot everything.
    """
    jour = _dernier_jour(FIN_APERCU)
    fait = derniers_passages().get(APERCU)
    if fait is None or (fait.reussi_le or fait.debut) >= _le(jour, DEBUT_APERCU):
        return Releve(Etat.OK)
    return Releve(Etat.PANNE, f"l'aperçu du {jour:%d/%m} n'a pas été fait")


def naissance() -> datetime:
    """Since when this database exists: nothing was to be done before."""
    premiere = MigrationRecorder.Migration.objects.aggregate(le=Min("applied"))["le"]
    return premiere or timezone.now()


def _dernier_jour(heure: time) -> date:
    """The last working day on which it has been that hour (Paris)."""
    local = timezone.localtime()
    jour = local.date() if local.time() >= heure else local.date() - timedelta(days=1)
    while ferie(jour):
        jour -= timedelta(days=1)
    return jour


def _le(jour: date, heure: time) -> datetime:
    return timezone.make_aware(datetime.combine(jour, heure))
