"""The sales journal of a period: the right accounts, and the turnover to the cent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from artjardin.softdelete.services import supprimer
from clients.models import Client
from facturation import comptes, services
from facturation.fec import (
    Registre,
)
from facturation.journal_des_ventes import Periode, ecritures_de, laisses_de_cote
from facturation.models import Facture, Paiement
from ops.exports.ventes import plan_comptable
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_devis_accepte,
    creer_facture,
    creer_professionnel,
    facturer_et_emettre,
    ligne,
    ligne_reduite,
    payer,
)
from tests.facturation.fec import lire, soldes
from tests.facturation.vie import Vie, a_midi, reprendre

ZERO = Decimal("0.00")
JOUR = date(2026, 3, 31)


def tenir(du=JOUR - timedelta(days=900), au=JOUR + timedelta(days=900), **choix):
    """The journal of a period, read again."""
    periode = Periode(du, au, **choix)
    return lire("".join(Registre().lignes(ecritures_de(periode, plan_comptable()))))


@pytest.mark.django_db
def test_an_invoice_of_two_rates_and_its_credit_note():
    with a_midi(JOUR):
        client = creer_client(nom='Durand | "Fils"', prenom="Anne\tMarie")
        facture = creer_facture(client=client, lignes=[ligne(), ligne_reduite()])
        avoir = crediter(facture, lignes=[ligne(prix_unitaire=Decimal("40.00"))])
    premiere, *_ = lues = tenir()

    assert soldes(lues) == {
        "411000": Decimal("182.00"),
        "706020": Decimal("-60.00"),
        "706010": Decimal("-100.00"),
        "445711": Decimal("-12.00"),
        "445712": Decimal("-10.00"),
    }
    assert premiere == {
        "JournalCode": "VE", "JournalLib": "Ventes", "EcritureNum": facture.numero,
        "EcritureDate": "20260331", "CompteNum": "411000", "CompteLib": "Clients",
        "CompAuxNum": f"CLI{client.pk:06d}",
        "CompAuxLib": f"{client.civilite} Anne Marie Durand 'Fils' ({client.code})".strip(),
        "PieceRef": facture.numero, "PieceDate": "20260331",
        "EcritureLib": f"Facture {facture.numero} {premiere['CompAuxLib']}",
        "Debit": "230,00", "Credit": "0,00", "EcritureLet": "", "DateLet": "",
        "ValidDate": "20260331", "Montantdevise": "", "Idevise": "",
    }  # fmt: skip
    assert {lue["EcritureNum"] for lue in lues} == {facture.numero, avoir.numero}


@pytest.mark.django_db
def test_a_deposit_waits_in_its_account_until_the_solde_takes_it():
    with a_midi(JOUR):
        devis = creer_devis_accepte(lignes=[ligne(prix_unitaire=Decimal(1000)), ligne_reduite()])
        facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30))
    apres_l_acompte = soldes(tenir())
    with a_midi(JOUR + timedelta(days=30)):
        solde = facturer_et_emettre(devis)
    a_la_fin = soldes(tenir())
    with a_midi(JOUR + timedelta(days=40)):
        crediter(solde)

    assert apres_l_acompte["419100"] == Decimal("-330.00")
    assert "706020" not in apres_l_acompte
    assert a_la_fin["706020"] == Decimal("-1000.00")
    assert a_la_fin["706010"] == Decimal("-100.00")
    assert "419100" not in a_la_fin
    assert soldes(tenir()) == apres_l_acompte


@pytest.mark.django_db
def test_a_situation_is_a_sale_and_the_credit_note_of_a_deposit_gives_it_back():
    with a_midi(JOUR):
        devis = creer_devis_accepte(lignes=[ligne(prix_unitaire=Decimal(1000))])
        acompte = facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30))
        crediter(acompte)
        facturer_et_emettre(devis, type="situation", pourcentage=Decimal(50))
        milieu = soldes(tenir())
        facturer_et_emettre(devis)

    assert milieu["706020"] == Decimal("-500.00")
    assert "419100" not in milieu
    assert soldes(tenir())["706020"] == Decimal("-1000.00")


@pytest.mark.django_db
def test_a_reverse_charge_has_its_own_account_of_sales():
    with a_midi(JOUR):
        client = creer_professionnel()
        sans = ligne(taux_tva=Decimal("0.00"))
        creer_facture(client=client, lignes=[sans], exoneration="autoliquidation")

    assert soldes(tenir()) == {"411000": Decimal("100.00"), "706090": Decimal("-100.00")}


@pytest.mark.django_db
def test_money_comes_only_when_asked_for_and_settles_the_client():
    with a_midi(JOUR):
        facture = creer_facture()
        payer(facture, "20.00", mode="especes")
        paiement = payer(facture, "100.00", reference="VIR 12")
        services.annuler_paiement(paiement, motif="rejeté", par=ROBOT)
        payer(facture, "100.00", mode="cheque")
    sans, avec = tenir(), tenir(paiements=True)

    assert {lue["JournalCode"] for lue in sans} == {"VE"}
    assert {lue["JournalCode"] for lue in avec} == {"VE", "BQ", "CA"}
    assert soldes(avec) == {
        "512000": Decimal("100.00"),
        "531000": Decimal("20.00"),
        "706020": Decimal("-100.00"),
        "445711": Decimal("-20.00"),
    }
    assert any("Annulation" in lue["EcritureLib"] for lue in avec)
    assert all(lue["CompAuxNum"] for lue in avec if lue["CompteNum"] == "411000")


@pytest.mark.django_db
def test_money_given_back_is_named():
    with a_midi(JOUR):
        facture = creer_facture()
        paiement = payer(facture, "150.00", garder_le_surplus=True)
        services.rembourser(
            paiement, montant=Decimal(30), mode="virement", le=JOUR, motif="trop", par=ROBOT
        )

    assert any("Remboursement" in lue["EcritureLib"] for lue in tenir(paiements=True))
    assert soldes(tenir(paiements=True)).get("411000") is None


@pytest.mark.django_db
def test_invoices_of_the_previous_software_are_left_aside_and_named():
    with a_midi(JOUR):
        reprendre(creer_client())
        creer_facture()
    periode = Periode(date(2025, 1, 1), date(2026, 12, 31), paiements=True)
    laisses = laisses_de_cote(periode)
    avec = Periode(periode.du, periode.au, paiements=True, reprises=True)

    assert soldes(tenir())["411000"] == Decimal("120.00")
    assert (laisses["factures_reprises"], laisses["factures_reprises_ttc"]) == (1, "240.00")
    assert laisses["paiements_avant_reprise"] == 1
    assert soldes(tenir(reprises=True))["411000"] == Decimal("360.00")
    assert laisses_de_cote(avec)["factures_reprises"] == 0
    assert laisses_de_cote(Periode(JOUR, JOUR))["paiements_avant_reprise"] == 0


@pytest.mark.django_db
def test_an_invoice_of_nothing_is_named():
    with a_midi(JOUR):
        gratuite = creer_facture(lignes=[ligne(remise=Decimal(100))])
        creer_facture()

    assert laisses_de_cote(Periode(JOUR, JOUR))["pieces_sans_montant"] == [gratuite.numero]
    assert {lue["PieceRef"] for lue in tenir()} != {gratuite.numero}


@pytest.mark.django_db
def test_an_erased_client_and_a_code_given_again_change_nothing_of_a_closed_period():
    with a_midi(JOUR):
        ancien, sans_facture = creer_client(code="C9", nom="Lefèvre"), creer_client(nom="Chaux")
        avancer_et_rendre(sans_facture)
        payer(creer_facture(client=ancien), "120.00")
    clos = fichier()
    with a_midi(JOUR + timedelta(days=1)):
        for parti in (ancien, sans_facture):
            supprimer(parti, par=ROBOT)
        Client.tous.filter(pk__in=[ancien.pk, sans_facture.pk]).anonymiser()
        nouveau = creer_client(code="C9")
        creer_facture(client=nouveau)

    assert fichier() == clos
    assert "Lefèvre (C9)" in clos
    comptes_des_deux = {lue["CompAuxNum"] for lue in tenir()} - {""}
    assert comptes_des_deux == {f"CLI{un.pk:06d}" for un in (ancien, nouveau)}


def avancer_et_rendre(client) -> None:
    recu = services.recevoir_paiement(
        client, montant=Decimal(12), mode="cheque", le=JOUR, par=ROBOT, parts=[]
    )
    services.rembourser(
        recu, montant=Decimal(12), mode="virement", le=JOUR, motif="rendu", par=ROBOT
    )


def fichier() -> str:
    periode = Periode(JOUR, JOUR, paiements=True)
    return "".join(Registre().lignes(ecritures_de(periode, plan_comptable())))


@pytest.mark.django_db
def test_only_issued_documents_of_the_period_count():
    with a_midi(JOUR - timedelta(days=1)):
        creer_facture()
    with a_midi(JOUR):
        dedans = creer_facture()
        services.preparer_facture(
            par=ROBOT, client=creer_client(), objet="Brouillon", lignes=[ligne()]
        )
    with a_midi(JOUR + timedelta(days=1)):
        creer_facture()

    assert {lue["PieceRef"] for lue in tenir(JOUR, JOUR)} == {dedans.numero}


@pytest.mark.django_db
@pytest.mark.parametrize("graine", range(4))
def test_some_months_at_random_make_the_turnover_to_the_cent(graine):
    vie = Vie(graine, pas=25)
    du, au = vie.fin - timedelta(days=60), vie.fin
    exiger_le_chiffre_d_affaires(du, au)
    exiger_le_chiffre_d_affaires(date(2025, 1, 1), au)
    lues = tenir(date(2025, 1, 1), au, paiements=True, reprises=True)

    dus = soldes([lue for lue in lues if lue["CompteNum"] == "411000"], champ="CompAuxNum")
    for client in vie.clients:
        clos = comptes.relever_le_compte(client, du=du, au=au).cloture
        repris = Paiement.objects.filter(client=client, mode="reprise").values_list("montant")
        assert dus.get(f"CLI{client.pk:06d}", ZERO) == clos + sum((m for (m,) in repris), ZERO)


def exiger_le_chiffre_d_affaires(du: date, au: date) -> None:
    """Sales and deposits make the turnover HT, and each VAT account its rate, to the cent."""
    emis = comptes.chiffrer_la_periode(du=du, au=au).emis
    lues = tenir(du, au, reprises=True)
    par_compte = soldes(lues)
    ventes = sum((s for c, s in par_compte.items() if c[:3] == "706" or c == "419100"), ZERO)
    tva = {"445711": "20.00", "445712": "10.00", "445713": "5.50"}

    assert -ventes == emis.ht
    assert soldes(lues).get("411000", ZERO) == emis.ttc
    attendue = {f"{t.taux:.2f}": t.tva for t in emis.par_taux if t.tva}
    assert {tva[c]: -s for c, s in par_compte.items() if c in tva} == attendue
    emises = Facture.tous.filter(statut="emise", date__range=(du, au)).exclude(total_ht=0)
    assert {lue["PieceRef"] for lue in lues} >= set(emises.values_list("numero", flat=True))
