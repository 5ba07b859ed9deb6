"""Mail in the office's admin."""

import pytest

from artjardin.accounts.auteur import systeme
from artjardin.outbox.models import Courriel
from facturation.services import envoyer_facture
from tests.artjardin.navigateur import ouvrir, page
from tests.facturation.factories import creer_facture


@pytest.fixture
def navigateur(patron):
    return ouvrir(patron)


@pytest.fixture
def courriel(db):
    return envoyer_facture(creer_facture(), par=systeme("test"))


def test_a_courriel_shows_its_html_harmless(courriel, navigateur):
    Courriel.objects.filter(pk=courriel.pk).update(html='"><script>alert(1)</script>')
    contenu = navigateur.get(page(courriel)).content.decode()

    assert "<script>alert(1)" not in contenu
    assert "iframe sandbox srcdoc=" in contenu


def test_courriels_are_cancelled_sent_again_and_settled(courriel, navigateur):
    navigateur.post(page(courriel, "annuler"), {})
    navigateur.post(page(courriel, "renvoyer"), {})
    copie = Courriel.objects.get(renvoi_de=courriel)
    Courriel.objects.filter(pk=copie.pk).update(statut="incertain")
    navigateur.post(page(copie, "constater"), {"arrive": "non"})

    copie.refresh_from_db()
    courriel.refresh_from_db()
    assert (courriel.statut, copie.statut) == ("annule", "echec")
