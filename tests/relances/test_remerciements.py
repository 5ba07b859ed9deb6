"""The thank-you after the payment of a reminded invoice: once, one mail, for the receipt."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from artjardin.outbox.models import Courriel
from facturation.models import Paiement
from facturation.services import annuler_paiement
from relances.models import Modele, Reglages, Relance, Remerciement
from relances.services import relancer_la_facture
from relances.services.remerciements import (
    garde_du_recu,
    motif_de_ne_plus_remercier,
    remercier,
)
from tests.clients.factories import creer_client
from tests.facturation.factories import crediter, payer
from tests.relances.factories import PAR, deja_faite, facture_due, facture_reprise

pytestmark = pytest.mark.django_db
HIER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def relancee(client, *, retard=40, statut="envoye"):
    """An invoice whose reminder left yesterday."""
    facture = facture_due(client, retard=retard)
    relance = relancer_la_facture(facture, par=PAR)
    envoye = HIER if statut == "envoye" else None
    Courriel.objects.filter(pk=relance.courriel_id).update(statut=statut, envoye_le=envoye)
    return facture


def mercis():
    return list(Courriel.objects.filter(type="merci").order_by("pk"))


def recu(facture):
    """The plain receipt that the payment promised."""
    return Courriel.objects.get(type="facture_payee", sujet_id=facture.pk)


def test_a_reminded_client_who_pays_is_thanked_once():
    client = creer_client()
    facture = relancee(client)
    payer(facture, "120.00")
    assert [remercier(), remercier()] == [1, 0]
    [merci] = mercis()
    assert merci.a == [client.email]
    assert facture.numero in merci.texte
    assert Remerciement.objects.get().facture == facture


def test_the_thank_you_carries_the_stamped_copy_of_each_invoice():
    facture = relancee(creer_client())
    payer(facture, "120.00")
    remercier()
    [piece] = mercis()[0].pieces.all()
    assert (piece.document.type, piece.document.objet_id) == ("acquittee", facture.pk)
    assert piece.document.client_ref == facture.client_id


def test_several_invoices_paid_are_one_mail():
    # invoiceninja#2238
    client = creer_client()
    une, autre = relancee(client), relancee(client, retard=39)
    payer(une, "120.00")
    payer(autre, "120.00")
    assert remercier() == 1
    [merci] = mercis()
    assert une.numero in merci.texte
    assert autre.numero in merci.texte
    assert Remerciement.objects.count() == 2


def test_a_posted_letter_is_a_reminder_too():
    facture = facture_due(creer_client(), retard=40)
    deja_faite(facture, 30)
    payer(facture, "120.00")
    assert remercier() == 1


def test_an_imported_invoice_is_thanked_for_without_a_copy():
    facture = facture_reprise(creer_client(), "ANCIENNE-7", retard=40)
    deja_faite(facture, 30)
    payer(facture, "120.00")
    assert remercier() == 1
    assert not mercis()[0].pieces.exists()


@pytest.mark.parametrize(
    ("_cas", "statut"), [("in the queue", "en_attente"), ("failed", "echec"), ("?", "incertain")]
)
def test_a_reminder_that_did_not_reach_the_client_is_not_thanked_for(_cas, statut):
    payer(relancee(creer_client(), statut=statut), "120.00")
    assert remercier() == 0


def test_a_payment_entered_before_the_reminder_left_is_not_thanked_for():
    facture = facture_due(creer_client(), retard=40)
    relance = relancer_la_facture(facture, par=PAR)
    payer(facture, "120.00")
    Courriel.objects.filter(pk=relance.courriel_id).update(
        statut="envoye", envoye_le=timezone.now() + timedelta(minutes=1)
    )
    assert remercier() == 0


def test_an_invoice_that_nobody_reminded_is_not_thanked_for():
    payer(facture_due(creer_client(), retard=40), "120.00")
    assert remercier() == 0


def test_a_cancelled_reminder_is_not_thanked_for():
    facture = relancee(creer_client())
    Relance.objects.get().annuler("Erreur")
    payer(facture, "120.00")
    assert remercier() == 0


def test_a_partial_payment_is_not_thanked_for():
    payer(relancee(creer_client()), "119.99")
    assert remercier() == 0


def test_a_credit_note_alone_is_not_thanked_for():
    crediter(relancee(creer_client()))
    assert remercier() == 0


def test_switching_it_on_does_not_thank_the_past(time_machine_a):
    Reglages.objects.update(remercier=False)
    payer(relancee(creer_client()), "120.00")
    assert remercier() == 0
    Reglages.objects.update(remercier=True)
    time_machine_a(datetime(2026, 12, 2, 9, 0, tzinfo=UTC))
    assert remercier() == 0
    assert not Remerciement.objects.exists()


def test_a_client_without_an_address_or_in_the_trash_is_left_alone():
    sans, parti = creer_client(), creer_client()
    payer(relancee(sans), "120.00")
    payer(relancee(parti), "120.00")
    sans.email = ""
    sans.save()
    parti.supprime_le = timezone.now()
    parti.save()
    assert remercier() == 0


def test_a_missing_text_fails_for_that_type_of_client_only(caplog):
    payer(relancee(creer_client()), "120.00")
    payer(relancee(creer_client(type="syndic", raison_sociale="Les Tilleuls")), "120.00")
    Modele.objects.get(ton="merci", type_client="particulier").delete()
    assert remercier() == 1
    assert "non remercié" in caplog.text
    assert mercis()[0].objet.startswith("Copropriété")


def test_a_payment_cancelled_meanwhile_stops_the_thank_you():
    facture = relancee(creer_client())
    payer(facture, "120.00")
    remercier()
    [merci] = mercis()
    assert motif_de_ne_plus_remercier(merci) == ""
    annuler_paiement(Paiement.objects.get(), motif="Erreur", par=PAR)
    assert "n'est plus réglée" in motif_de_ne_plus_remercier(merci)
    assert not Remerciement.objects.exists()


def test_what_is_paid_again_is_thanked_for_when_the_first_thank_you_never_left():
    facture = relancee(creer_client())
    payer(facture, "120.00")
    remercier()
    annuler_paiement(Paiement.objects.get(), motif="Erreur", par=PAR)
    motif_de_ne_plus_remercier(mercis()[0])
    assert remercier() == 0
    payer(facture, "120.00")
    assert remercier() == 1


def test_an_address_changed_meanwhile_gets_the_thank_you():
    client = creer_client()
    payer(relancee(client), "120.00")
    remercier()
    client.email = "neuve@example.org"
    client.save()
    assert "adresse" in motif_de_ne_plus_remercier(mercis()[0])
    assert remercier() == 1
    assert mercis()[1].a == ["neuve@example.org"]


@pytest.mark.usefixtures("envois")
class TestTheReceipt:
    """The plain receipt of a payment, which a thank-you replaces: the client gets one mail."""

    def test_it_gives_way_before_the_thank_you_is_promised(self):
        facture = relancee(creer_client())
        payer(facture, "120.00")
        assert "remerciement part à la place" in garde_du_recu(recu(facture))
        assert remercier() == 1

    def test_it_gives_way_after_the_thank_you_is_promised(self):
        facture = relancee(creer_client())
        payer(facture, "120.00")
        remercier()
        assert "remerciement part à la place" in garde_du_recu(recu(facture))

    def test_it_leaves_when_nobody_was_reminded(self):
        facture = facture_due(creer_client(), retard=40)
        payer(facture, "120.00")
        assert garde_du_recu(recu(facture)) == ""
        assert remercier() == 0

    def test_it_leaves_when_thanks_are_switched_off(self):
        Reglages.objects.update(remercier=False)
        facture = relancee(creer_client())
        payer(facture, "120.00")
        assert garde_du_recu(recu(facture)) == ""

    def test_once_it_left_no_thank_you_follows(self):
        facture = relancee(creer_client())
        payer(facture, "120.00")
        Courriel.objects.filter(pk=recu(facture).pk).update(
            statut="envoye", envoye_le=timezone.now()
        )
        assert remercier() == 0

    def test_it_is_cancelled_when_the_payment_was(self):
        facture = relancee(creer_client())
        payer(facture, "120.00")
        annuler_paiement(Paiement.objects.get(), motif="Erreur", par=PAR)
        assert "n'est plus réglée" in garde_du_recu(recu(facture))
