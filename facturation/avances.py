"""Deposits invoiced, until the works are: what each document puts in account 4191. Pure.

A deposit is owed until an invoice deducts it or a credit note takes it back (PCG 4191). What waits
is a function of the documents issued so far, so each one moves the difference that it makes; the
rest of it is a sale. Read in the order of issue, a later document never changes an earlier entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from artjardin.argent import ZERO
from facturation.montants import Tva

Mouvement = dict[Decimal, Decimal]  # by rate, in euros HT: what waits more, or less below zero


@dataclass(frozen=True)
class Deduction:
    """What a document takes off for one deposit at one rate, in euros HT."""

    acompte: int
    taux: Decimal
    montant: Decimal


@dataclass(frozen=True)
class Emis:
    """An issued document of a devis; `origine` is what a credit note takes back."""

    pk: int
    tva: Sequence[Tva]
    acompte: bool = False
    origine: int | None = None
    deductions: Sequence[Deduction] = ()


def mouvements(documents: Iterable[Emis]) -> Iterator[tuple[int, Mouvement]]:
    """What each document of one devis moves, in the order they were issued."""
    emis: list[Emis] = []
    avant: Mapping[Decimal, Decimal] = {}
    for document in documents:
        emis.append(document)
        apres = en_attente(emis)
        ecarts = {
            taux: apres.get(taux, ZERO) - avant.get(taux, ZERO) for taux in {**avant, **apres}
        }
        yield document.pk, {taux: ecart for taux, ecart in ecarts.items() if ecart}
        avant = apres


def en_attente(emis: Sequence[Emis]) -> Mapping[Decimal, Decimal]:
    """What waits of the deposits of one devis, by rate: neither deducted nor credited, euros HT.

    A solde deducts until credit notes have wholly undone it: the next one then deducts again.
    """
    restes = _restes(emis)
    pris = _pris(emis, defaites=_defaites(emis, restes))
    attente: defaultdict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for document in emis:
        if document.acompte:
            for taux, (base, _) in restes[document.pk].items():
                attente[taux] += max(ZERO, base - max(ZERO, pris[document.pk, taux]))
    return attente


def _restes(emis: Sequence[Emis]) -> dict[int, dict[Decimal, tuple[Decimal, Decimal]]]:
    """What credit notes leave of each invoice, by rate: base and VAT, in euros."""
    restes: dict[int, dict[Decimal, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for document in emis:
        sens = 1 if document.origine is None else -1
        reste = restes[document.origine or document.pk]
        for tva in document.tva:
            base, montant = reste.get(tva.taux, (ZERO, ZERO))
            reste[tva.taux] = base + sens * tva.base, montant + sens * tva.montant
    return restes


def _defaites(
    emis: Sequence[Emis], restes: Mapping[int, Mapping[Decimal, tuple[Decimal, Decimal]]]
) -> set[int]:
    """Invoices of which credit notes leave nothing; one of nothing never has any, and stays."""
    creditees = {document.origine for document in emis if document.origine is not None}
    return {pk for pk in creditees if not any(map(any, restes[pk].values()))}


def _pris(emis: Sequence[Emis], *, defaites: set[int]) -> Mapping[tuple[int, Decimal], Decimal]:
    """What invoices that stand have deducted of each deposit, less what credit notes gave back."""
    pris: defaultdict[tuple[int, Decimal], Decimal] = defaultdict(lambda: ZERO)
    for document in emis:
        if (document.origine or document.pk) not in defaites:
            sens = 1 if document.origine is None else -1
            for une in document.deductions:
                pris[une.acompte, une.taux] += sens * une.montant
    return pris
