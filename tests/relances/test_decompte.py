"""What a late client owes beside its invoices: by type of client, over payments and credits."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from artjardin.argent import ZERO
from facturation.models import Entreprise, Facture, Paiement, Retenue
from facturation.services import annuler_paiement
from relances.decompte import decompter
from relances.interets import TauxManquant
from relances.models import Relance
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    crediter,
    creer_professionnel,
    ligne,
    payer,
)
from tests.relances.factories import LUNDI, PAR, facture_due, facture_pro_due, niveau

pytestmark = pytest.mark.django_db

ECHUE = LUNDI - timedelta(days=52)  # 2 October 2026: the whole delay is in one half-year


@pytest.fixture
def pro():
    return creer_professionnel()


def mettre_en_demeure(facture, *, recue=None, postee=None):
    genre = facture.client.type
    return Relance.objects.create(
        facture=facture,
        niveau=niveau(60, type_client=genre),
        jour=LUNDI - timedelta(days=20),
        canal="poste",
        solde=Decimal("120.00"),
        retard=60,
        recue_le=recue,
        postee_le=postee and datetime(postee.year, postee.month, postee.day, 12, tzinfo=UTC),
    )


def test_a_professional_owes_penalties_from_the_day_after_the_due_date_and_40_euros(pro):
    facture = facture_pro_due(pro, retard=52, ht="1000.00")
    decompte = decompter(pro, au=LUNDI)
    [ligne] = decompte.lignes
    [periode] = ligne.periodes
    assert (periode.du, periode.au, periode.jours) == (ECHUE + timedelta(days=1), LUNDI, 52)
    assert periode.taux == Decimal("12.40")
    assert ligne.numero == facture.numero
    assert ligne.interets == Decimal("21.20")  # 1 200 € × 12,40 % × 52 / 365
    assert decompte.indemnites == Decimal("40.00")
    assert decompte.total == Decimal("1261.20")


def test_the_indemnity_is_once_per_invoice_even_partly_paid(pro):
    # invoiceninja#2330: a late fee added every hour
    une, _ = facture_pro_due(pro, retard=52), facture_pro_due(pro, retard=30)
    payer(une, "20.00", le=LUNDI - timedelta(days=5))
    for _fois in range(2):
        assert decompter(pro, au=LUNDI).indemnites == Decimal("80.00")


def test_a_statement_never_changes_an_invoice(pro):
    # invoiceninja#7790, #11118, #10263
    facture = facture_pro_due(pro, retard=52)
    avant = Facture.objects.values().get(pk=facture.pk)
    assert decompter(pro, au=LUNDI).accessoires > 0
    assert Facture.objects.values().get(pk=facture.pk) == avant


def test_what_was_paid_bears_interest_until_its_day_and_the_rest_after(pro):
    # frappe/erpnext#58220, #49621
    facture = facture_pro_due(pro, retard=52, ht="1000.00")
    payer(facture, "700.00", le=LUNDI - timedelta(days=10))
    [ligne] = decompter(pro, au=LUNDI).lignes
    assert [(p.principal, p.jours) for p in ligne.periodes] == [
        (Decimal("1200.00"), 42),
        (Decimal("500.00"), 10),
    ]
    assert ligne.principal == Decimal("500.00")


def test_a_credit_note_counts_from_its_date(pro, time_machine_a):
    time_machine_a(datetime(2026, 11, 13, 10, tzinfo=UTC))
    facture = facture_pro_due(pro, retard=52, ht="1000.00")
    crediter(facture, lignes=[ligne(prix_unitaire=Decimal("500.00"))])
    [une] = decompter(pro, au=LUNDI).lignes
    assert [p.principal for p in une.periodes] == [Decimal("1200.00"), Decimal("600.00")]


def test_a_cancelled_payment_was_never_received(pro):
    facture = facture_pro_due(pro, retard=52, ht="1000.00")
    payer(facture, "1200.00", le=ECHUE)
    assert decompter(pro, au=LUNDI).lignes == ()
    annuler_paiement(Paiement.objects.get(), motif="Chèque rejeté", par=PAR)
    [ligne] = decompter(pro, au=LUNDI).lignes
    assert [p.jours for p in ligne.periodes] == [52]


def test_an_invoice_paid_late_in_full_is_listed_only_when_asked(pro):
    facture = facture_pro_due(pro, retard=52, ht="1000.00")
    payer(facture, "1200.00", le=LUNDI - timedelta(days=2))
    assert decompter(pro, au=LUNDI).lignes == ()
    [ligne] = decompter(pro, au=LUNDI, avec_reglees=True).lignes
    assert (ligne.principal, ligne.indemnite) == (ZERO, Decimal("40.00"))
    assert [p.jours for p in ligne.periodes] == [50]


def test_an_invoice_paid_on_its_due_date_owes_nothing(pro):
    facture = facture_pro_due(pro, retard=52)
    payer(facture, "120.00", le=ECHUE)
    assert decompter(pro, au=LUNDI, avec_reglees=True).lignes == ()


@pytest.mark.parametrize("retard", [0, -5])
def test_nothing_is_owed_until_the_due_date_is_past(pro, retard):
    facture_pro_due(pro, retard=retard)
    assert decompter(pro, au=LUNDI).lignes == ()


def test_one_day_late_is_one_day_of_interest(pro):
    facture_pro_due(pro, retard=1, ht="1000.00")
    [ligne] = decompter(pro, au=LUNDI).lignes
    assert [p.jours for p in ligne.periodes] == [1]


def test_half_years_have_their_own_rate(pro):
    facture_pro_due(pro, retard=200, ht="1000.00")
    [ligne] = decompter(pro, au=LUNDI).lignes
    assert [(p.au, p.taux) for p in ligne.periodes] == [
        (date(2026, 6, 30), Decimal("12.15")),
        (LUNDI, Decimal("12.40")),
    ]


def test_a_half_year_without_a_rate_is_refused_by_its_name(pro):
    facture_pro_due(pro, retard=52)
    with pytest.raises(TauxManquant, match="1er semestre 2027"):
        decompter(pro, au=date(2027, 1, 1))
    assert decompter(pro, au=date(2026, 12, 31)).lignes


def test_the_retention_bears_nothing_until_it_is_due(pro):
    facture = facture_pro_due(pro, retard=52, ht="1000.00", retenue_taux=5)
    [une] = decompter(pro, au=LUNDI).lignes
    assert [p.principal for p in une.periodes] == [Decimal("1140.00")]
    Retenue.objects.filter(facture=facture).update(
        reception_le=LUNDI - timedelta(days=400), echeance=LUNDI - timedelta(days=10)
    )
    [une] = decompter(pro, au=LUNDI).lignes
    assert [(p.principal, p.jours) for p in une.periodes] == [
        (Decimal("1140.00"), 52),
        (Decimal("60.00"), 10),
    ]
    assert une.principal == Decimal("1200.00")
    assert une.indemnite == Decimal("40.00")


@pytest.mark.parametrize("genre", ["particulier", "syndic"])
def test_a_consumer_owes_nothing_before_a_formal_notice(genre):
    client = creer_client(type=genre, raison_sociale="Les Tilleuls")
    facture_due(client, retard=90)
    decompte = decompter(client, au=LUNDI)
    assert decompte.consommateur
    assert (decompte.principal, decompte.accessoires) == (Decimal("120.00"), ZERO)


@pytest.mark.parametrize("genre", ["particulier", "syndic"])
def test_a_consumer_owes_the_legal_rate_from_the_day_after_receipt(genre):
    client = creer_client(type=genre, raison_sociale="Les Tilleuls")
    facture = facture_due(client, retard=90, ht="1000.00")
    mettre_en_demeure(facture, postee=date(2026, 11, 3), recue=date(2026, 11, 6))
    [ligne] = decompter(client, au=LUNDI).lignes
    [periode] = ligne.periodes
    assert (periode.du, periode.jours, periode.taux) == (date(2026, 11, 7), 17, Decimal("2.75"))
    assert ligne.indemnite == ZERO


def test_without_a_receipt_the_day_it_was_posted_stands():
    client = creer_client()
    facture = facture_due(client, retard=90)
    mettre_en_demeure(facture, postee=date(2026, 11, 3))
    [ligne] = decompter(client, au=LUNDI).lignes
    assert ligne.periodes[0].du == date(2026, 11, 4)


def test_a_notice_that_was_never_posted_starts_nothing():
    client = creer_client()
    mettre_en_demeure(facture_due(client, retard=90))
    assert decompter(client, au=LUNDI).interets == ZERO


def test_a_cancelled_notice_starts_nothing():
    client = creer_client()
    relance = mettre_en_demeure(facture_due(client, retard=90), postee=date(2026, 11, 3))
    relance.annuler("Erreur")
    assert decompter(client, au=LUNDI).interets == ZERO


def test_a_syndic_that_the_firm_treats_as_a_professional_owes_like_one():
    Entreprise.objects.filter(pk=1).update(syndic_consommateur=False)
    client = creer_client(type="syndic", raison_sociale="Les Tilleuls")
    facture_pro_due(client, retard=52)
    decompte = decompter(client, au=LUNDI)
    assert decompte.indemnites == Decimal("40.00")
    assert decompte.lignes[0].periodes[0].taux == Decimal("12.40")


def test_a_statement_is_about_one_client_only(pro):
    facture_pro_due(pro, retard=52)
    autre = creer_professionnel()
    sienne = facture_pro_due(autre, retard=40)
    assert [ligne.numero for ligne in decompter(autre, au=LUNDI).lignes] == [sienne.numero]
    etrangere = Facture.objects.get(client=pro)
    assert decompter(autre, au=LUNDI, factures=[etrangere.pk]).lignes == ()


def test_a_statement_costs_the_same_queries_for_many_invoices(pro, django_assert_max_num_queries):
    for retard in range(19, 9, -1):
        facture_pro_due(pro, retard=retard)
    with django_assert_max_num_queries(5):
        assert len(decompter(pro, au=LUNDI).lignes) == 10
