"""Reminders in the office's admin."""

import pytest
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from relances.models import Niveau, Relance
from relances.services import relancer
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture


@pytest.fixture
def navigateur(patron):
    return ouvrir(patron)


@pytest.fixture
def lettre(db):
    """To be posted to a client without address."""
    le = timezone.localdate() - timezone.timedelta(days=100)
    creer_facture(client=creer_client(email=""), le=le)
    relancer(jour=timezone.localdate(), par=systeme("test"))
    return Relance.objects.a_poster().get()


def test_a_level_is_changed_by_its_service(navigateur):
    premier, second = Niveau.objects.filter(plan__type_client="syndic")[:2]
    donnees = {"nom": "Rappel", "jours": "20", "delai_minimum": "7", "actif": "on"}
    donnees |= {"plan": premier.plan_id, "ton": "amical", "canal": "courriel"}
    navigateur.post(page(premier), donnees)
    pris = navigateur.post(page(premier), donnees | {"jours": second.jours})

    premier.refresh_from_db()
    assert (premier.jours, premier.nom) == (20, "Rappel")
    assert Entree.objects.filter(action="niveau.modifie").count() == 1
    assert pris.status_code == 200


def test_letters_are_marked_as_posted_once(lettre, navigateur):
    choix = {"action": "marquer_postee", "_selected_action": [lettre.pk]}
    faite = navigateur.post(page(Relance, "changelist"), choix, follow=True)
    refaite = navigateur.post(page(Relance, "changelist"), choix, follow=True)

    assert any("postée" in message for message in messages_de(faite))
    assert any("plus à poster" in message for message in messages_de(refaite))
