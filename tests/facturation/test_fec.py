"""Entries of the sales journal: always balanced, on clean lines."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facturation.fec import (
    CAISSE,
    VENTES,
    Compte,
    Ecriture,
    Encaissement,
    Ligne,
    Registre,
    Taux,
    Vente,
    ecriture_d_encaissement,
    ecriture_de_vente,
    propre,
)

ZERO = Decimal("0.00")
TAUX = ["20", "10", "5_5", "0"]
PLAN = {
    "client": Compte("411000", "Clients"),
    "acompte": Compte("419100", "Acomptes"),
    "vente_autoliquidee": Compte("706090", "Autoliquidation"),
    "banque": Compte("512000", "Banque"),
    "caisse": Compte("531000", "Caisse"),
    **{f"vente_{taux}": Compte(f"7060{rang}", f"Ventes {taux}") for rang, taux in enumerate(TAUX)},
    **{f"tva_{taux}": Compte(f"4457{rang}", f"TVA {taux}") for rang, taux in enumerate(TAUX)},
}
MARTIN = Compte("C0001", "Martin Jeanne")
JOUR = date(2026, 3, 31)
centimes = st.integers(-5_000_00, 5_000_00).map(lambda n: Decimal(n) / 100)
taux = st.builds(
    Taux,
    taux=st.sampled_from([Decimal("20.00"), Decimal("10.00"), Decimal("5.50")]),
    base=centimes,
    tva=centimes,
    avances=centimes,
)


def vente(par_taux, **champs) -> Vente:
    ttc = sum((t.base + t.tva for t in par_taux), ZERO)
    defaut = {"numero": "FAC-1", "le": JOUR, "emise_le": JOUR, "nom": "Facture", "tiers": MARTIN}
    return Vente(**(defaut | {"ttc": ttc, "par_taux": par_taux} | champs))


@given(st.lists(taux, min_size=1, max_size=3), st.booleans())
def test_an_entry_balances_whatever_the_document(par_taux, avoir):
    ecriture = ecriture_de_vente(vente(par_taux, avoir=avoir), PLAN)

    if ecriture is not None:
        assert sum(li.montant for li in ecriture.lignes) == 0
        assert all(li.montant for li in ecriture.lignes)


@given(st.lists(taux, min_size=1, max_size=3))
def test_a_credit_note_is_the_invoice_the_other_way(par_taux):
    def par_compte(lus, *, avoir):
        ecriture = ecriture_de_vente(vente(lus, avoir=avoir), PLAN)
        return [(li.compte, li.montant) for li in ecriture.lignes] if ecriture else []

    rendus = [replace(un, avances=-un.avances) for un in par_taux]
    assert par_compte(rendus, avoir=True) == [
        (compte, -euros) for compte, euros in par_compte(par_taux, avoir=False)
    ]


def test_a_document_of_nothing_has_no_entry():
    assert ecriture_de_vente(vente([Taux(Decimal("20.00"), ZERO, ZERO)]), PLAN) is None


def test_an_entry_that_does_not_balance_is_refused():
    ligne_seule = (Ligne(PLAN["client"], Decimal(1)),)
    faux = Ecriture(VENTES, "FAC-1", JOUR, "FAC-1", "Facture", JOUR, ligne_seule)

    with pytest.raises(ValueError, match="FAC-1"):
        list(Registre().lignes([faux]))


@given(st.text())
def test_no_text_breaks_a_line(texte):
    net = propre(texte)

    assert not re.search(r'[\t\r\n|"\x00-\x1f\x85\u2028\u2029]', net)
    assert not net.startswith(("=", "+", "-", "@"))
    assert len(net.splitlines()) <= 1
    assert propre(net) == net


def test_cash_has_its_own_journal():
    recu = Encaissement("ENC-1", JOUR, JOUR, "Espèces", MARTIN, Decimal("-10.00"), especes=True)
    ecriture = ecriture_d_encaissement(recu, PLAN)

    assert ecriture is not None
    assert ecriture.journal is CAISSE
    assert [(li.compte.numero, li.montant) for li in ecriture.lignes] == [
        ("531000", Decimal("-10.00")),
        ("411000", Decimal("10.00")),
    ]


def test_an_invoice_of_the_previous_software_never_has_the_number_of_one_of_ours():
    taux_plein = [Taux(Decimal("20.00"), Decimal("100.00"), Decimal("20.00"))]
    notre = ecriture_de_vente(vente(taux_plein), PLAN)
    reprise = ecriture_de_vente(vente(taux_plein, reprise=True), PLAN)

    assert notre is not None
    assert reprise is not None
    assert notre.piece == reprise.piece
    assert notre.numero != reprise.numero
