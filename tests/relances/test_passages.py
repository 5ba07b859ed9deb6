"""The run of a day, on the database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from artjardin.audit.models import Execution
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels, renvoyer
from artjardin.storage.services import produire_les_promis
from clients.models import Client
from clients.services import modifier_client
from facturation.models import Facture
from facturation.services import encaisser, ouvrir_litige
from relances.models import Liberation, Modele, Passage, Relance
from relances.plan import planifier
from relances.services import (
    annuler_courriel,
    annuler_les_lettres_caduques,
    marquer_postee,
    relancer,
    relancer_du_jour,
)
from tests.clients.factories import creer_client
from tests.relances.factories import LUNDI, PAR, deja_faite, facture_due, facture_reprise

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def _ce_lundi(time_machine_a):
    time_machine_a(datetime(2026, 11, 23, 9, 0, tzinfo=PARIS))


def payer(facture: Facture, montant: str) -> None:
    encaisser(facture, montant=Decimal(montant), mode="virement", le=LUNDI, par=PAR)


def test_one_email_per_client_with_the_tone_of_the_highest_level():
    client = creer_client(email="camille@example.org")
    vieille = facture_due(client, retard=70)
    recente = facture_due(client, retard=31)
    deja_faite(vieille, 30)

    passage = relancer(jour=LUNDI, par=PAR)

    courriel = Courriel.objects.get()
    lignes = set(courriel.relances.values_list("facture__numero", "niveau__jours"))
    assert lignes == {(vieille.numero, 45), (recente.numero, 30)}
    assert courriel.objet.startswith("Règlement attendu")
    assert courriel.a == ["camille@example.org"]
    assert {piece.document.objet_id for piece in courriel.pieces.all()} == {vieille.pk, recente.pk}
    assert (passage.relancees, passage.courriels, passage.lettres, passage.echecs) == (2, 1, 0, 0)


def test_the_balance_is_what_is_reminded():
    """OCA/credit-control#330."""
    facture = facture_due(creer_client(), retard=35)
    payer(facture, "20.00")

    relancer(jour=LUNDI, par=PAR)

    assert Relance.objects.get().solde == Decimal("100.00")
    assert "100,00" in Courriel.objects.get().texte


def test_an_imported_invoice_comes_with_a_summary_of_the_account():
    client = creer_client()
    facture_reprise(client, "FA2026-0003", retard=138)

    relancer(jour=LUNDI, par=PAR)

    piece = Courriel.objects.get().pieces.get().document
    assert (piece.type, piece.client_ref) == ("releve", client.pk)
    assert [ligne["numero"] for ligne in piece.contexte["lignes"]] == ["FA2026-0003"]


def test_each_attachment_belongs_to_the_client_it_goes_to():
    """OCA/account-financial-tools#559."""
    for rang in range(4):
        facture_due(creer_client(nom=f"Client{rang}", email=f"c{rang}@example.org"), retard=40)

    relancer(jour=LUNDI, par=PAR)

    for courriel in Courriel.objects.all():
        client = Client.objects.get(pk=courriel.client_ref)
        assert courriel.a == [client.email]
        assert {piece.document.client_ref for piece in courriel.pieces.all()} == {client.pk}


def test_a_second_run_of_the_day_is_refused_and_sends_nothing():
    """invoiceninja#1693, #1447: the same reminder 22 times."""
    facture_due(creer_client(), retard=40)
    relancer(jour=LUNDI, par=PAR)

    with pytest.raises(Conflit) as refus:
        relancer(jour=LUNDI, par=PAR)

    assert refus.value.code == "passage_deja_fait"
    assert Courriel.objects.count() == Relance.objects.count() == 1


def test_a_run_that_reminded_nobody_leaves_its_day_open():
    relancer(jour=LUNDI, par=PAR)
    facture_due(creer_client(), retard=40)

    relancer(jour=LUNDI, par=PAR)

    assert Relance.objects.count() == 1
    assert Passage.objects.get().relancees == 1


def test_a_run_that_was_cut_short_is_resumed(monkeypatch):
    for rang in range(3):
        facture_due(creer_client(nom=f"N{rang}", email=f"c{rang}@example.org"), retard=40)
    import relances.services.passages as service  # noqa: PLC0415

    complet, faits = service.relancer_client, []

    def coupe(*args, **kwargs):
        if faits:
            raise KeyboardInterrupt
        faits.append(complet(*args, **kwargs))

    monkeypatch.setattr(service, "relancer_client", coupe)
    with pytest.raises(KeyboardInterrupt):
        relancer(jour=LUNDI, par=PAR)
    monkeypatch.undo()

    passage = relancer(jour=LUNDI, par=PAR)

    assert Courriel.objects.count() == Relance.objects.count() == passage.relancees == 3
    assert list(Execution.objects.values_list("resultat", flat=True)) == ["reussi", "echec"]


def test_one_bad_client_stops_nobody_else_and_the_run_is_partial():
    """Dolibarr PR 38547: one bad template stops the whole run."""
    facture_due(creer_client(nom="Sain", email="sain@example.org"), retard=31)
    malade = facture_due(creer_client(nom="Malade", email="malade@example.org"), retard=50)
    deja_faite(malade, 30)
    Modele.objects.filter(ton="ferme").update(courriel="Bonjour {inconnu},")

    passage = relancer(jour=LUNDI, par=PAR)

    assert (passage.relancees, passage.echecs) == (1, 1)
    assert passage.erreurs[0]["client"] == malade.client_id
    assert Execution.objects.latest("id").resultat == "partiel"
    assert Courriel.objects.get().a == ["sain@example.org"]


def test_a_client_without_email_goes_to_the_list_to_post():
    """invoiceninja#12195: never silence."""
    facture_due(creer_client(email=""), retard=40)

    passage = relancer(jour=LUNDI, par=PAR)

    relance = Relance.objects.a_poster().get()
    assert (passage.lettres, relance.canal, relance.courriel) == (1, "poste", None)
    assert relance.lettre.type == "lettre_relance"
    marquer_postee(relance, par=PAR)
    assert not Relance.objects.a_poster().exists()
    with pytest.raises(Conflit):
        marquer_postee(relance, par=PAR)


@pytest.mark.parametrize(
    ("evenement", "motif"),
    [
        (lambda f: payer(f, "120.00"), "réglée"),
        (lambda f: ouvrir_litige(f, motif="Travaux à reprendre", par=PAR), "litige"),
        (lambda f: exclure(f.client), "exclu"),
    ],
    ids=["payée", "litige", "exclu"],
)
def test_conditions_are_asked_again_at_sending(evenement, motif):
    """akaunting#259: reminder though paid."""
    facture = facture_due(creer_client(), retard=40)
    relancer(jour=LUNDI, par=PAR)
    evenement(facture)

    produire_les_promis()
    envoyer_les_courriels()

    courriel = Courriel.objects.get()
    assert (courriel.statut, courriel.envoye_le) == ("annule", None)
    assert motif in courriel.reponse
    assert motif in Relance.objects.get().annulation
    assert Relance.objects.get().annulee_le


def test_a_reminder_is_not_resent_once_it_is_no_longer_true():
    facture = facture_due(creer_client(), retard=40)
    relancer(jour=LUNDI, par=PAR)
    produire_les_promis()
    envoyer_les_courriels()
    payer(facture, "120.00")
    copie = renvoyer(Courriel.objects.get(), par=PAR)

    envoyer_les_courriels()

    copie.refresh_from_db()
    assert (copie.statut, copie.reponse) == ("annule", "La facture est réglée.")


def test_a_reminder_cancelled_before_it_left_is_not_resent():
    facture = facture_due(creer_client(), retard=40)
    relancer(jour=LUNDI, par=PAR)
    annuler_courriel(Courriel.objects.get(), par=PAR)
    copie = renvoyer(Courriel.objects.get(), par=PAR)

    produire_les_promis()
    envoyer_les_courriels()

    copie.refresh_from_db()
    assert (copie.statut, Courriel.objects.filter(statut="envoye").count()) == ("annule", 0)
    assert [ligne.faits.facture_id for ligne in planifier(au=LUNDI).a_relancer] == [facture.pk]


def test_a_new_address_gets_the_message_and_the_old_one_does_not():
    client = creer_client(email="ancienne@example.org")
    facture_due(client, retard=40)
    relancer(jour=LUNDI, par=PAR)
    modifier_client(client, par=PAR, email="nouvelle@example.org")

    produire_les_promis()
    envoyer_les_courriels()
    envoyer_les_courriels()

    sorts = dict(Courriel.objects.values_list("a__0", "statut"))
    assert sorts == {"ancienne@example.org": "annule", "nouvelle@example.org": "envoye"}


@pytest.mark.parametrize("automatique", [True, False], ids=["de 9 h", "à la main"])
def test_what_the_automatic_run_promised_does_not_leave_at_night(time_machine_a, automatique):
    time_machine_a(datetime(2026, 11, 22, 12, 0, tzinfo=PARIS))
    facture_due(creer_client(), retard=40)
    time_machine_a(datetime(2026, 11, 23, 18 if automatique else 20, 59, tzinfo=PARIS))
    relancer_du_jour() if automatique else relancer(jour=LUNDI, par=PAR)
    produire_les_promis()
    time_machine_a(datetime(2026, 11, 23, 23, 0, tzinfo=PARIS))

    envoyer_les_courriels()

    courriel = Courriel.objects.get()
    assert courriel.statut == ("en_attente" if automatique else "envoye")
    if automatique:
        time_machine_a(datetime(2026, 11, 24, 9, 0, tzinfo=PARIS))
        assert courriel.prochain_essai_le == datetime(2026, 11, 24, 9, 0, tzinfo=PARIS)
        assert envoyer_les_courriels() == {"envoye": 1}


def test_a_letter_whose_invoice_was_paid_is_not_posted():
    facture = facture_due(creer_client(email=""), retard=40)
    relancer(jour=LUNDI, par=PAR)
    relance = Relance.objects.get()
    payer(facture, "120.00")

    with pytest.raises(Conflit, match="La facture est réglée"):
        marquer_postee(relance, par=PAR)

    annuler_les_lettres_caduques()
    relance.refresh_from_db()
    assert relance.annulation == "La facture est réglée."
    assert relance.postee_le is None


def test_a_reminder_still_true_is_resent_as_it_was():
    facture_due(creer_client(), retard=40)
    relancer(jour=LUNDI, par=PAR)
    produire_les_promis()
    envoyer_les_courriels()
    copie = renvoyer(Courriel.objects.get(), par=PAR)

    envoyer_les_courriels()

    copie.refresh_from_db()
    assert copie.statut == "envoye"
    assert Relance.objects.count() == 1


def test_when_one_of_two_is_paid_meanwhile_the_message_is_made_anew():
    client = creer_client()
    payee, due = facture_due(client, retard=50), facture_due(client, retard=40)
    relancer(jour=LUNDI, par=PAR)
    payer(payee, "120.00")

    produire_les_promis()
    envoyer_les_courriels()
    envoyer_les_courriels()

    annule, envoye = Courriel.objects.order_by("id")
    assert (annule.statut, envoye.statut, envoye.reponse[:3]) == ("annule", "envoye", "250")
    assert due.numero in envoye.texte
    assert payee.numero not in envoye.texte
    assert list(Relance.objects.valables().values_list("facture", flat=True)) == [due.pk]


def test_a_partial_payment_meanwhile_changes_the_amount_that_leaves():
    facture = facture_due(creer_client(), retard=40)
    relancer(jour=LUNDI, par=PAR)
    payer(facture, "50.00")

    envoyer_les_courriels()
    produire_les_promis()
    envoyer_les_courriels()

    envoye = Courriel.objects.get(statut="envoye")
    assert "70,00" in envoye.texte
    assert Relance.objects.valables().get().solde == Decimal("70.00")


def test_the_plan_says_why_each_open_invoice_waits():
    """invoiceninja#9228: reminders stop silently."""
    exclue = creer_client(nom="Exclu", email="e@example.org")
    exclure(exclue)
    facture_due(exclue, retard=90)
    facture_due(creer_client(nom="Tot", email="t@example.org"), retard=29)
    facture_due(creer_client(nom="Muet", email=""), retard=30)

    plan = planifier(au=LUNDI)

    assert plan.motifs == {"client-exclu": 1, "pas-echue": 1, "sans-email": 1}
    assert plan.a_relancer == []


@pytest.mark.parametrize(
    ("heure", "fait"), [((8, 59), False), ((9, 0), True), ((18, 59), True), ((19, 0), False)]
)
def test_the_automatic_run_keeps_office_hours(heure, fait, time_machine_a):
    time_machine_a(datetime(2026, 11, 22, 12, 0, tzinfo=PARIS))
    facture_due(creer_client(), retard=40)
    time_machine_a(datetime(2026, 11, 23, *heure, tzinfo=PARIS))

    passage = relancer_du_jour()

    assert (passage is not None) is fait
    assert Relance.objects.exists() is fait


@pytest.mark.parametrize("jour", [date(2026, 3, 29), date(2026, 10, 25)], ids=["été", "hiver"])
def test_the_days_when_clocks_change_are_sundays_and_their_mondays_have_their_run(
    jour, time_machine_a
):
    neuf_heures = datetime(jour.year, jour.month, jour.day, 9, 0, tzinfo=PARIS)
    time_machine_a(neuf_heures - timedelta(days=1))
    facture_due(creer_client(), retard=30, au=jour)
    time_machine_a(neuf_heures)
    le_dimanche = relancer_du_jour()
    time_machine_a(neuf_heures + timedelta(days=1))

    assert le_dimanche is None
    assert relancer_du_jour() is not None
    assert relancer_du_jour() is None
    assert Relance.objects.get().jour == jour + timedelta(days=1)


def test_a_week_of_downtime_sends_one_level_not_two(time_machine_a):
    time_machine_a(datetime(2026, 11, 22, 12, 0, tzinfo=PARIS))
    facture = facture_due(creer_client(), retard=61)

    for rang in range(20):
        jour = LUNDI + timedelta(days=rang)
        time_machine_a(datetime(jour.year, jour.month, jour.day, 9, 0, tzinfo=PARIS))
        Liberation.objects.create(par="test")  # the bank is up to date
        relancer_du_jour()
        produire_les_promis()
        envoyer_les_courriels()

    faites = list(facture.relances.order_by("jour").values_list("jour", "niveau__jours"))
    assert faites == [
        (LUNDI + timedelta(days=n), jours) for n, jours in ((0, 30), (7, 45), (14, 60))
    ]


def test_what_is_imported_after_nine_waits_for_the_next_morning(time_machine_a):
    facture_reprise(creer_client(), "FA2026-0003", retard=40)
    time_machine_a(datetime(2026, 11, 23, 14, 30, tzinfo=PARIS))

    ce_jour = relancer_du_jour()
    time_machine_a(datetime(2026, 11, 24, 9, 0, tzinfo=PARIS))
    lendemain = relancer_du_jour()

    assert (ce_jour.relancees, ce_jour.ecartees) == (0, {"entree-apres-9h": 1})
    assert lendemain.relancees == 1


def exclure(client: Client) -> None:
    client.exclure(motif="Arrangement", par="test", le=LUNDI)
    client.save()
