"""Sending a document by mail, and once more: a double click sends nothing twice."""

import pytest
from django.utils import timezone

from artjardin.outbox.models import Courriel
from artjardin.outbox.services import annuler
from facturation.services import envoyer_devis, envoyer_facture
from tests.facturation.etat import refuse
from tests.facturation.factories import ROBOT, creer_devis_finalise, creer_facture

pytestmark = pytest.mark.django_db
DOCUMENTS = pytest.mark.parametrize(
    ("creer", "envoyer"),
    [(creer_devis_finalise, envoyer_devis), (creer_facture, envoyer_facture)],
)


def arriver(courriel, statut):
    """As the outbox leaves it: the road is the subject of its own tests."""
    Courriel.objects.filter(pk=courriel.pk).update(statut=statut, envoye_le=timezone.now())


@DOCUMENTS
@pytest.mark.parametrize("statut", ["en_attente", "en_cours"])
def test_what_has_not_left_yet_is_not_sent_again(creer, envoyer, statut):
    document = creer()
    arriver(envoyer(document, par=ROBOT), statut)

    refuse("envoi_en_cours", lambda: envoyer(document, par=ROBOT))

    assert Courriel.objects.count() == 1


@DOCUMENTS
@pytest.mark.parametrize("statut", ["envoye", "incertain", "echec"])
def test_what_has_left_is_sent_again_as_another_mail(creer, envoyer, statut):
    document = creer()
    premier = envoyer(document, par=ROBOT)
    arriver(premier, statut)

    second = envoyer(document, par=ROBOT)

    assert second.pk != premier.pk
    assert list(second.pieces.values_list("document")) == list(
        premier.pieces.values_list("document")
    )
    assert second.statut == "en_attente"


@DOCUMENTS
def test_a_mail_taken_back_leaves_its_place_to_another(creer, envoyer):
    document = creer()
    annuler(envoyer(document, par=ROBOT), par=ROBOT)

    assert envoyer(document, par=ROBOT).statut == "en_attente"


def test_a_second_mail_of_an_invoice_says_that_it_is_a_duplicate():
    facture = creer_facture()
    premier = envoyer_facture(facture, par=ROBOT)
    arriver(premier, "envoye")

    second = envoyer_facture(facture, par=ROBOT)

    assert "Duplicata" not in premier.objet
    assert second.objet == f"Duplicata – {premier.objet}"
