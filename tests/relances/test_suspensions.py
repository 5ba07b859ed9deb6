"""Decisions that hold reminders back, on an invoice or on a whole client."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from relances.models import Suspension
from relances.plan import planifier
from relances.services import (
    est_tenue,
    promettre_de_payer,
    reprendre,
    retenir,
    suivre_les_promesses,
    suspendre,
)
from tests.clients.factories import creer_client
from tests.facturation.factories import crediter, creer_brouillon, payer
from tests.relances.factories import PAR, facture_due

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def due(client=None, *, retard: int = 40, ht: str = "100.00"):
    au = timezone.localdate()
    return facture_due(client or creer_client(), retard=retard, au=au, ht=ht)


def dans(jours: int):
    return timezone.localdate() + timedelta(days=jours)


def motif_de(facture, *, au=None) -> str:
    """Why an invoice is left out on a day (today), "" when it is reminded."""
    plan = planifier(au=au or timezone.localdate())
    return next((e.motif for e in plan.ecartees if e.faits.facture_id == facture.pk), "")


def test_a_pause_holds_to_its_last_day_included_and_ends_by_itself(time_machine_a):
    """invoiceninja#4293: pause one invoice; the others of the client go on."""
    client = creer_client()
    suspendue, autre = due(client), due(client)
    jour = timezone.localdate()

    suspendre(suspendue, genre="pause", motif="En vacances", jusqu_au=dans(1), par=PAR)

    assert (motif_de(suspendue), motif_de(autre)) == ("pause", "")
    assert motif_de(suspendue, au=jour + timedelta(days=1)) == "pause"
    time_machine_a(datetime(2026, 11, 26, 0, 0, 1, tzinfo=PARIS))
    assert motif_de(suspendue) == ""
    assert Suspension.objects.get().etat == "terminee"


def test_the_last_day_is_a_day_of_paris(time_machine_a):
    """invoiceninja#8665: 23:30 in Paris is already tomorrow nowhere else."""
    facture = due()
    suspendre(facture, genre="pause", motif="Attendre", jusqu_au=dans(0), par=PAR)

    time_machine_a(datetime(2026, 11, 24, 23, 30, tzinfo=PARIS))
    assert motif_de(facture) == "pause"
    time_machine_a(datetime(2026, 11, 25, 0, 30, tzinfo=PARIS))
    assert motif_de(facture) == ""


def test_a_client_is_excluded_with_all_its_invoices():
    """invoiceninja#1578: exclude a client, with a reason, an author and an end."""
    client = creer_client()
    factures = [due(client), due(client)]

    suspendre(client, genre="exclusion", motif="Ami de la maison", par=PAR, jusqu_au=dans(3))

    client.refresh_from_db()
    assert [motif_de(facture) for facture in factures] == ["client-exclu"] * 2
    assert (client.exclusion_motif, client.exclusion_par) == ("Ami de la maison", PAR.nom)
    assert client.exclusion_fin == dans(3)
    reprendre(client, par=PAR)
    assert [motif_de(facture) for facture in factures] == ["", ""]


def test_an_invoice_is_excluded_without_an_end():
    facture = due()

    suspendre(facture, genre="exclusion", motif="Arrangement", par=PAR)

    assert motif_de(facture, au=dans(300)) == "exclusion"
    decision = Suspension.objects.get()
    assert (decision.fin, decision.par, decision.motif) == (None, PAR.nom, "Arrangement")
    assert Entree.objects.get(action="relances.exclusion").apres["motif"] == "Arrangement"


def test_a_dispute_of_the_whole_client_holds_all_its_invoices_until_lifted():
    client = creer_client()
    facture = due(client)

    suspendre(client, genre="litige", motif="Chantier contesté", par=PAR)

    assert motif_de(facture, au=dans(90)) == "litige"
    reprendre(client, par=PAR)
    assert motif_de(facture) == ""
    levee = Suspension.objects.get()
    assert (levee.etat, levee.levee_par) == ("levee", PAR.nom)
    assert Entree.objects.filter(action="relances.reprises").count() == 1


def test_what_is_decided_of_the_client_is_not_lifted_by_one_of_its_invoices():
    client = creer_client()
    facture = due(client)
    suspendre(client, genre="pause", motif="Décès", jusqu_au=dans(30), par=PAR)

    with pytest.raises(Conflit) as refus:
        reprendre(facture, par=PAR)

    assert refus.value.code == "pas_suspendu"
    assert motif_de(facture) == "pause"


@pytest.mark.parametrize(
    ("demande", "champ"),
    [
        ({"genre": "pause", "motif": " ", "jours": 3}, "motif"),
        ({"genre": "pause", "motif": "Attendre", "jours": None}, "jusqu_au"),
        ({"genre": "pause", "motif": "Attendre", "jours": -1}, "jusqu_au"),
    ],
    ids=["sans motif", "sans fin", "fin passée"],
)
def test_a_suspension_needs_a_reason_and_a_last_day_to_come(demande, champ):
    facture, jours = due(), demande.pop("jours")

    with pytest.raises(Invalide) as refus:
        suspendre(facture, **demande, jusqu_au=None if jours is None else dans(jours), par=PAR)

    assert list(refus.value.champs) == [champ]
    assert not Suspension.objects.exists()
    assert motif_de(facture) == ""


def test_a_draft_is_not_suspended():
    with pytest.raises(Conflit):
        suspendre(creer_brouillon(), genre="pause", motif="Non", jusqu_au=dans(3), par=PAR)

    assert not Suspension.objects.exists()


def test_a_new_decision_of_one_kind_replaces_the_one_before():
    facture = due()
    suspendre(facture, genre="pause", motif="Une semaine", jusqu_au=dans(7), par=PAR)

    suspendre(facture, genre="pause", motif="Finalement deux jours", jusqu_au=dans(2), par=PAR)

    assert motif_de(facture, au=dans(2)) == "pause"
    assert motif_de(facture, au=dans(3)) == ""
    assert [s.etat for s in Suspension.objects.all()] == ["en_cours", "levee"]


def test_the_gravest_of_several_decisions_is_told():
    facture = due()
    suspendre(facture, genre="pause", motif="Attendre", jusqu_au=dans(7), par=PAR)
    promettre_de_payer(facture, montant=None, le=dans(3), par=PAR)

    assert motif_de(facture) == "promesse"
    suspendre(facture, genre="exclusion", motif="Arrangement", par=PAR)
    assert motif_de(facture) == "exclusion"


def test_a_held_line_is_not_reminded_today_and_comes_back_tomorrow():
    facture = due()

    retenir(facture, par=PAR)

    assert motif_de(facture) == "retenue"
    assert [e.motif for e in planifier(au=timezone.localdate()).retenues] == ["retenue"]
    assert motif_de(facture, au=dans(1)) == ""


class TestPromesse:
    """A promise to pay: a date, an amount, then what the payments say."""

    def test_nothing_is_asked_until_its_day_included(self):
        facture = due()

        promesse = promettre_de_payer(facture, montant=None, le=dans(2), par=PAR)

        assert promesse.montant == Decimal("120.00")
        assert motif_de(facture, au=dans(2)) == "promesse"
        assert motif_de(facture, au=dans(3)) == ""

    def test_a_broken_one_is_reported_once(self):
        facture = due()
        promesse = promettre_de_payer(facture, montant=None, le=dans(0), par=PAR)

        assert suivre_les_promesses(au=dans(0)) == []  # its day is not over
        assert suivre_les_promesses(au=dans(1)) == [promesse]
        assert suivre_les_promesses(au=dans(1)) == []
        promesse.refresh_from_db()
        assert promesse.etat == "non_tenue"
        assert Entree.objects.filter(action="relances.promesse_non_tenue").count() == 1
        assert motif_de(facture, au=dans(1)) == ""

    def test_a_kept_one_is_closed_without_a_word(self):
        facture = due()
        promesse = promettre_de_payer(facture, montant=None, le=dans(0), par=PAR)
        payer(facture, "120.00")

        assert suivre_les_promesses(au=dans(1)) == []
        promesse.refresh_from_db()
        assert promesse.etat == "tenue"

    def test_half_of_what_was_promised_is_not_what_was_promised(self):
        facture = due()
        promesse = promettre_de_payer(facture, montant=Decimal("80.00"), le=dans(0), par=PAR)
        payer(facture, "79.99")

        assert not est_tenue(promesse)
        payer(facture, "0.01")
        assert est_tenue(promesse)

    def test_a_part_that_was_promised_and_came_leaves_the_rest_to_be_reminded(self):
        facture = due()
        promettre_de_payer(facture, montant=Decimal("50.00"), le=dans(0), par=PAR)
        payer(facture, "50.00")

        assert suivre_les_promesses(au=dans(1)) == []
        plan = planifier(au=dans(1))
        assert [ligne.faits.solde for ligne in plan.lignes] == [Decimal("70.00")]

    def test_a_credit_note_that_leaves_nothing_due_keeps_it(self):
        facture = due()
        promesse = promettre_de_payer(facture, montant=None, le=dans(0), par=PAR)
        crediter(facture)

        assert est_tenue(promesse)

    def test_what_was_paid_before_it_does_not_count(self):
        facture = due()
        payer(facture, "60.00")
        promesse = promettre_de_payer(facture, montant=Decimal("60.00"), le=dans(0), par=PAR)

        assert not est_tenue(promesse)

    def test_a_new_one_replaces_it_and_the_old_one_is_never_broken(self):
        facture = due()
        promettre_de_payer(facture, montant=None, le=dans(0), par=PAR)

        promettre_de_payer(facture, montant=Decimal("60.00"), le=dans(5), par=PAR)

        assert suivre_les_promesses(au=dans(1)) == []
        assert motif_de(facture, au=dans(5)) == "promesse"

    def test_one_of_a_whole_client_counts_all_that_it_pays(self):
        client = creer_client()
        factures = [due(client), due(client)]
        promesse = promettre_de_payer(client, montant=None, le=dans(0), par=PAR)
        assert promesse.montant == Decimal("240.00")
        assert [motif_de(facture) for facture in factures] == ["promesse"] * 2

        payer(factures[0], "120.00")
        assert not est_tenue(promesse)
        payer(factures[1], "120.00")
        assert est_tenue(promesse)

    @pytest.mark.parametrize("montant", ["0.00", "-5.00", "120.01"])
    def test_its_amount_is_between_a_cent_and_the_balance(self, montant):
        with pytest.raises(Invalide) as refus:
            promettre_de_payer(due(), montant=Decimal(montant), le=dans(3), par=PAR)

        assert list(refus.value.champs) == ["montant"]
        assert not Suspension.objects.exists()
