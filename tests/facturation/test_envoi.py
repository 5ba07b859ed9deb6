"""Sending a document by mail, and once more: a double click sends nothing twice."""

import pytest
from django.utils import timezone

from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel, Rebond
from artjardin.outbox.services import annuler, renvoyer
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


@pytest.mark.parametrize("revenu", [False, True])
def test_after_one_that_did_not_arrive_it_is_no_duplicate(revenu):
    facture = creer_facture()
    premier = envoyer_facture(facture, par=ROBOT)
    arriver(premier, "envoye" if revenu else "echec")
    if revenu:
        Rebond.objects.create(courriel=premier, adresse="autre@example.org", definitif=True)

    assert envoyer_facture(facture, par=ROBOT).objet == premier.objet


def test_one_that_may_have_arrived_is_a_duplicate():
    facture = creer_facture()
    arriver(envoyer_facture(facture, par=ROBOT), "incertain")

    assert envoyer_facture(facture, par=ROBOT).objet.startswith("Duplicata – ")


@DOCUMENTS
@pytest.mark.parametrize("sort", ["echec", "annule"])
def test_sent_anew_it_is_not_resent_too(creer, envoyer, sort):
    """A corrected address, then « Envoyer »: « Renvoyer » on the failed one would double it."""
    document = creer()
    premier = envoyer(document, par=ROBOT)
    arriver(premier, sort)
    neuf = envoyer(document, par=ROBOT)
    for statut in ("en_attente", "envoye", "incertain"):
        arriver(neuf, statut)
        with pytest.raises(Conflit) as refus:
            renvoyer(premier, par=ROBOT)
        assert refus.value.code == "deja_reparti"
    assert Courriel.objects.exclude(type="interne").count() == 2

    arriver(neuf, "echec")
    assert renvoyer(premier, par=ROBOT).a == premier.a


def test_resent_once_it_arrived_it_is_not_resent_from_the_failed_one():
    premier = envoyer_facture(creer_facture(), par=ROBOT)
    arriver(premier, "echec")
    copie = renvoyer(premier, par=ROBOT)
    arriver(copie, "envoye")

    with pytest.raises(Conflit, match="renvoyez celui-là"):
        renvoyer(premier, par=ROBOT)
    assert renvoyer(copie, par=ROBOT).renvoi_de == copie
