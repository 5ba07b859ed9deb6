"""Reading what the rules judge: the facts of open invoices, and the clients with loose credit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Case, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from artjardin.outbox.models import Rebond
from artjardin.preparees import curseur_prepare
from clients.models import Client
from facturation.models import Facture, Litige
from relances.models import Avancement, Suspension
from relances.regles import SUSPENSIONS, Faits

CHAMPS = (
    "pk", "numero", "client_id", "client__code", "client__type", "exigible_le", "exigible",
    "client__email", "postale", "exclu", "supprime", "preleve_en_cours", "litige", "nouvelle",
    "fait", "dernier", "attente", "suspension", "rebond", "client__plan_de_relance__plan_id",
    "prelevement_sans_nouvelle",
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
# Whom something reached in the last days, or is about to: whatever the invoice, paid or not
RELANCES_DEPUIS = """
    SELECT DISTINCT f.client_id FROM facturation_facture f
    JOIN relances_relance r ON r.facture_id = f.id AND r.annulee_le IS NULL
    LEFT JOIN outbox_courriel c ON c.id = r.courriel_id
    WHERE f.client_id = ANY(%(clients)s) AND (
        c.statut IN ('en_attente', 'en_cours') OR coalesce(greatest(
            (c.envoye_le AT TIME ZONE 'Europe/Paris')::date,
            (r.postee_le AT TIME ZONE 'Europe/Paris')::date
        ), r.jour) > %(apres)s
    )
"""


def lire_les_faits(
    *, au: date, factures: Iterable[int] | None = None, entrees_avant: datetime | None = None
) -> Iterator[Faits]:
    """Facts of the open invoices, or of the given ones whatever their balance and their entry."""
    if factures is not None:
        return _lire_celles_ci(au, list(factures))
    toutes = Facture.objects.emises().avec_soldes().avec_exigible(au=au)
    dues = toutes.filter(solde__gt=0, exigible__gt=0)
    lignes = _annoter(
        dues,
        jour=_jour(au),
        entrees_avant=entrees_avant,
        avancement=_par_jointure,
        rebonds=Rebond.objects.en_vigueur().exists(),  # none: nothing to look up for each
    )
    return map(Faits._make, _ranger(lignes).iterator(chunk_size=5000))


def _lire_celles_ci(au: date, factures: list[int]) -> Iterator[Faits]:
    """The same for a few invoices, by a prepared query: a run asks it for each client."""
    texte, parametres = _requete()
    valeurs: dict[Any, Any] = {AU: au, JOUR: _jour(au), CELLES_CI: factures}
    with curseur_prepare() as curseur:
        curseur.execute(texte, [valeurs.get(p, p) for p in parametres])
        return map(Faits._make, curseur.fetchall())


# Stand for what changes from one call to the next in a query that is written once per process
AU, JOUR = date(1111, 1, 1), date(1111, 1, 2)
CELLES_CI = (-1,)


@cache
def _requete() -> tuple[str, tuple[Any, ...]]:
    """The text of the query for a few invoices, and its parameters with the stand-ins."""
    celles_ci = RawSQL("SELECT unnest(%s::bigint[])", [CELLES_CI])
    visees = Facture.objects.emises().filter(pk__in=celles_ci).avec_solde().avec_exigible(au=AU)
    lignes = _ranger(_annoter(visees, jour=JOUR, entrees_avant=None, avancement=_par_facture))
    return lignes.query.sql_with_params()


def _jour(au: date) -> date:
    """Decisions are looked at today for a past day: what was decided since holds."""
    return max(au, timezone.localdate())


def _ranger(requete: Any) -> Any:
    return requete.values_list(*CHAMPS).order_by("numero", "pk")


def _annoter(
    requete: Any,
    *,
    jour: date,
    entrees_avant: datetime | None,
    avancement: Callable[[str], Any],
    rebonds: bool = True,
) -> Any:
    faux = Value(value=False)
    return requete.avec_prelevement(au=jour).annotate(
        postale=~Q(client__adresse="") & ~Q(client__ville=""),
        exclu=Q(Client.exclusion_en_cours(au=jour, prefixe="client__")),
        supprime=Q(client__supprime_le__isnull=False),
        litige=Coalesce(Subquery(_litige()), faux),
        nouvelle=Q(cree_le__gte=entrees_avant) if entrees_avant else faux,
        fait=Coalesce(avancement("jours"), Value(0)),
        dernier=avancement("dernier"),
        attente=Coalesce(avancement("attente"), Value("")),
        suspension=Coalesce(Subquery(_suspension(au=jour)), Value("")),
        rebond=Coalesce(Subquery(_rebond()), faux) if rebonds else faux,
    )


def _par_jointure(champ: str) -> Any:
    """From the whole view at once: right when most invoices are read."""
    return F(f"avancement__{champ}")


def _par_facture(champ: str) -> Any:
    """For each invoice by itself: the view is not worked out for the others."""
    sien = Avancement.objects.filter(facture=OuterRef("pk"))
    return Subquery(sien.values(champ))


def _litige() -> Any:
    """True for a disputed invoice. Not an EXISTS: all the open disputes would be read each time."""
    ouverts = Litige.objects.filter(facture=OuterRef("pk"), clos_le=None).order_by()
    return ouverts.values(vrai=Value(value=True))[:1]


def _rebond() -> Any:
    """True when the client's address does not receive any more."""
    en_vigueur = Rebond.objects.en_vigueur().filter(adresse=Lower(OuterRef("client__email")))
    return en_vigueur.order_by().values(vrai=Value(value=True))[:1]


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
    return _clients(A_CREDIT, clients)


def clients_relances(clients: Collection[int], *, apres: date) -> set[int]:
    """Those of these clients whom a reminder, of any invoice, reached after that day, or is about
    to reach."""
    return _clients(RELANCES_DEPUIS, clients, apres=apres)


def _clients(requete: str, clients: Collection[int], **valeurs: Any) -> set[int]:
    if not clients:
        return set()
    ouvrir = curseur_prepare if len(clients) == 1 else connection.cursor  # one: at each client
    with ouvrir() as curseur:
        curseur.execute(requete, {"clients": list(clients), **valeurs})
        return {ligne[0] for ligne in curseur.fetchall()}
