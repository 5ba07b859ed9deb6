"""A client in the trash is written to by nobody, and its invoices can still be corrected."""

import pytest

from artjardin.outbox.models import Courriel
from artjardin.outbox.services import Contenu, envoyer_les_courriels, promettre
from clients.models import Client
from facturation.models import Evenement, Facture
from facturation.services import annuler_paiement
from facturation.services.annonces import INTERNE
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture, payer
from tests.ops.corbeille import jeter
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db


@pytest.fixture
def facture():
    facture = creer_facture(client=creer_client(nom="Durand", email="durand@example.org"))
    dits = ["facture_emise", "avoir_emis", "facture_payee"]
    Evenement.objects.filter(pk__in=dits).update(vers="les_deux")
    Courriel.objects.update(statut="annule")
    return facture


@pytest.mark.parametrize("genre", ["devis", "facture", "facture_payee", "releve", "message"])
def test_no_mail_of_any_type_leaves_for_a_client_in_the_trash(genre, facture):
    payer(facture, "120.00")
    Courriel.objects.update(statut="annule")
    courriel = promettre(
        genre=genre,
        a=["ancienne@example.org"],
        contenu=Contenu("Objet", "Texte", ""),
        client=facture.client_id,
        sujet=facture if genre.startswith("facture") else None,
    )
    jeter(facture.client)
    envoyer_les_courriels()

    courriel.refresh_from_db()
    assert (courriel.statut, courriel.reponse) == ("annule", "Le client est dans la corbeille.")
    assert not Courriel.objects.filter(pk__gt=courriel.pk).exists()  # none to post either


def test_the_office_is_still_told(facture):
    payer(facture, "120.00")
    jeter(facture.client)
    Courriel.objects.update(statut="annule")
    interne = promettre(
        genre=INTERNE,
        a=["bureau@example.org"],
        contenu=Contenu("Objet", "Texte", ""),
        client=facture.client_id,
    )
    envoyer_les_courriels()

    interne.refresh_from_db()
    assert interne.statut == "envoye"


def test_a_payment_received_since_is_told_to_nobody_outside(facture):
    payer(facture, "120.00")
    jeter(facture.client)
    annuler_paiement(facture.imputations.get().paiement, motif="Rejeté", par=PAR)
    avant = _dernier()
    payer(Facture.objects.get(), "120.00")

    nouveaux = Courriel.objects.filter(pk__gt=avant)
    assert {une.type for une in nouveaux} == {INTERNE}
    assert "il est dans la corbeille" in nouveaux[0].texte


def test_sending_an_invoice_again_is_refused(facture, http):
    payer(facture, "120.00")
    jeter(facture.client)

    refus = http.post(f"/api/v1/factures/{facture.pk}/envoyer/")
    assert (refus.status_code, refus.json()["code"]) == (409, "client_supprime")


def _dernier():
    return max(Courriel.objects.values_list("pk", flat=True), default=0)


@pytest.mark.parametrize("anonymise", [False, True])
def test_a_credit_note_bears_the_frozen_parties_and_is_not_mailed(anonymise, facture, http):
    payer(facture, "120.00")
    jeter(facture.client)
    if anonymise:
        Client.tous.filter(pk=facture.client_id).anonymiser()
    avant = _dernier()

    brouillon = http.post(f"/api/v1/factures/{facture.pk}/avoir/", {"motif": "Erreur"})
    assert brouillon.status_code == 201, brouillon.json()
    emis = http.post(f"/api/v1/factures/{brouillon.json()['id']}/emettre/")

    assert emis.status_code == 200, emis.json()
    assert "rien ne lui est envoyé" in emis.json()["avertissements"][0]
    avoir = Facture.objects.get(pk=emis.json()["id"])
    assert avoir.destinataire == Facture.objects.get(pk=facture.pk).destinataire
    assert not Courriel.objects.filter(pk__gt=avant).exclude(type=INTERNE).exists()
