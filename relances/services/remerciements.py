"""Thanking, once, a client who paid an invoice it was reminded of: one mail for all of them.

It stands for the plain receipt of these invoices, and carries their stamped copies: a client gets
one mail for one payment.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from artjardin.argent import ZERO
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import adresses_en_erreur, promettre
from artjardin.storage.models import Document
from clients.models import Client
from facturation.models import Entreprise, Facture
from facturation.services.acquittee import promettre_l_acquittee
from facturation.services.annonces import copies
from facturation.services.gardes import (
    motif_d_adresse_du_recu,
    motif_de_ne_pas_remercier,
    motif_du_client,
)
from facturation.services.verrous import verrouiller_le_compte
from relances.messages import composer
from relances.models import Modele, Reglages, Remerciement

journal = logging.getLogger(__name__)
FENETRE = timedelta(days=7)  # older payments are not thanked for: switching it on thanks no past
GENRE = "merci"
RECU = "facture_payee"
A_LA_PLACE = "Un remerciement part à la place : cette facture avait été relancée."
PLUS_REGLEE = "Une facture n'est plus réglée : son règlement a été annulé."
# Invoices paid to the cent by money entered after a reminder had reached the client, neither
# thanked for nor acknowledged yet
A_REMERCIER = """
    SELECT DISTINCT f.client_id, f.id
    FROM facturation_paiement p
    JOIN facturation_imputation i ON i.paiement_id = p.id AND i.montant > 0
    JOIN facturation_facture f ON f.id = i.facture_id
    JOIN facturation_reglement g ON g.facture_id = f.id AND g.montant >= f.total_ttc
    JOIN clients_client c ON c.id = f.client_id AND c.supprime_le IS NULL AND c.email <> ''
    WHERE p.saisi_le >= %(depuis)s AND p.saisi_le <= %(maintenant)s AND p.annule_id IS NULL
        AND (%(factures)s::bigint[] IS NULL OR f.id = ANY(%(factures)s))
        AND f.statut = 'emise' AND f.type <> 'avoir'
        AND NOT EXISTS (SELECT FROM facturation_paiement a WHERE a.annule_id = p.id)
        AND NOT EXISTS (SELECT FROM relances_remerciement d WHERE d.facture_id = f.id)
        AND NOT EXISTS (
            SELECT FROM outbox_courriel m
            WHERE m.sujet_type = 'facturation.facture' AND m.sujet_id = f.id
                AND m.type = 'facture_payee' AND m.statut IN ('en_cours', 'envoye', 'incertain')
        )
        AND EXISTS (
            SELECT FROM relances_relance r LEFT JOIN outbox_courriel m ON m.id = r.courriel_id
            WHERE r.facture_id = f.id AND r.annulee_le IS NULL
                AND (r.postee_le < p.saisi_le
                     OR (m.statut = 'envoye' AND m.envoye_le < p.saisi_le))
        )
    ORDER BY f.client_id, f.id
"""


def remercier(*, maintenant: datetime | None = None) -> int:
    """Promise the thank-yous that are due; return how many. One failure stops nobody else."""
    if not Reglages.les_notres().remercier:
        return 0
    nombre = 0
    quand = maintenant or timezone.now()
    for client, factures in groupby(a_remercier(maintenant=quand), key=itemgetter(0)):
        try:
            nombre += remercier_le_client(client, [f for _, f in factures], maintenant=quand)
        except Exception:  # noqa: BLE001 - one client stops nobody else
            journal.exception("client %s non remercié", client)
    return nombre


@transaction.atomic
def remercier_le_client(client_id: int, factures: Sequence[int], *, maintenant: datetime) -> int:
    """One mail for these invoices of one client, judged again under lock; 1, or 0 for none."""
    client, _ = verrouiller_le_compte(client_id, factures)
    dues = [facture for _, facture in a_remercier(factures=factures, maintenant=maintenant)]
    if not dues or adresses_en_erreur([client.email]):
        return 0
    payees: Any = Facture.objects.avec_solde().filter(pk__in=dues, client=client).order_by("pk")
    courriel = _promettre(client, list(payees))
    Remerciement.objects.bulk_create(
        Remerciement(facture=facture, courriel=courriel, le=maintenant) for facture in payees
    )
    return 1


def a_remercier(
    *, maintenant: datetime, factures: Collection[int] | None = None
) -> list[tuple[int, int]]:
    """(client, invoice) of the thank-yous due; among these invoices when given."""
    valeurs = {
        "depuis": maintenant - FENETRE,
        "maintenant": maintenant,
        "factures": None if factures is None else list(factures),
    }
    with connection.cursor() as curseur:
        curseur.execute(A_REMERCIER, valeurs)
        return curseur.fetchall()


def motif_de_ne_plus_remercier(courriel: Courriel) -> str:
    """Guard of the outbox, in its transaction: why this thank-you may not leave, or "".

    Cancelled, it takes its rows away: what is still paid is thanked for anew.
    """
    premier = courriel
    while premier.renvoi_de is not None:
        premier = premier.renvoi_de
    lignes = Remerciement.objects.filter(courriel=premier)
    factures = list(lignes.values_list("facture_id", flat=True))
    client, vivantes = verrouiller_le_compte(courriel.client_ref or 0, factures)
    motif = _motif(client, courriel, len(vivantes), factures)
    if motif and premier == courriel:
        lignes.delete()
    return motif


def garde_du_recu(courriel: Courriel) -> str:
    """Guard of the plain receipt: a thank-you, promised or due, stands for it. "" lets it go."""
    motif = motif_du_client(courriel) or motif_de_ne_pas_remercier(courriel)
    if not motif and _remercie_a_la_place(courriel):
        motif = A_LA_PLACE
    return motif or motif_d_adresse_du_recu(courriel)


def _remercie_a_la_place(courriel: Courriel) -> bool:
    if courriel.renvoi_de_id is not None or not Reglages.les_notres().remercier:
        return False
    facture = courriel.sujet_id or 0
    promis = Remerciement.objects.filter(facture=facture, le__gte=courriel.cree_le)
    if promis.exists():
        return True
    due = a_remercier(maintenant=timezone.now(), factures=[facture])
    return bool(due) and not adresses_en_erreur(courriel.a)


def _motif(client: Client, courriel: Courriel, vivantes: int, factures: Collection[int]) -> str:
    if not factures:
        return "Ce remerciement a été annulé."
    if client.supprime_le is not None:
        return "Le client est dans la corbeille."
    if courriel.a != [client.email]:
        return "L'adresse du client a changé."
    payees: Any = Facture.objects.emises().avec_solde().filter(pk__in=factures, solde__lte=ZERO)
    return "" if payees.count() == vivantes == len(factures) else PLUS_REGLEE


def _promettre(client: Client, factures: Sequence[Any]) -> Courriel:
    """Raise Modele.DoesNotExist, or Invalide, when the text is missing or broken."""
    modele = Modele.objects.get(ton=Modele.Ton.MERCI, type_client=client.type)
    contenu = composer(
        modele=modele,
        niveau_nom=modele.get_ton_display(),
        client=client.instantane(),
        entreprise=Entreprise.la_notre().instantane(),
        lignes=[_ligne(facture) for facture in factures],
        jour=timezone.localdate(),
    )
    return promettre(
        genre=GENRE,
        a=[client.email],
        contenu=contenu,
        client=client.pk,
        sujet=factures[0],
        pieces=_acquittees(factures),
        bcc=copies(RECU),
    )


def _acquittees(factures: Sequence[Facture]) -> list[Document]:
    return [promettre_l_acquittee(facture) for facture in factures if not facture.est_reprise]


def _ligne(facture: Any) -> dict[str, Any]:
    return {
        "numero": facture.numero,
        "date": facture.date,
        "echeance": facture.echeance,
        "objet": facture.objet,
        "total_ttc": facture.total_ttc,
        "regle": facture.total_ttc - facture.solde,
        "solde": facture.solde,
        "retard": 0,
    }
