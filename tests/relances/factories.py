"""Invoices as reminders meet them: issued through the services, in the past."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from artjardin.accounts.auteur import systeme
from clients.models import Client
from facturation.models import Entreprise, Facture, TvaFacture
from facturation.montants import Tva
from facturation.services import emettre_facture, preparer_facture
from relances.models import Niveau, Relance

PAR = systeme("test")
LUNDI = date(2026, 11, 23)


def facture_due(client: Client, *, retard: int, au: date = LUNDI, ht: str = "100.00") -> Facture:
    """An issued invoice, `retard` days past due on `au`; all are issued a year before."""
    echeance = au - timedelta(days=retard)
    ligne = {"designation": "Taille de haie", "quantite": Decimal(1), "prix_unitaire": Decimal(ht)}
    facture = preparer_facture(par=PAR, client=client, objet="Taille de haie", lignes=[ligne])
    Facture.objects.filter(pk=facture.pk).update(echeance=echeance)
    return emettre_facture(facture, par=PAR, le=au - timedelta(days=365))


@transaction.atomic
def facture_reprise(client: Client, numero: str, *, retard: int, au: date = LUNDI) -> Facture:
    """An imported invoice of 120 € TTC: frozen, with its own number and no PDF of ours."""
    tva = Tva(Decimal("20.00"), Decimal("100.00"))
    echeance = au - timedelta(days=retard)
    facture = Facture.objects.create(
        client=client,
        objet="Élagage",
        echeance=echeance,
        total_ht=tva.base,
        total_tva=tva.montant,
        total_ttc=tva.base + tva.montant,
        emetteur=Entreprise.la_notre().instantane(),
        destinataire=client.instantane(),
    )
    TvaFacture.objects.create(facture=facture, taux=tva.taux, base=tva.base, montant=tva.montant)
    facture.emettre(numero=numero, serie=Facture.SERIE_REPRISE, le=echeance)
    facture.save()
    return facture


def deja_faite(facture: Facture, jours: int, *, le: date = date(2026, 11, 2)) -> Relance:
    """A reminder of that level, posted on a day."""
    return Relance.objects.create(
        facture=facture,
        niveau=niveau(jours),
        jour=le,
        canal="poste",
        solde=Decimal("120.00"),
        retard=jours,
        postee_le=datetime(le.year, le.month, le.day, 12, tzinfo=UTC),
    )


def niveau(jours: int, *, type_client: str = "particulier") -> Niveau:
    """A level of the plan of a type of client."""
    return Niveau.objects.get(jours=jours, plan__type_client=type_client)


def facture_pro_due(
    client: Client, *, retard: int, au: date = LUNDI, ht: str = "100.00", **champs: object
) -> Facture:
    """An invoice issued 30 days before its due date, as the law wants between professionals."""
    echeance = au - timedelta(days=retard)
    ligne = {"designation": "Taille de haie", "quantite": Decimal(1), "prix_unitaire": Decimal(ht)}
    facture = preparer_facture(par=PAR, client=client, objet="Taille", lignes=[ligne], **champs)
    Facture.objects.filter(pk=facture.pk).update(echeance=echeance)
    return emettre_facture(facture, par=PAR, le=echeance - timedelta(days=30))
