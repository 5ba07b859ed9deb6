"""The plan of a day: one function, which preview, run, API and command all call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from artjardin.argent import ZERO
from clients.models import Client
from facturation.models import Facture, Litige
from relances.models import Niveau
from relances.regles import Faits, juger


class Ligne(NamedTuple):
    """One invoice to remind: `canal` is the mail, or the letter for a client without address."""

    faits: Faits
    niveau: Niveau
    retard: int

    @property
    def client_id(self) -> int:
        return self.faits.client_id


class Ecartee(NamedTuple):
    """One open invoice left out, and why."""

    faits: Faits
    motif: str


@dataclass
class Plan:
    """Who is reminded on a day, and every open invoice that is not, with its reason."""

    au: date
    a_relancer: list[Ligne] = field(default_factory=list)
    a_poster: list[Ligne] = field(default_factory=list)
    ecartees: list[Ecartee] = field(default_factory=list)

    @property
    def total_a_relancer(self) -> Decimal:
        return sum((ligne.faits.solde for ligne in self.a_relancer), ZERO)

    @property
    def clients_a_relancer(self) -> int:
        return len({ligne.client_id for ligne in self.a_relancer})

    @property
    def motifs(self) -> Counter[str]:
        """How many invoices are not mailed, by reason (those to post count as `sans-email`)."""
        comptes = Counter(ecartee.motif for ecartee in self.ecartees)
        if self.a_poster:
            comptes["sans-email"] = len(self.a_poster)
        return comptes

    def par_client(self) -> Iterator[tuple[int, list[Ligne]]]:
        """The lines of each client in turn: one message each."""
        clef = attrgetter("client_id")
        lignes = sorted([*self.a_relancer, *self.a_poster], key=clef)
        return ((client, list(groupe)) for client, groupe in groupby(lignes, key=clef))


def planifier(
    *, au: date, factures: Iterable[int] | None = None, entrees_avant: datetime | None = None
) -> Plan:
    """Judge every open invoice on `au`, or only those whose ids are given (under lock).

    `entrees_avant`: set by automatic runs, which leave alone what was entered since then.
    """
    niveaux = list(Niveau.objects.filter(actif=True).order_by("jours"))
    plan = Plan(au)
    for faits in lire_les_faits(au=au, factures=factures, entrees_avant=entrees_avant):
        verdict = juger(faits, paliers=niveaux, au=au)
        if verdict.palier is None:
            plan.ecartees.append(Ecartee(faits, verdict.motif))
            continue
        ligne = Ligne(faits, verdict.palier, faits.retard(au=au))  # type: ignore[arg-type]
        (plan.a_poster if verdict.motif else plan.a_relancer).append(ligne)
    return plan


def lire_les_faits(
    *, au: date, factures: Iterable[int] | None = None, entrees_avant: datetime | None = None
) -> Iterator[Faits]:
    """Facts of the open invoices, or of the given ones whatever their balance."""
    requete = Facture.objects.emises()
    if factures is None:
        requete = requete.avec_soldes().avec_exigible(au=au).filter(solde__gt=0, exigible__gt=0)
    else:
        requete = requete.filter(pk__in=list(factures)).avec_solde().avec_exigible(au=au)
    lignes = requete.annotate(
        exclu=Q(Client.exclusion_en_cours(au=max(au, timezone.localdate()), prefixe="client__")),
        supprime=Q(client__supprime_le__isnull=False),
        litige=Exists(Litige.objects.filter(facture=OuterRef("pk"), clos_le=None)),
        nouvelle=Q(cree_le__gte=entrees_avant) if entrees_avant else Value(value=False),
        fait=Coalesce("avancement__jours", Value(0)),
        dernier=F("avancement__dernier"),
    ).values_list(
        "pk", "numero", "client_id", "client__code", "exigible_le", "exigible", "client__email",
        "exclu", "supprime", "litige", "nouvelle", "fait", "dernier",
    )  # fmt: skip
    return map(Faits._make, lignes.order_by("numero", "pk").iterator(chunk_size=5000))
