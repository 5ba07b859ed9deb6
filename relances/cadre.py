"""What a run knows of the day before it looks at any invoice: settings, plans, day off, bank."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from django.db.models import Max, Min
from django.utils import timezone

from artjardin.outbox.models import Restauration
from facturation.models import Evenement, Facture, Paiement
from facturation.services.annonces import reglage
from relances.calendrier import ferie
from relances.models import Liberation, Niveau, PlanDeRelance, Reglages

RESTAUREE = "base-restauree"


@dataclass(frozen=True)
class Cadre:
    """The frame of a day. `doute`: the reason that holds every invoice back, or "". `espace`: a
    client gets one message a week."""

    au: date
    tolerance: Decimal
    credit_bloque: bool
    espace: bool
    doute: str
    niveaux: dict[int, tuple[Niveau, ...]]
    plans_par_type: dict[str, int]

    @classmethod
    def lire(cls, *, au: date) -> Self:
        """Read it once for a whole run."""
        reglages = Reglages.les_notres()
        niveaux = defaultdict(list)
        for niveau in Niveau.objects.filter(actif=True).order_by("plan", "jours"):
            niveaux[niveau.plan_id].append(niveau)
        plans = PlanDeRelance.objects.exclude(type_client="").values_list("type_client", "pk")
        return cls(
            au=au,
            tolerance=reglages.tolerance,
            credit_bloque=reglages.credit_bloque,
            espace=True,
            doute=_doute(au, reglages),
            niveaux={plan: tuple(siens) for plan, siens in niveaux.items()},
            plans_par_type=dict(plans),
        )

    def sans_doute(self) -> Self:
        """The frame for a person who has looked at the bank, and at the client: its credit, what
        it received of late."""
        reste = self.doute if self.doute == RESTAUREE else ""  # the ledger itself is in doubt
        return replace(self, doute=reste, credit_bloque=False, espace=False)

    def paliers(self, type_client: str, plan: int | None) -> tuple[Niveau, ...]:
        """The active levels of a client, by days: those of its own plan, or of its type's."""
        choisi = self.plans_par_type.get(type_client) if plan is None else plan
        return self.niveaux.get(choisi or 0, ())


def _doute(au: date, reglages: Reglages) -> str:
    if Restauration.objects.ouvertes().exists():
        return RESTAUREE
    if ferie(au):
        return "jour-ferie"
    if not reglage(Evenement.Code.RELANCE).au_client:
        return "envois-coupes"
    en_doute = banque_en_doute(au=au, jours=reglages.fraicheur_jours)
    return "banque-pas-a-jour" if en_doute else ""


def banque_en_doute(*, au: date, jours: int) -> bool:
    """Whether no payment has been entered for `jours` days (0: never in doubt).

    A patron's release counts as an entry. Before the first payment ever, the count starts with the
    first invoice: nobody had anything to enter before.
    """
    dernier = derniere_nouvelle_de_la_banque() if jours else None
    return dernier is not None and (au - timezone.localdate(dernier)).days >= jours


def derniere_nouvelle_de_la_banque() -> datetime | None:
    """When a payment was last entered, or the bank said to be up to date; None without invoices."""
    saisi = Paiement.objects.order_by("-pk").values_list("saisi_le", flat=True).first()
    libere = Liberation.objects.filter(client=None).aggregate(le=Max("le"))["le"]
    if saisi or libere:
        return max(instant for instant in (saisi, libere) if instant)
    return Facture.objects.emises().aggregate(le=Min("cree_le"))["le"]
