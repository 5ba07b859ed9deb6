"""What names a client outside its own row: mandate, suspensions, bounces, mails that prove nothing.

Kept: what proves a document, a payment or a reminder (RGPD 17-3-b and 17-3-e).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import F, Q, Value
from django.db.models.fields import CharField
from django.db.models.functions import Concat
from django.utils import timezone

from artjardin.outbox.models import Courriel, Rebond
from clients.models import Client
from facturation.models import Devis, MandatPrelevement, Prelevement
from relances.models import PlanDuClient, Suspension

PREUVES = ["facture", "facture_payee", "relance"]  # types of mails
FINIS = [Courriel.Statut.ENVOYE, Courriel.Statut.ECHEC, Courriel.Statut.ANNULE]
EFFACE = "Effacé"
NULLE_PART = "efface@adresse.invalid"
CONTESTABLE = relativedelta(months=13)  # a debit may be disputed so long (CMF L133-24)


def courriels_effacables(clients: Collection[int]) -> Any:
    """Mails to these clients that prove nothing that is kept, their fate known."""
    signes = Devis.tous.filter(client__in=clients, statut=Devis.Statut.ACCEPTE)
    preuve = Q(type__in=PREUVES) | Q(sujet_type="facturation.devis", sujet_id__in=signes)
    siens = Courriel.objects.filter(client_ref__in=clients, statut__in=FINIS)
    return siens.exclude(preuve).exclude(texte="", objet=EFFACE)


def mandats_effacables(clients: Collection[int]) -> Any:
    """Mandates whose last debit can no longer be disputed."""
    depuis = timezone.localdate() - CONTESTABLE
    recents = Prelevement.objects.filter(facture__client__in=clients, prevu_le__gte=depuis)
    mandats = MandatPrelevement.objects.filter(client__in=clients)
    return mandats.exclude(client__in=recents.values("facture__client"))


def effacer_les_traces(clients: Collection[int], adresses: Collection[str]) -> dict[str, int]:
    """Clear them for these clients; `adresses`: their e-mails, before they were cleared."""
    comptes = {
        "courriels": courriels_effacables(clients).update(
            a=[NULLE_PART], objet=EFFACE, texte="", html="", codes={}, reponse=""
        ),
        "mandats": mandats_effacables(clients).delete()[0],
        "suspensions": Suspension.objects.filter(client__in=clients).update(motif=EFFACE),
        "plans": PlanDuClient.objects.filter(client__in=clients).delete()[0],
        "rebonds": _oublier_les_rebonds(adresses),
    }
    return {quoi: nombre for quoi, nombre in comptes.items() if nombre}


def _oublier_les_rebonds(adresses: Collection[str]) -> int:
    """Reports about addresses that no client has any more."""
    minuscules = {adresse.lower() for adresse in adresses if adresse}
    encore = Client.tous.filter(email__in=adresses).values_list("email", flat=True)
    orphelines = minuscules - {adresse.lower() for adresse in encore}
    anonyme = Concat(Value("efface-"), F("pk"), Value("@adresse.invalid"), output_field=CharField())
    return Rebond.objects.filter(adresse__in=orphelines).update(adresse=anonyme, diagnostic="")
