"""Reading what the rules judge: the facts of open invoices, and the clients with loose credit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from artjardin.preparees import curseur_prepare
from clients.models import Client
from facturation.models import Facture, Litige
from relances.models import Suspension
from relances.regles import SUSPENSIONS, Faits

CHAMPS = (
    "pk", "numero", "client_id", "client__code", "client__type", "exigible_le", "exigible",
    "client__email", "postale", "exclu", "supprime", "preleve_en_cours", "litige", "nouvelle",
    "fait", "dernier", "attente", "suspension", "rebond", "client__plan_de_relance__plan_id",
)  # fmt: skip
# What a client paid and no invoice took, unless a patron released it since its last payment
A_CREDIT = """
    SELECT p.client_id FROM (
        SELECT client_id, sum(montant) AS recu, max(saisi_le) AS dernier
        FROM facturation_paiement WHERE client_id = ANY(%(clients)s) GROUP BY client_id
    ) p LEFT JOIN (
        SELECT r.client_id, sum(i.montant) AS impute
        FROM facturation_paiement r JOIN facturation_imputation i ON i.paiement_id = r.id
        WHERE r.client_id = ANY(%(clients)s) GROUP BY r.client_id
    ) i ON i.client_id = p.client_id
    WHERE p.recu > coalesce(i.impute, 0) AND NOT EXISTS (
        SELECT FROM relances_liberation l WHERE l.client_id = p.client_id AND l.le >= p.dernier
    )
"""


def lire_les_faits(
    *, au: date, factures: Iterable[int] | None = None, entrees_avant: datetime | None = None
) -> Iterator[Faits]:
    """Facts of the open invoices, or of the given ones whatever their balance."""
    requete = Facture.objects.emises()
    if factures is None:
        requete = requete.avec_soldes().avec_exigible(au=au).filter(solde__gt=0, exigible__gt=0)
    else:
        requete = requete.filter(pk__in=list(factures)).avec_solde().avec_exigible(au=au)
    lignes = _annoter(requete, au=au, entrees_avant=entrees_avant).values_list(*CHAMPS)
    return map(Faits._make, lignes.order_by("numero", "pk").iterator(chunk_size=5000))


def _annoter(requete: Any, *, au: date, entrees_avant: datetime | None) -> Any:
    jour = max(au, timezone.localdate())
    return requete.avec_prelevement().annotate(
        postale=~Q(client__adresse="") & ~Q(client__ville=""),
        exclu=Q(Client.exclusion_en_cours(au=jour, prefixe="client__")),
        supprime=Q(client__supprime_le__isnull=False),
        litige=Exists(Litige.objects.filter(facture=OuterRef("pk"), clos_le=None)),
        nouvelle=Q(cree_le__gte=entrees_avant) if entrees_avant else Value(value=False),
        fait=Coalesce("avancement__jours", Value(0)),
        dernier=F("avancement__dernier"),
        attente=Coalesce("avancement__attente", Value("")),
        suspension=Coalesce(Subquery(_suspension(au=jour)), Value("")),
        rebond=Value(value=False),
    )


def _suspension(*, au: date) -> Any:
    """The decision in force on an invoice or on its whole client; the gravest is told."""
    rang = Case(
        *(When(genre=genre, then=Value(rang)) for rang, genre in enumerate(SUSPENSIONS)),
        output_field=IntegerField(),
    )
    siennes = Suspension.objects.en_cours(au=au).filter(client=OuterRef("client_id"))
    visees = siennes.filter(Q(facture=None) | Q(facture=OuterRef("pk")))
    return visees.order_by(rang).values("genre")[:1]


def clients_a_credit(clients: Collection[int]) -> set[int]:
    """Those of these clients whose payments are not all allocated, and whom nobody released."""
    if not clients:
        return set()
    if len(clients) == 1:  # asked for each client of a run: planned once
        with curseur_prepare() as curseur:
            curseur.execute(A_CREDIT, {"clients": list(clients)})
            return {ligne[0] for ligne in curseur.fetchall()}
    with connection.cursor() as curseur:
        curseur.execute(A_CREDIT, {"clients": list(clients)})
        return {ligne[0] for ligne in curseur.fetchall()}
