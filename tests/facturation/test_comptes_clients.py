"""Accounts of clients at any past day: statement, aged balance, what they have in common."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from hypothesis import given
from hypothesis import strategies as st

from artjardin.softdelete.services import supprimer
from facturation import services
from facturation.comptes.balance import age_de, ages, dresser_la_balance, vieillir
from facturation.comptes.releve import Ecriture, relever_le_compte, tenir_le_compte
from facturation.comptes.soldes import Creance, creances, credits_des_paiements, meme_instant
from facturation.encours import encours_du_client
from facturation.models import Paiement
from tests.artjardin.serveurs import en_parallele
from tests.clients.factories import creer_client
from tests.facturation.factories import ROBOT, creer_brouillon, creer_facture, ligne, payer
from tests.facturation.vie import (
    DEBUT,
    Livres,
    Vie,
    a_midi,
    reprendre,
    somme,
)

JANVIER, MARS = date(2026, 1, 1), date(2026, 3, 31)
ZERO = Decimal(0)
TRANCHES = ["non_echu", "j30", "j60", "j90", "plus"]
jours = st.dates(date(2025, 1, 1), date(2026, 12, 31))
euros = st.decimals(0, 99999, places=2)
ecritures = st.builds(Ecriture, jours, st.just("facture"), st.just("F"), st.just("x"), euros, euros)


@given(st.lists(ecritures, max_size=12), jours, jours)
def test_an_account_runs_from_its_opening_to_its_closing(liste, un, autre):
    du, au = sorted([un, autre])

    compte = tenir_le_compte(liste, du=du, au=au)

    assert compte.ouverture == sum((e.debit - e.credit for e in liste if e.le < du), ZERO)
    assert compte.cloture == sum((e.debit - e.credit for e in liste if e.le <= au), ZERO)
    assert [m.le for m in compte.mouvements] == sorted(e.le for e in liste if du <= e.le <= au)
    courant = compte.ouverture
    for mouvement in compte.mouvements:
        courant += mouvement.debit - mouvement.credit
        assert mouvement.solde == courant
    assert (
        courant == compte.cloture == compte.ouverture + compte.totaux.debit - compte.totaux.credit
    )


@given(st.lists(ecritures, max_size=12), jours, jours)
def test_two_periods_that_follow_make_the_whole(liste, un, autre):
    milieu, fin = sorted([un, autre])
    debut = date(2024, 1, 1)

    avant = tenir_le_compte(liste, du=debut, au=milieu)
    apres = tenir_le_compte(liste, du=milieu + timedelta(days=1), au=fin)
    tout = tenir_le_compte(liste, du=debut, au=fin)

    assert (avant.cloture, apres.cloture) == (apres.ouverture, tout.cloture)
    assert avant.mouvements + apres.mouvements == tout.mouvements


@pytest.mark.parametrize(
    ("retard", "age"),
    [(-400, "non_echu"), (0, "non_echu"), (1, "j30"), (30, "j30"), (31, "j60"), (60, "j60"),
     (61, "j90"), (90, "j90"), (91, "plus"), (4000, "plus")],
)  # fmt: skip
def test_each_age_ends_on_its_day(retard, age):
    assert age_de(MARS - timedelta(days=retard), au=MARS) == age


@given(
    solde=st.decimals(-9999, 99999, places=2).filter(bool), retenue=euros,
    echeance=jours, a_rendre=st.none() | jours, au=jours,
)  # fmt: skip
def test_ages_share_a_balance_to_the_cent(solde, retenue, echeance, a_rendre, au):
    creance = Creance(1, 1, echeance, solde, retenue, a_rendre)

    parts = list(ages(creance, au=au))

    assert sum((montant for _, montant in parts), ZERO) == max(solde, 0)
    assert all(montant > 0 for _, montant in parts)
    if a_rendre is None:
        assert sum(m for age, m in parts if age != "non_echu") <= max(0, solde - retenue)
    par_client = vieillir([creance], au=au)
    assert par_client.get(1, {}).get("total", ZERO) == max(solde, 0)


def ligne_du(client, au):
    return next((li for li in dresser_la_balance(au=au).lignes if li.client == client.pk), None)


def dus(client, au):
    """What the balance shows of a client on a day: the columns that are not zero."""
    trouvee = ligne_du(client, au)
    colonnes = [*TRANCHES, "avances"]
    return {c: getattr(trouvee, c) for c in colonnes if trouvee and getattr(trouvee, c)}


@pytest.fixture
def facture(db):
    """120,00 € TTC of the 1st of January 2026, due the 31st."""
    with a_midi(JANVIER):
        return creer_facture()


@pytest.mark.django_db
@pytest.mark.parametrize("graine", range(3))
def test_at_every_day_an_account_is_its_balances_less_its_credits(graine):
    vie = Vie(graine)
    livres = {client.pk: Livres(client) for client in vie.clients}

    for au in vie.jours():
        balance = dresser_la_balance(au=au)
        lignes = {ligne.client: ligne for ligne in balance.lignes}
        for client in vie.clients:
            livre, releve = livres[client.pk], relever_le_compte(client, du=DEBUT, au=au)
            soldes = livre.soldes(au)
            du = somme(solde for solde in soldes if solde > 0)

            assert releve.cloture == livre.compte(au) == du - releve.avances
            if au >= DEBUT:  # before, the imported invoice may be paid and not dated yet
                assert releve.cloture == somme(soldes) - somme(livre.credits(au))
            assert (client.pk in lignes) == bool(du or releve.avances)
            if trouvee := lignes.get(client.pk):
                assert (trouvee.total, trouvee.avances) == (du, releve.avances)
                assert somme(getattr(trouvee, tranche) for tranche in TRANCHES) == du
        for colonne in ["total", "avances", *TRANCHES]:
            attendu = somme(getattr(ligne, colonne) for ligne in balance.lignes)
            assert getattr(balance.totaux, colonne) == attendu


@pytest.mark.parametrize(
    ("retard", "age"),
    [(0, "non_echu"), (1, "j30"), (30, "j30"), (31, "j60"), (60, "j60"), (61, "j90"),
     (90, "j90"), (91, "plus")],
)  # fmt: skip
def test_a_balance_of_a_past_day_has_the_ages_of_that_day(facture, retard, age):
    au = facture.echeance + timedelta(days=retard)

    assert dus(facture.client, au) == {age: Decimal("120.00")}


def test_an_invoice_is_due_from_its_day(facture):
    assert dus(facture.client, JANVIER - timedelta(days=1)) == {}
    assert dus(facture.client, JANVIER) == {"non_echu": Decimal("120.00")}


def test_a_draft_is_not_due(db):
    brouillon = creer_brouillon()

    assert dus(brouillon.client, MARS) == {}


def test_a_payment_counts_on_its_day_and_its_cancellation_on_its_own(facture):
    with a_midi(date(2026, 1, 20)):
        paiement = payer(facture, "50.00", le=date(2026, 1, 10))
    with a_midi(date(2026, 1, 25)):
        services.annuler_paiement(paiement, motif="rejeté", par=ROBOT)

    reste = [
        dus(facture.client, date(2026, 1, jour))["non_echu"] for jour in (9, 10, 19, 20, 24, 25)
    ]
    assert reste == [120, 70, 70, 70, 70, 120]


def test_a_kept_surplus_is_held_apart_until_it_is_used(facture):
    with a_midi(date(2026, 1, 10)):
        paiement = payer(facture, "150.00", garder_le_surplus=True)
        autre = creer_facture(client=facture.client)
    with a_midi(date(2026, 1, 15)):
        services.imputer(paiement, autre, montant=Decimal("20.00"), par=ROBOT)
        services.rembourser(
            paiement,
            montant=Decimal(4),
            mode="virement",
            le=date(2026, 1, 15),
            motif="x",
            par=ROBOT,
        )

    assert dus(facture.client, date(2026, 1, 14)) == {"non_echu": 120, "avances": 30}
    assert dus(facture.client, date(2026, 1, 15)) == {"non_echu": 100, "avances": 6}


def test_one_payment_settles_several_invoices(facture):
    with a_midi(date(2026, 1, 10)):
        autre = creer_facture(client=facture.client)
        services.recevoir_paiement(
            facture.client,
            montant=Decimal("100.00"),
            mode="cheque",
            le=date(2026, 1, 10),
            par=ROBOT,
            parts=[(facture, Decimal("60.00")), (autre, Decimal("30.00"))],
        )

    assert dus(facture.client, date(2026, 2, 5)) == {"j30": 60, "non_echu": 90, "avances": 10}


@pytest.mark.parametrize("emis_le", [date(2026, 1, 20), date(2026, 1, 12)])
def test_a_credit_note_on_a_paid_invoice_is_money_held_from_its_day(facture, emis_le):
    """Also dated before the day it is entered, when payments are taken back."""
    with a_midi(date(2026, 1, 10)):
        payer(facture, "120.00")
    with a_midi(date(2026, 1, 20)):
        avoir = services.faire_un_avoir(facture, motif="Erreur", par=ROBOT)
        services.emettre_facture(avoir, par=ROBOT, le=emis_le)

    assert dus(facture.client, emis_le - timedelta(days=1)) == {}
    assert dus(facture.client, emis_le) == {"avances": 120}
    assert dus(facture.client, date(2026, 1, 20)) == {"avances": 120}


def test_money_that_precedes_an_imported_invoice_is_held_until_it(db):
    client = creer_client()
    facture = reprendre(client)
    payer(facture, "190.00", le=facture.date - timedelta(days=5))

    avant = facture.date - timedelta(days=1)
    assert dus(client, avant) == {"avances": 190}
    assert relever_le_compte(client, du=avant, au=avant).cloture == -190
    assert dus(client, facture.date) == {}
    assert dus(client, avant - timedelta(days=5)) == {}


def test_a_warranty_retention_is_not_late_before_its_own_day(db):
    with a_midi(JANVIER):
        facture = creer_facture(
            lignes=[ligne(prix_unitaire=Decimal(5000))], retenue_taux=Decimal(5)
        )
    tard = facture.echeance + timedelta(days=31)
    assert dus(facture.client, tard) == {"j60": 5700, "non_echu": 300}
    with a_midi(tard):
        assert encours_du_client(facture.client_id) | {"client": 0} == {
            "client": 0, "solde": "6000.00", "en_retard": "5700.00", "factures_ouvertes": 1,
            "factures_en_retard": 1, "avances": "0.00",
        }  # fmt: skip
        payer(facture, "5800.00")
        assert dus(facture.client, tard) == {"non_echu": 200}
        retenue = services.receptionner_les_travaux(facture, le=JANVIER, par=ROBOT)

    assert dus(facture.client, retenue.echeance) == {"non_echu": 200}
    assert dus(facture.client, retenue.echeance + timedelta(days=1)) == {"j30": 200}


def test_the_balance_is_in_the_order_of_names_and_keeps_clients_in_the_trash(db):
    with a_midi(JANVIER):
        zoe = creer_client(nom="Zola")
        alice = creer_client(nom="Álvarez")
        factures = [creer_facture(client=client) for client in (zoe, alice)]
        for facture in factures:
            payer(facture, "120.00", le=JANVIER)
    with a_midi(date(2026, 1, 2)):
        for une in (creer_facture(client=zoe), creer_facture(client=alice)):
            payer(une, "120.00", le=date(2026, 1, 2))
        services.recevoir_paiement(
            zoe, montant=Decimal(5), mode="virement", le=date(2026, 1, 2), par=ROBOT
        )
        creer_facture(client=alice)
    assert [li.client for li in dresser_la_balance(au=date(2026, 1, 2)).lignes] == [
        alice.pk, zoe.pk,
    ]  # fmt: skip

    with a_midi(date(2026, 1, 3)):
        parti = creer_client(nom="Parti")
        facture = creer_facture(client=parti)
    with a_midi(date(2026, 1, 10)):
        payer(facture, "120.00")
        supprimer(parti, par=ROBOT)
    assert dus(parti, date(2026, 1, 9)) == {"non_echu": 120}
    assert dus(parti, date(2026, 1, 10)) == {}


def test_a_statement_tells_each_movement(facture):
    client = facture.client
    with a_midi(date(2026, 2, 10)):
        paiement = payer(facture, "50.00", mode="cheque")
        annulation = services.annuler_paiement(paiement, motif="sans provision", par=ROBOT)
        autre = creer_facture(client=client)
    with a_midi(date(2026, 2, 11)):
        recu = payer(autre, "130.00", garder_le_surplus=True)
        services.rembourser(
            recu, montant=Decimal(4), mode="virement", le=date(2026, 2, 11), motif="x", par=ROBOT
        )
        avoir = services.faire_un_avoir(facture, motif="Geste", par=ROBOT)
        avoir = services.emettre_facture(avoir, par=ROBOT)

    releve = relever_le_compte(client, du=date(2026, 2, 1), au=date(2026, 2, 28))

    assert (releve.ouverture, releve.cloture, releve.avances) == (120, -6, 6)
    assert [(m.piece, m.genre, m.debit, m.credit, m.solde) for m in releve.mouvements] == [
        (autre.numero, "facture", 120, 0, 240),
        (paiement.numero, "paiement", 0, 50, 190),
        (annulation.numero, "annulation", 50, 0, 240),
        (avoir.numero, "avoir", 0, 120, 120),
        (recu.numero, "paiement", 0, 130, -10),
        (Paiement.objects.get(rembourse=recu).numero, "remboursement", 4, 0, -6),
    ]
    libelles = [m.libelle for m in releve.mouvements]
    assert libelles == [
        "Facture : Entretien du jardin",
        "Paiement par chèque",
        f"Annulation du paiement {paiement.numero}",
        avoir.objet,
        "Paiement par virement",
        f"Remboursement par virement du paiement {recu.numero}",
    ]
    assert (releve.totaux.debit, releve.totaux.credit) == (174, 300)


def test_the_invoices_of_a_day_come_before_its_credit_notes(facture):
    with a_midi(date(2026, 2, 10)):
        avoir = services.faire_un_avoir(facture, motif="Geste", par=ROBOT)
        services.emettre_facture(avoir, par=ROBOT)
        creer_facture(client=facture.client)

    releve = relever_le_compte(facture.client, du=date(2026, 2, 1), au=MARS)
    assert [m.genre for m in releve.mouvements] == ["facture", "avoir"]


def test_the_days_of_a_period_are_both_in_it(facture):
    for du, au, nombre in (
        (JANVIER, JANVIER, 1),
        (JANVIER - timedelta(days=9), JANVIER - timedelta(days=1), 0),
        (JANVIER + timedelta(days=1), MARS, 0),
    ):
        assert len(relever_le_compte(facture.client, du=du, au=au).mouvements) == nombre


def test_the_queries_do_not_grow_with_the_rows(django_assert_num_queries, db):
    client = creer_client()
    for _ in range(2):
        for _ in range(2):
            facture = creer_facture(client=client)
            services.annuler_paiement(payer(facture, "10.00"), motif="x", par=ROBOT)
            payer(creer_facture(), "10.00")
        au = facture.date
        with django_assert_num_queries(3):
            dresser_la_balance(au=au)
        with django_assert_num_queries(4):
            relever_le_compte(client, du=JANVIER, au=au)
        with django_assert_num_queries(3):
            encours_du_client(client.pk)


@pytest.mark.usefixtures("base_partagee")
def test_a_report_sees_one_instant_and_writes_nothing():
    facture = creer_facture()
    au = facture.date

    with meme_instant():
        avant = creances(au=au)
        en_parallele(lambda: payer(facture, "120.00"))
        assert creances(au=au) == avant
        assert credits_des_paiements(au=au) == {}
    assert len(avant) == 1
    assert creances(au=au) == []
    with pytest.raises(DatabaseError), meme_instant(), connection.cursor() as curseur:
        curseur.execute("DELETE FROM facturation_litige")
