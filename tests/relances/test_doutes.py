"""What is asked, what is left out, and the doubts that hold everything until a patron answers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from facturation import services as facturation
from facturation.models import Evenement
from relances.models import Liberation, Passage, Reglages, Relance
from relances.plan import planifier
from relances.services import liberer, modifier_reglages, relancer, relancer_du_jour
from tests.clients.factories import creer_client
from tests.facturation.factories import crediter, ligne, payer
from tests.facturation.test_prelevements import ICS, creer_prelevee
from tests.relances.factories import PAR, facture_due

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
JOUR = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")


def due(client=None, *, retard: int = 40, ht: str = "100.00"):
    return facture_due(client or creer_client(), retard=retard, au=JOUR, ht=ht)


def motifs(*, au: date = JOUR) -> dict[str, int]:
    return dict(planifier(au=au).motifs)


def demandes(*, au: date = JOUR) -> list[Decimal]:
    return [ligne.faits.solde for ligne in planifier(au=au).lignes]


def recevoir(client, montant: str = "50.00"):
    """Money that no invoice takes."""
    return facturation.recevoir_paiement(
        client, montant=Decimal(montant), mode="virement", le=timezone.localdate(), par=PAR
    )


@pytest.mark.parametrize(("paye", "reste"), [("115.00", ["5.00"]), ("115.01", []), ("119.99", [])])
def test_a_balance_under_the_tolerance_is_left_alone(paye, reste):
    payer(due(), paye)

    assert demandes() == [Decimal(montant) for montant in reste]
    assert motifs() == ({} if reste else {"sous-le-seuil": 1})


def test_without_tolerance_a_cent_is_asked():
    modifier_reglages(tolerance=Decimal(0), par=PAR)
    payer(due(), "119.99")

    assert demandes() == [Decimal("0.01")]


def test_payments_and_credit_notes_are_taken_off_what_is_asked():
    """frappe/erpnext#46650, #42605: each invoice has its own balance; OCA/credit-control#330."""
    client = creer_client()
    premiere, seconde = due(client), due(client)
    payer(premiere, "20.00")
    crediter(seconde, lignes=[ligne(prix_unitaire=Decimal("50.00"))])

    assert sorted(demandes()) == [Decimal("60.00"), Decimal("100.00")]


def test_an_invoice_credited_whole_is_not_open_any_more():
    """OCA/credit-control PR 568: what was cancelled is not warned about."""
    crediter(due())

    assert (demandes(), motifs()) == ([], {})


def test_a_debit_gone_by_is_asked_about_until_the_bank_refuses():
    facturation.modifier_entreprise(
        par=PAR, iban="FR7630006000011234567890189", bic="AGRIFRPP", ics=ICS
    )
    facture = creer_prelevee()
    au = facture.echeance + timedelta(days=40)
    modifier_reglages(fraicheur_jours=0, par=PAR)

    assert motifs(au=au) == {"prelevement-sans-nouvelle": 1}
    facturation.rejeter_le_prelevement(facture, motif="Provision insuffisante", par=PAR)
    assert demandes(au=au) == [Decimal("120.00")]


class TestBanque:
    """No payment entered for N days: is the bank up to date?"""

    @pytest.mark.parametrize(("jours", "retenu"), [(9, False), (10, True), (11, True)])
    def test_it_is_in_doubt_from_the_tenth_day_on(self, jours, retenu, time_machine_a):
        """invoiceninja#1234: check the bank first."""
        time_machine_a(datetime(2026, 11, 24, 12, tzinfo=PARIS) - timedelta(days=jours))
        payer(due(retard=1), "120.00")
        facture_due(creer_client(), retard=40, au=JOUR)
        time_machine_a(datetime(2026, 11, 24, 10, tzinfo=PARIS))

        assert motifs() == ({"banque-pas-a-jour": 1} if retenu else {})
        assert len(planifier(au=JOUR).retenues) == retenu

    def test_zero_days_is_never_in_doubt(self, time_machine_a):
        due()
        modifier_reglages(fraicheur_jours=0, par=PAR)

        time_machine_a(datetime(2027, 3, 2, 10, tzinfo=PARIS))
        assert len(demandes(au=date(2027, 3, 2))) == 1

    def test_before_the_first_payment_ever_the_days_count_from_the_first_invoice(
        self, time_machine_a
    ):
        due(retard=60)

        time_machine_a(datetime(2026, 12, 3, 10, tzinfo=PARIS))
        assert motifs(au=date(2026, 12, 3)) == {}
        time_machine_a(datetime(2026, 12, 4, 10, tzinfo=PARIS))
        assert motifs(au=date(2026, 12, 4)) == {"banque-pas-a-jour": 1}

    def test_a_release_holds_for_as_many_days_again(self, time_machine_a):
        due(retard=60)
        time_machine_a(datetime(2026, 12, 4, 8, 30, tzinfo=PARIS))
        liberer(None, par=PAR)

        assert motifs(au=date(2026, 12, 4)) == {}
        time_machine_a(datetime(2026, 12, 14, 9, tzinfo=PARIS))
        assert motifs(au=date(2026, 12, 14)) == {"banque-pas-a-jour": 1}

    def test_released_after_nine_the_run_is_taken_up_again_and_doubles_nobody(self, time_machine_a):
        due(retard=60)
        time_machine_a(datetime(2026, 12, 4, 9, 0, tzinfo=PARIS))
        assert relancer_du_jour().retenues == 1
        assert not Relance.objects.exists()

        time_machine_a(datetime(2026, 12, 4, 10, 15, tzinfo=PARIS))
        assert relancer_du_jour() is None
        liberer(None, par=PAR)
        time_machine_a(datetime(2026, 12, 4, 10, 16, tzinfo=PARIS))
        assert relancer_du_jour().relancees == 1
        time_machine_a(datetime(2026, 12, 4, 10, 17, tzinfo=PARIS))
        assert relancer_du_jour() is None

        assert Relance.objects.count() == Courriel.objects.filter(type="relance").count() == 1
        assert Passage.objects.get().relancees == 1


class TestCredit:
    """Money of a client that no invoice took: is it what we are about to ask?"""

    def test_a_payment_for_no_invoice_holds_the_client_alone(self):
        client = creer_client()
        due(client)
        due(creer_client())
        recevoir(client)

        assert motifs() == {"credit-a-imputer": 1}
        assert len(demandes()) == 1

    def test_allocated_it_is_asked_for_the_rest(self):
        client = creer_client()
        facture = due(client)
        paiement = recevoir(client)

        facturation.imputer(paiement, facture, montant=Decimal("50.00"), par=PAR)

        assert demandes() == [Decimal("70.00")]

    def test_a_kept_surplus_is_loose_credit(self):
        client = creer_client()
        due(client)
        payer(due(client), "200.00", garder_le_surplus=True)

        assert motifs() == {"credit-a-imputer": 1}

    def test_a_credit_note_on_a_paid_invoice_is_loose_credit(self):
        client = creer_client()
        payee = due(client)
        due(client)
        payer(payee, "120.00")
        assert motifs() == {}

        crediter(payee)

        assert motifs() == {"credit-a-imputer": 1}

    def test_given_back_it_is_loose_no_more(self):
        client = creer_client()
        due(client)
        paiement = recevoir(client)

        facturation.rembourser(
            paiement,
            montant=Decimal("50.00"),
            mode="virement",
            le=JOUR,
            motif="Payé deux fois",
            par=PAR,
        )

        assert motifs() == {}

    def test_released_it_goes_and_a_newer_payment_holds_again(self):
        client = creer_client()
        due(client)
        recevoir(client)

        liberer(client, par=PAR)
        assert len(demandes()) == 1
        recevoir(client, "10.00")
        assert motifs() == {"credit-a-imputer": 1}
        assert Liberation.objects.get().par == PAR.nom

    def test_the_setting_switches_it_off(self):
        client = creer_client()
        due(client)
        recevoir(client)

        modifier_reglages(credit_bloque=False, par=PAR)

        assert len(demandes()) == 1

    def test_it_is_asked_again_at_sending(self):
        """akaunting#259: the money that came between the plan and the sending."""
        client = creer_client()
        due(client)
        relancer(jour=JOUR, par=PAR)
        recevoir(client)

        produire_les_promis()
        envoyer_les_courriels()

        assert Courriel.objects.get(type="relance").statut == "annule"
        assert "imputé" in Relance.objects.get().annulation
        assert motifs() == {"credit-a-imputer": 1}
        liberer(client, par=PAR)
        assert len(demandes()) == 1


def test_the_settings_are_one_row_and_never_negative():
    assert Reglages.objects.count() == 1
    assert (Reglages.les_notres().fraicheur_jours, Reglages.les_notres().tolerance) == (10, 5)


def test_switched_off_in_the_automatic_mails_nobody_is_reminded_and_the_patrons_see_why():
    due()
    Evenement.objects.filter(pk="relance").update(vers="entreprise")

    plan = planifier(au=JOUR)

    assert (plan.lignes, plan.motifs) == ([], {"envois-coupes": 1})
    assert [ecartee.motif for ecartee in plan.retenues] == ["envois-coupes"]
