"""What users of other systems complained about: each thread has the test that answers it."""

from __future__ import annotations

import ast
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from facturation.models import Evenement
from relances.models import Relance
from relances.plan import planifier
from relances.services import modifier_reglages, relancer, relancer_du_jour
from tests.clients.factories import creer_client
from tests.facturation.factories import payer
from tests.relances.factories import PAR, deja_faite, facture_due, facture_reprise

RACINE = Path(__file__).resolve().parents[2]
PARIS = ZoneInfo("Europe/Paris")
JOUR = date(2026, 11, 24)
ICI = "relances/test_plaintes.py::"
PASSAGES, SORTS = "relances/test_passages.py::", "relances/test_sorts.py::"
ENVOI, REPRISE = "artjardin/test_outbox_envoi.py::", "artjardin/test_outbox_reprise.py::"
UNE_FOIS = f"{PASSAGES}test_a_second_run_of_the_day_is_refused_and_sends_nothing"
CHAQUE_JOUR = f"{ICI}test_run_every_minute_of_a_day_and_the_next_each_level_goes_once"
RATTRAPE = f"{PASSAGES}test_a_week_of_downtime_sends_one_level_not_two"
RAISON = f"{PASSAGES}test_the_plan_says_why_each_open_invoice_waits"
ECHEANCE = f"{ICI}test_the_level_comes_from_the_due_date_not_from_the_day_it_was_mailed"
A_PART = "relances/test_documents.py::test_a_statement_is_a_document_apart_from_the_invoices"
INDEMNITE = "relances/test_decompte.py::test_the_indemnity_is_once_per_invoice_even_partly_paid"
INTERETS = (
    "relances/test_interets.py::test_a_partial_payment_keeps_the_interest_of_the_days_before_it"
)
PAR_CLIENT = f"{PASSAGES}test_one_email_per_client_with_the_tone_of_the_highest_level"
COPIES = f"{ICI}test_blind_copies_are_those_of_reminders_only"
ISOLE = f"{PASSAGES}test_one_bad_client_stops_nobody_else_and_the_run_is_partial"
A_LUI = f"{PASSAGES}test_each_attachment_belongs_to_the_client_it_goes_to"
SOLDES = "relances/test_doutes.py::test_payments_and_credit_notes_are_taken_off_what_is_asked"
REPART = f"{ICI}test_a_client_that_paid_starts_again_at_the_first_level"
REFUSE = f"{SORTS}test_a_refused_mail_holds_the_next_levels_with_its_reason"
INCERTAIN = f"{ENVOI}test_silence_after_the_data_is_uncertain_and_never_sent_again"
TUE = (
    "relances/test_passage_tue.py::"
    "test_senders_killed_in_the_middle_send_each_reminder_once_or_leave_it_uncertain"
)
BAIL = f"{REPRISE}test_a_sender_slower_than_its_lease_sends_nothing_twice"
REPONSES = {
    "invoiceninja#1693": UNE_FOIS,
    "invoiceninja#1447": UNE_FOIS,
    "invoiceninja#553": CHAQUE_JOUR,
    "invoiceninja#2649": CHAQUE_JOUR,
    "invoiceninja#2330": INDEMNITE,
    "invoiceninja#637": RATTRAPE,
    "invoiceninja#2311": RATTRAPE,
    "invoiceninja#8665": "relances/test_suspensions.py::test_the_last_day_is_a_day_of_paris",
    "invoiceninja PR 8672": f"{ICI}test_days_are_counted_on_paris_dates_at_both_ends_of_the_day",
    "invoiceninja#9228": RAISON,
    "invoiceninja#9299": RAISON,
    "invoiceninja#9312": ECHEANCE,
    "invoiceninja#9162": ECHEANCE,
    "invoiceninja#1578": (
        "relances/test_suspensions.py::test_a_client_is_excluded_with_all_its_invoices"
    ),
    "invoiceninja#4293": (
        "relances/test_suspensions.py::"
        "test_a_pause_holds_to_its_last_day_included_and_ends_by_itself"
    ),
    "invoiceninja#925": "relances/test_plans.py::test_each_type_of_client_follows_its_own_plan",
    "invoiceninja#1234": (
        "relances/test_apercu.py::test_it_says_who_how_much_and_the_very_text_of_each_message"
    ),
    "invoiceninja#7790": A_PART,
    "invoiceninja#11118": A_PART,
    "invoiceninja#10263": A_PART,
    "invoiceninja#2238": PAR_CLIENT,
    "frappe/erpnext#12429": PAR_CLIENT,
    "invoiceninja#2864": COPIES,
    "invoiceninja#9052": COPIES,
    "invoiceninja#11985": COPIES,
    "akaunting#259": f"{PASSAGES}test_conditions_are_asked_again_at_sending",
    "Dolibarr#30771": f"{ICI}test_nothing_is_asked_before_the_first_level",
    "Dolibarr#25197": RATTRAPE,
    "Dolibarr PR 38547": ISOLE,
    "Dolibarr#34656": ISOLE,
    "Dolibarr PR 34942": ISOLE,
    "OCA/credit-control#330": f"{PASSAGES}test_the_balance_is_what_is_reminded",
    "OCA/credit-control#460": f"{ICI}test_each_invoice_of_a_client_has_its_own_level",
    "OCA/credit-control PR 568": (
        "relances/test_doutes.py::test_an_invoice_credited_whole_is_not_open_any_more"
    ),
    "OCA/account-financial-tools#559": A_LUI,
    "OCA/account-financial-tools#565": A_LUI,
    "frappe/erpnext#58220": INTERETS,
    "frappe/erpnext PR 58227": INTERETS,
    "frappe/erpnext#49621": INTERETS,
    "frappe/erpnext#46650": SOLDES,
    "frappe/erpnext#42605": SOLDES,
    "frappe/erpnext PR 46770": SOLDES,
    "odoo PR 55717": (
        "relances/test_passage_tue.py::test_a_run_killed_twice_reminds_each_client_once"
    ),
    "lago-api PR 2875": REPART,
    "lago-api PR 2876": REPART,
    "discuss.tryton.org/t/8835": (
        "relances/test_plans.py::test_levels_reordered_after_use_never_repeat_nor_go_back"
    ),
    "invoiceninja#9311": REFUSE,
    "invoiceninja#3293": REFUSE,
    "odoo#195327": f"{ENVOI}test_a_refusal_for_good_is_a_failure_at_once",
    "Dolibarr#26818": f"{ENVOI}test_a_refusal_for_good_is_a_failure_at_once",
    "OCA/mail#253": "artjardin/test_outbox_promesse.py::"
    "test_the_database_knows_no_sent_mail_without_a_date",
    "invoiceninja#9140": "artjardin/test_outbox_alertes.py::"
    "test_the_patrons_are_told_of_failures_and_doubts_in_one_mail",
    "invoiceninja#12195": f"{SORTS}test_without_any_address_it_is_held_and_told",
    "invoiceninja#9109": INCERTAIN,
    "invoiceninja#10860": INCERTAIN,
    "odoo#22148": TUE,
    "odoo PR 99189": TUE,
    "frappe#29197": f"{REPRISE}test_what_a_dead_sender_had_not_handed_over_waits_again",
    "frappe PR 33323": BAIL,
    "frappe PR 19386": f"{REPRISE}test_sweeps_at_once_send_each_message_once",
    "frappe PR 35334": f"{REPRISE}test_sweeps_at_once_send_each_message_once",
    "Dolibarr#23210": (
        "artjardin/test_outbox_message.py::"
        "test_the_message_of_the_history_is_byte_for_byte_what_left"
    ),
    "Dolibarr#32069": (
        "facturation/test_envois.py::test_a_document_never_leaves_without_its_number_and_its_pdf"
    ),
    "invoiceninja#11917": (
        "artjardin/test_rebonds.py::test_a_report_in_the_mailbox_marks_the_message_and_the_address"
    ),
}


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")


def balayer() -> None:
    produire_les_promis()
    envoyer_les_courriels()


@pytest.mark.django_db
def test_run_every_minute_of_a_day_and_the_next_each_level_goes_once(time_machine_a):
    """invoiceninja#553, #2649: the same reminder hourly, then a hundred times."""
    time_machine_a(datetime(2026, 11, 24, 8, tzinfo=PARIS))
    facture_due(creer_client(), retard=70, au=JOUR)

    for minutes in range(0, 600, 60):
        time_machine_a(datetime(2026, 11, 24, 9, tzinfo=PARIS) + timedelta(minutes=minutes))
        relancer_du_jour()
        balayer()
    for jours in range(1, 7):
        time_machine_a(datetime(2026, 11, 24, 9, tzinfo=PARIS) + timedelta(days=jours))
        relancer_du_jour()
        balayer()

    assert Relance.objects.count() == Courriel.objects.filter(type="relance").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("heure", "minute"), [(0, 1), (23, 59)])
def test_days_are_counted_on_paris_dates_at_both_ends_of_the_day(heure, minute, time_machine_a):
    """invoiceninja PR 8672: the time zone moved the day. 0:01 in Paris is the day before in UTC."""
    facture_reprise(creer_client(), "FA-1", retard=30, au=JOUR)
    time_machine_a(datetime(2026, 11, 24, heure, minute, tzinfo=PARIS))

    passage = relancer(jour=JOUR, par=PAR)

    assert passage.relancees == 1
    assert Relance.objects.get().retard == 30


@pytest.mark.django_db
def test_the_level_comes_from_the_due_date_not_from_the_day_it_was_mailed():
    """invoiceninja#9312, #9162: a past-due text the day after the first mail."""
    au_loin = facture_reprise(creer_client(), "FA-1", retard=-20, au=JOUR)
    ancienne = facture_reprise(creer_client(), "FA-2", retard=31, au=JOUR)  # entered today

    plan = planifier(au=JOUR + timedelta(days=1))

    assert [ligne.faits.facture_id for ligne in plan.lignes] == [ancienne.pk]
    assert [(e.faits.facture_id, e.motif) for e in plan.ecartees] == [(au_loin.pk, "pas-echue")]


@pytest.mark.django_db
@pytest.mark.parametrize(("retard", "combien"), [(-60, 0), (-30, 0), (0, 0), (29, 0), (30, 1)])
def test_nothing_is_asked_before_the_first_level(retard, combien):
    """Dolibarr#30771: a mail sixty days before the due date."""
    facture_reprise(creer_client(), "FA-1", retard=retard, au=JOUR)

    assert len(planifier(au=JOUR).lignes) == combien


@pytest.mark.django_db
def test_blind_copies_are_those_of_reminders_only():
    """invoiceninja#2864, #9052, #11985: a proof for some, a flood for accounting."""
    Evenement.objects.filter(code="relance").update(bcc=["preuves@art-jardin.example"])
    facture_reprise(creer_client(), "FA-1", retard=40, au=JOUR)

    relancer(jour=JOUR, par=PAR)

    assert Courriel.objects.get(type="relance").bcc == ["preuves@art-jardin.example"]
    autres = Courriel.objects.exclude(type="relance").filter(
        bcc__contains=["preuves@art-jardin.example"]
    )
    assert not autres.exists()


@pytest.mark.django_db
def test_each_invoice_of_a_client_has_its_own_level():
    """OCA/credit-control#460: reminding one hides the others."""
    client = creer_client()
    vieille = facture_reprise(client, "FA-1", retard=80, au=JOUR)
    jeune = facture_reprise(client, "FA-2", retard=31, au=JOUR)
    deja_faite(vieille, 30)

    niveaux = {li.faits.facture_id: li.niveau.jours for li in planifier(au=JOUR).lignes}

    assert niveaux == {vieille.pk: 45, jeune.pk: 30}


@pytest.mark.django_db
def test_a_client_that_paid_starts_again_at_the_first_level():
    """lago-api PR 2875, 2876: the counter of attempts outlived the payment."""
    modifier_reglages(tolerance=Decimal(0), par=PAR)
    client = creer_client()
    ancienne = facture_reprise(client, "FA-1", retard=90, au=JOUR)
    deja_faite(ancienne, 60)
    payer(ancienne, "120.00")
    facture_reprise(client, "FA-2", retard=35, au=JOUR)

    assert [ligne.niveau.jours for ligne in planifier(au=JOUR).lignes] == [30]


def test_every_thread_has_a_test_that_exists():
    listes = json.loads((RACINE / "tests/data/plaintes.json").read_text(encoding="utf-8"))

    assert list(REPONSES) == [fil for liste in listes.values() for fil in liste]
    assert [fil for fil, ou in REPONSES.items() if not existe(ou)] == []


def existe(ou: str) -> bool:
    fichier, _, nom = ou.partition("::")
    chemin = RACINE / "tests" / fichier
    if not (nom and chemin.is_file()):
        return False
    arbre = ast.parse(chemin.read_text(encoding="utf-8"))
    return any(
        isinstance(noeud, ast.FunctionDef) and noeud.name == nom for noeud in ast.walk(arbre)
    )
