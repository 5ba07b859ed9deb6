"""The account of one client over a period: what it was asked, what it paid, what is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import Any

from artjardin.argent import ZERO
from clients.models import Client
from facturation.comptes.soldes import avances, creances, credits_des_paiements, meme_instant
from facturation.models import Facture, Paiement

MODES = {
    Paiement.Mode.VIREMENT: "par virement",
    Paiement.Mode.CHEQUE: "par chèque",
    Paiement.Mode.ESPECES: "en espèces",
    Paiement.Mode.CARTE: "par carte",
    Paiement.Mode.PRELEVEMENT: "par prélèvement",
    Paiement.Mode.REPRISE: "avant la reprise",
}


@dataclass(frozen=True)
class Ecriture:
    """One movement of an account, in euros TTC: what it adds to the debt, or takes off it.

    `genre` is the type of the document, or "paiement", "annulation", "remboursement".
    """

    le: date
    genre: str
    piece: str
    libelle: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True)
class Mouvement(Ecriture):
    """A movement, and what is due after it."""

    solde: Decimal


@dataclass(frozen=True)
class Sens:
    """What the movements of a period come to, in euros."""

    debit: Decimal
    credit: Decimal


@dataclass(frozen=True)
class Compte:
    """An account over a period, in euros: balances are due by the client, below zero to it."""

    du: date
    au: date
    ouverture: Decimal
    mouvements: tuple[Mouvement, ...]
    totaux: Sens
    cloture: Decimal


@dataclass(frozen=True)
class Releve(Compte):
    """The account of a client. `avances`: what of its money no invoice had taken on `au`.

    The closing balance is what its invoices have left to pay, less `avances`.
    """

    client: int
    code: str
    designation: str
    avances: Decimal


def relever_le_compte(client: Client, *, du: date, au: date) -> Releve:
    """The account of a client from `du` to `au`, both days included. Four queries."""
    with meme_instant():
        compte = tenir_le_compte(
            chain(_documents(client, au), _paiements(client, au)), du=du, au=au
        )
        ouvertes = creances(au=au, client=client.pk)
        en_avance = avances(ouvertes, credits_des_paiements(au=au, client=client.pk))
    return Releve(
        **{nom: getattr(compte, nom) for nom in Compte.__dataclass_fields__},
        client=client.pk,
        code=client.code,
        designation=client.designation,
        avances=en_avance.get(client.pk, ZERO),
    )


def tenir_le_compte(ecritures: Iterable[Ecriture], *, du: date, au: date) -> Compte:
    """The account over a period, from all its movements since the first. Pure.

    Movements of one day stay in the order given; those after `au` are left out.
    """
    retenues = sorted((e for e in ecritures if e.le <= au), key=attrgetter("le"))
    ouverture = _solde(e for e in retenues if e.le < du)
    periode = [e for e in retenues if e.le >= du]
    totaux = Sens(
        sum((e.debit for e in periode), ZERO),
        sum((e.credit for e in periode), ZERO),
    )
    return Compte(
        du,
        au,
        ouverture,
        tuple(_cumuler(periode, ouverture)),
        totaux,
        ouverture + totaux.debit - totaux.credit,
    )


def _solde(ecritures: Iterable[Ecriture]) -> Decimal:
    return sum((e.debit - e.credit for e in ecritures), ZERO)


def _cumuler(ecritures: Iterable[Ecriture], solde: Decimal) -> Iterator[Mouvement]:
    for ecriture in ecritures:
        solde += ecriture.debit - ecriture.credit
        yield Mouvement(**asdict(ecriture), solde=solde)


def _documents(client: Client, au: date) -> list[Ecriture]:
    """Its invoices, then its credit notes of the same day, in the order of their issue."""
    emises = Facture.tous.filter(client=client, statut=Facture.Statut.EMISE, date__lte=au)
    colonnes: Iterable[Any] = emises.order_by("date", "pk").values_list(
        "date", "type", "numero", "objet", "total_ttc"
    )
    ecritures = [_document(*ligne) for ligne in colonnes]
    return sorted(ecritures, key=lambda ecriture: ecriture.genre == Facture.Type.AVOIR)


def _document(le: date, genre: str, numero: str, objet: str, ttc: Decimal) -> Ecriture:
    if genre == Facture.Type.AVOIR:
        return Ecriture(le, genre, numero, objet, ZERO, ttc)
    return Ecriture(le, genre, numero, f"{Facture.Type(genre).label} : {objet}", ttc, ZERO)


def _paiements(client: Client, au: date) -> list[Ecriture]:
    recus = Paiement.objects.filter(client=client, le__lte=au).order_by("le", "pk")
    return [_paiement(paiement) for paiement in recus.select_related("annule", "rembourse")]


def _paiement(paiement: Paiement) -> Ecriture:
    """Money received takes off the debt; money given back, or a cancellation, adds to it."""
    mode = MODES[Paiement.Mode(paiement.mode)]
    if paiement.annule:
        genre, libelle = "annulation", f"Annulation du paiement {_repere(paiement.annule)}"
    elif paiement.rembourse:
        genre = "remboursement"
        libelle = f"Remboursement {mode} du paiement {_repere(paiement.rembourse)}"
    else:
        genre, libelle = "paiement", f"Paiement {mode}"
    recu = max(paiement.montant, ZERO)
    return Ecriture(
        paiement.le, genre, paiement.numero or "", libelle, recu - paiement.montant, recu
    )


def _repere(paiement: Paiement) -> str:
    """How a payment is named: imported ones have no number."""
    return paiement.numero or f"du {paiement.le:%d/%m/%Y}"
