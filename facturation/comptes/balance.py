"""The aged balance: who owes what on a day, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from artjardin.argent import ZERO
from clients.models import Client
from facturation.comptes.soldes import (
    Creance,
    avances,
    creances,
    credits_des_paiements,
    meme_instant,
)

NON_ECHU = "non_echu"
PLUS = "plus"
LIMITES = ((30, "j30"), (60, "j60"), (90, "j90"))  # last day of each, in days late


@dataclass(frozen=True, kw_only=True)
class Montants:
    """What is due by age, in euros TTC: not late, 1 to 30 days late, 31 to 60, 61 to 90, more.

    `total` is the sum of the five; `avances` is held for the client, and not taken off.
    """

    total: Decimal = ZERO
    non_echu: Decimal = ZERO
    j30: Decimal = ZERO
    j60: Decimal = ZERO
    j90: Decimal = ZERO
    plus: Decimal = ZERO
    avances: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class Ligne(Montants):
    """One client: its id, its code and the name documents are addressed to."""

    client: int
    code: str
    designation: str


@dataclass(frozen=True)
class Balance:
    """Clients with something due or held on `au`, in the order of their names."""

    au: date
    lignes: tuple[Ligne, ...]
    totaux: Montants


def dresser_la_balance(*, au: date) -> Balance:
    """The aged balance at the end of a day. Three queries."""
    with meme_instant():
        ouvertes = creances(au=au)
        en_avance = avances(ouvertes, credits_des_paiements(au=au))
        par_client = vieillir(ouvertes, au=au)
        for client, montant in en_avance.items():
            par_client.setdefault(client, {})["avances"] = montant
        # Also one in the trash since: its account of that day stays
        clients: Iterable[Any] = Client.tous.filter(pk__in=par_client).order_by("nom_tri", "pk")
        lignes = tuple(_ligne(client, par_client[client.pk]) for client in clients)
    return Balance(au, lignes, additionner(lignes))


def vieillir(soldes: Iterable[Creance], *, au: date) -> dict[int, dict[str, Decimal]]:
    """By client, what is due by age and in all, in euros; invoices paid too much are left out."""
    par_client: dict[int, dict[str, Decimal]] = {}
    for creance in soldes:
        for age, montant in ages(creance, au=au):
            sommes = par_client.setdefault(creance.client, {})
            for nom in (age, "total"):
                sommes[nom] = sommes.get(nom, ZERO) + montant
    return par_client


def ages(creance: Creance, *, au: date) -> Iterator[tuple[str, Decimal]]:
    """What is due of one invoice, in euros, each part with its age.

    What is kept as a warranty has its own due date; payments settle the rest before it.
    """
    retenu = min(creance.retenue, max(creance.solde, ZERO))
    if creance.solde > retenu:
        yield age_de(creance.echeance, au=au), creance.solde - retenu
    if retenu:
        yield age_de(creance.retenue_echeance, au=au), retenu


def age_de(echeance: date | None, *, au: date) -> str:
    """The column of what was due on that day. The day itself, or none yet, is not late.

    >>> jour = date(2026, 3, 31)
    >>> [age_de(date(2026, mois, j), au=jour) for mois, j in ((3, 31), (3, 30), (3, 1), (2, 28))]
    ['non_echu', 'j30', 'j30', 'j60']
    """
    retard = (au - echeance).days if echeance else 0
    if retard <= 0:
        return NON_ECHU
    return next((nom for limite, nom in LIMITES if retard <= limite), PLUS)


def additionner(lignes: Iterable[Montants]) -> Montants:
    """The sum of each column, in euros."""
    sommes = {champ.name: ZERO for champ in fields(Montants)}
    for ligne in lignes:
        for nom in sommes:
            sommes[nom] += getattr(ligne, nom)
    return Montants(**sommes)


def _ligne(client: Client, montants: Mapping[str, Decimal]) -> Ligne:
    return Ligne(client=client.pk, code=client.code, designation=client.designation, **montants)
