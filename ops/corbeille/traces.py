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

from artjardin.accounts.auteur import Auteur
from artjardin.audit.etats import oublier_les_sels
from artjardin.outbox.models import NULLE_PART, Courriel, Rebond, Tentative
from artjardin.outbox.services import annuler
from clients.models import Client
from facturation.models import Devis, Facture, MandatPrelevement, Prelevement
from facturation.services.annonces import INTERNE
from relances.models import PlanDuClient, Suspension

PREUVES = ["facture", "facture_payee", "relance"]  # types of mails
FINIS = [Courriel.Statut.ENVOYE, Courriel.Statut.ECHEC, Courriel.Statut.ANNULE]
EFFACE = "Effacé"
CONTESTABLE = relativedelta(months=13)  # a debit may be disputed so long (CMF L133-24)


def courriels_effacables(clients: Collection[int]) -> Any:
    """Mails to these clients, or to the office about their documents, that prove nothing that is
    kept, their fate known. What never left proves nothing."""
    signes = Devis.tous.filter(client__in=clients, statut=Devis.Statut.ACCEPTE)
    piece = Q(type__in=PREUVES) | Q(sujet_type="facturation.devis", sujet_id__in=signes)
    parti = Q(statut=Courriel.Statut.ENVOYE) | Q(remis_le__isnull=False)
    siens = Courriel.objects.filter(_au_sujet_de(clients), statut__in=FINIS)
    return siens.exclude(piece & parti & ~Q(type=INTERNE)).exclude(texte="", objet=EFFACE)


def _au_sujet_de(clients: Collection[int]) -> Q:
    """To them, or to the office about one of their devis or invoices."""
    critere = Q(client_ref__in=clients)
    for modele in (Devis, Facture):
        leurs = modele.tous.filter(client__in=clients).values("pk")
        sujet = Q(sujet_type=modele._meta.label_lower, sujet_id__in=leurs)
        critere |= Q(type=INTERNE, client_ref=None) & sujet
    return critere


def annuler_ce_qui_attend(clients: Collection[int], *, par: Auteur) -> None:
    """Cancel what waits for these clients. What a sender holds now, its guard cancels."""
    attente = Courriel.objects.filter(client_ref__in=clients, statut=Courriel.Statut.EN_ATTENTE)
    siens = attente.exclude(type=INTERNE).order_by("pk")
    for courriel in siens.select_for_update(skip_locked=True, no_key=True):
        annuler(courriel, par=par)


def mandats_effacables(clients: Collection[int]) -> Any:
    """Mandates whose last debit can no longer be disputed."""
    depuis = timezone.localdate() - CONTESTABLE
    recents = Prelevement.objects.filter(facture__client__in=clients, prevu_le__gte=depuis)
    mandats = MandatPrelevement.objects.filter(client__in=clients)
    return mandats.exclude(client__in=recents.values("facture__client"))


def effacer_les_traces(clients: Collection[int], adresses: Collection[str]) -> dict[str, int]:
    """Clear them for these clients; `adresses`: their e-mails, before they were cleared."""
    oublier_les_sels(Client, clients)
    oublier_les_sels(MandatPrelevement, mandats_effacables(clients).values_list("pk", flat=True))
    comptes = {
        "courriels": _oublier_les_courriels(clients),
        "mandats": mandats_effacables(clients).delete()[0],
        "suspensions": Suspension.objects.filter(client__in=clients).update(motif=EFFACE),
        "plans": PlanDuClient.objects.filter(client__in=clients).delete()[0],
        "rebonds": _oublier_les_rebonds(clients, adresses),
    }
    return {quoi: nombre for quoi, nombre in comptes.items() if nombre}


def temoignees(clients: Collection[int]) -> list[Any]:
    """What the journal answers for among these traces, to be told once they are cleared."""
    return [
        ligne
        for modele in (MandatPrelevement, Suspension, PlanDuClient)
        for ligne in modele.objects.filter(client__in=clients).order_by("pk")
    ]


def _oublier_les_courriels(clients: Collection[int]) -> int:
    """The mails first: the database lets go of no answer whose mail still speaks."""
    courriels = [*courriels_effacables(clients).values_list("pk", flat=True)]
    nombre = Courriel.objects.filter(pk__in=courriels).update(
        a=[NULLE_PART], objet=EFFACE, texte="", html="", codes={}, reponse=""
    )
    Tentative.objects.filter(courriel__in=courriels).update(reponse="")
    return nombre


def _oublier_les_rebonds(clients: Collection[int], adresses: Collection[str]) -> int:
    """Reports about addresses that no other client has."""
    minuscules = {adresse.lower() for adresse in adresses if adresse}
    autres = Client.tous.filter(email__in=adresses).exclude(pk__in=clients)
    encore = autres.values_list("email", flat=True)
    orphelines = minuscules - {adresse.lower() for adresse in encore}
    anonyme = Concat(Value("efface-"), F("pk"), Value("@adresse.invalid"), output_field=CharField())
    return Rebond.objects.filter(adresse__in=orphelines).update(adresse=anonyme, diagnostic="")
