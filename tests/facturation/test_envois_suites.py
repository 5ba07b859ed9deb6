"""Automatic mails and those a person asks for: never twice; asked again just before they leave."""

from decimal import Decimal

import pytest
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import annuler, envoyer_les_courriels
from artjardin.softdelete.services import supprimer
from artjardin.storage.services import produire_les_promis
from facturation import services
from facturation.models import Evenement
from facturation.services import annuler_paiement, envoyer_devis, envoyer_facture
from facturation.services.evenements import regler_envoi
from tests.artjardin.serveurs import serveur_smtp
from tests.clients.factories import creer_client
from tests.facturation.etat import refuse
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_brouillon,
    creer_devis,
    creer_devis_finalise,
    creer_facture,
    payer,
)
from tests.facturation.vie import reprendre

pytestmark = pytest.mark.django_db


def dire_au_client(*codes):
    Evenement.objects.filter(pk__in=codes).update(vers="client")


def arriver(courriel, statut):
    Courriel.objects.filter(pk=courriel.pk).update(statut=statut, envoye_le=timezone.now())


def remplacer(devis):
    services.finaliser_devis(services.reviser_devis(devis, par=ROBOT), par=ROBOT)


@pytest.fixture
def balayer(settings):
    """Make the PDFs, send what waits; gives back the subjects received."""
    producteurs = dict.fromkeys(settings.DOCUMENT_PRODUCTEURS, "tests.facturation.factories.pdf")
    settings.DOCUMENT_PRODUCTEURS = producteurs

    def envoyer():
        produire_les_promis()
        with serveur_smtp() as serveur:
            settings.EMAIL_URL = serveur.url
            envoyer_les_courriels()
        return [str(recu.message["Subject"]) for recu in serveur.recus]

    return envoyer


@pytest.mark.parametrize("statut", ["en_attente", "en_cours", "envoye", "incertain"])
def test_a_devis_mailed_at_finalisation_is_not_mailed_again_when_sent(statut):
    dire_au_client("devis_finalise", "devis_envoye")
    devis = creer_devis_finalise()
    premier = Courriel.objects.get()
    arriver(premier, statut)

    assert envoyer_devis(devis, par=ROBOT) == premier

    devis.refresh_from_db()
    assert devis.statut == "envoye"
    assert Courriel.objects.count() == 1


@pytest.mark.parametrize("statut", ["echec", "annule"])
def test_a_devis_whose_mail_failed_is_mailed_when_sent(statut):
    dire_au_client("devis_finalise")
    devis = creer_devis_finalise()
    premier = Courriel.objects.get()
    arriver(premier, statut)

    assert envoyer_devis(devis, par=ROBOT) != premier


def test_a_devis_mailed_to_an_address_that_changed_is_mailed_again():
    dire_au_client("devis_finalise")
    devis = creer_devis_finalise()
    arriver(Courriel.objects.get(), "envoye")
    type(devis.client).objects.update(email="autre@example.org")

    assert envoyer_devis(devis, par=ROBOT).a == ["autre@example.org"]


def test_sending_an_adopted_devis_twice_is_refused_while_it_waits():
    dire_au_client("devis_finalise")
    devis = creer_devis_finalise()
    envoyer_devis(devis, par=ROBOT)

    refuse("envoi_en_cours", lambda: envoyer_devis(devis, par=ROBOT))


def test_the_firm_is_told_that_the_client_already_has_the_devis():
    Evenement.objects.filter(pk__in=["devis_finalise", "devis_envoye"]).update(vers="les_deux")
    devis = creer_devis_finalise()

    envoyer_devis(devis, par=ROBOT)

    dernier = Courriel.objects.filter(type="interne").latest("pk")
    assert "Le client a déjà ce document" in dernier.texte
    assert Courriel.objects.filter(type="devis").count() == 1


@pytest.mark.parametrize("creer", [creer_facture, lambda: crediter(creer_facture())])
def test_an_invoice_that_waits_by_itself_is_adopted_once(creer):
    dire_au_client("facture_emise", "avoir_emis")
    facture = creer()
    automatique = Courriel.objects.filter(sujet_id=facture.pk).get()

    assert envoyer_facture(facture, par=ROBOT) == automatique

    refuse("envoi_en_cours", lambda: envoyer_facture(facture, par=ROBOT))


def test_an_invoice_sent_on_demand_at_issue_is_not_adopted():
    facture = services.emettre_facture(creer_brouillon(), par=ROBOT, envoyer=True)

    refuse("envoi_en_cours", lambda: envoyer_facture(facture, par=ROBOT))


def test_an_invoice_that_left_by_itself_is_sent_again_as_a_duplicate():
    dire_au_client("facture_emise")
    facture = creer_facture()
    arriver(Courriel.objects.get(), "envoye")

    assert envoyer_facture(facture, par=ROBOT).objet.startswith("Duplicata – ")


@pytest.mark.parametrize(
    ("faire", "raison"),
    [
        (lambda d: services.refuser_devis(d, motif="non", par=ROBOT), "refusé"),
        (lambda d: services.expirer_devis(au=d.valide_jusqu_au.replace(year=2999)), "expiré"),
        (remplacer, "remplacé"),
        (lambda d: supprimer(d, par=ROBOT), "corbeille"),
        (lambda d: supprimer(d.client, par=ROBOT), "corbeille"),
    ],
)
def test_a_devis_that_no_longer_stands_does_not_leave(faire, raison, balayer):
    devis = creer_devis_finalise()
    courriel = envoyer_devis(devis, par=ROBOT)
    devis.refresh_from_db()
    faire(devis)

    assert balayer() == []

    courriel.refresh_from_db()
    assert courriel.statut == "annule"
    assert raison in courriel.reponse


def test_an_accepted_devis_still_leaves(balayer):
    devis = creer_devis_finalise()
    courriel = envoyer_devis(devis, par=ROBOT)
    services.accepter_devis(devis, par=ROBOT)

    assert balayer() == [courriel.objet]


@pytest.mark.parametrize("regler_la", [lambda f: payer(f, f.total_ttc), crediter])
def test_an_invoice_settled_meanwhile_leaves_without_asking_for_money(regler_la, balayer):
    services.modifier_entreprise(par=ROBOT, iban="FR7630006000011234567890189")
    facture = creer_facture()
    premier = envoyer_facture(facture, par=ROBOT)
    regler_la(facture)

    assert balayer() == [premier.objet]

    premier.refresh_from_db()
    [parti] = Courriel.objects.filter(type="facture", statut="envoye")
    assert premier.statut == "annule"
    assert "IBAN" in premier.texte
    assert "IBAN" not in parti.texte + parti.html
    assert "n'appelle aucun règlement" in parti.texte
    assert list(parti.pieces.values_list("document")) == list(
        premier.pieces.values_list("document")
    )


def test_an_invoice_as_it_was_leaves_as_it_was_written(balayer):
    courriel = envoyer_facture(creer_facture(), par=ROBOT)

    assert balayer() == [courriel.objet]
    assert Courriel.objects.count() == 1


def test_a_text_without_a_payment_block_is_never_written_anew(balayer):
    regler_envoi("facture_emise", par=ROBOT, texte="Ci-joint la facture {numero}.")
    facture = creer_facture()
    courriel = envoyer_facture(facture, par=ROBOT)
    payer(facture, facture.total_ttc)

    assert balayer() == [courriel.objet]
    assert Courriel.objects.count() == 1


class TestMerci:
    """The thank-you: one by invoice, when money settles it to the cent, while it stays so."""

    @pytest.fixture(autouse=True)
    def _au_client(self):
        dire_au_client("facture_payee")

    def test_only_the_last_payment_is_thanked_for(self):
        facture = creer_facture()

        payer(facture, "100.00")
        assert not Courriel.objects.exists()

        payer(facture, "20.00", mode="cheque")
        courriel = Courriel.objects.get()
        assert (courriel.type, courriel.sujet_id) == ("facture_payee", facture.pk)
        assert courriel.pieces.get().document.nom == f"{facture.numero}-acquittee.pdf"

    def test_credit_put_on_an_invoice_is_thanked_for_too(self):
        client = creer_client()
        avance = services.recevoir_paiement(
            client, montant=Decimal(120), mode="virement", le=timezone.localdate(), par=ROBOT
        )
        facture = creer_facture(client=client)

        services.imputer(avance, facture, montant=Decimal(120), par=ROBOT)

        assert Courriel.objects.get().sujet_id == facture.pk

    def test_one_payment_of_several_invoices_thanks_for_each_that_it_settles(self):
        client = creer_client()
        une, deux = creer_facture(client=client), creer_facture(client=client)

        services.recevoir_paiement(
            client,
            montant=Decimal(170),
            mode="virement",
            le=timezone.localdate(),
            par=ROBOT,
            parts=[(une, Decimal(120)), (deux, Decimal(50))],
        )

        assert Courriel.objects.get().sujet_id == une.pk

    def test_a_credit_note_alone_thanks_nobody(self):
        crediter(creer_facture())

        assert not Courriel.objects.exists()

    def test_an_imported_invoice_is_thanked_for_without_a_piece(self):
        facture = reprendre(creer_client(), regle="0.00")

        payer(facture, "240.00")

        courriel = Courriel.objects.get()
        assert not courriel.pieces.exists()
        assert facture.numero in courriel.objet
        assert "jointe" not in courriel.texte

    def test_an_import_thanks_nobody(self):
        reprendre(creer_client(), regle="240.00")

        assert not Courriel.objects.exists()

    def test_a_payment_cancelled_before_the_mail_leaves_cancels_it(self, balayer):
        facture = creer_facture()
        annuler_paiement(payer(facture, "120.00"), motif="rejeté", par=ROBOT)

        assert balayer() == []

        assert "n'est plus réglée" in Courriel.objects.get().reponse

    def test_an_invoice_paid_again_is_thanked_for_again_once(self, balayer):
        facture = creer_facture()
        annuler_paiement(payer(facture, "120.00"), motif="erreur", par=ROBOT)
        payer(facture, "120.00")

        assert len(balayer()) == 1

        premier, second = Courriel.objects.order_by("pk")
        assert (premier.statut, second.statut) == ("annule", "envoye")
        assert "plus récent" in premier.reponse

    def test_a_cancelled_message_leaves_its_place_to_the_one_before(self, balayer):
        facture = creer_facture()
        annuler_paiement(payer(facture, "120.00"), motif="erreur", par=ROBOT)
        payer(facture, "120.00")
        premier, second = Courriel.objects.order_by("pk")
        annuler(second, par=systeme("test"))

        assert balayer() == [premier.objet]


def test_each_version_of_a_devis_is_told_as_created():
    Evenement.objects.filter(pk="devis_cree").update(vers="entreprise")
    devis = services.finaliser_devis(creer_devis(), par=ROBOT)
    services.reviser_devis(devis, par=ROBOT)

    assert [c.sujet_type for c in Courriel.objects.all()] == ["facturation.devis"] * 2
