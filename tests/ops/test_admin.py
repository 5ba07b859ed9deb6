"""Accounts and mail in the office's admin."""

import pytest

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import Role, User
from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel
from facturation.services import envoyer_facture
from tests.artjardin.navigateur import messages_de, ouvrir, page
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


def test_an_account_is_opened_changed_and_closed(navigateur, patron):
    secret = "un-secateur-bien-huile"
    nouveau = {"email": "lea@exemple.fr", "prenom": "Léa", "nom": "Brun", "role": "employe"}
    navigateur.post(page(User, "add"), nouveau | {"mot_de_passe": secret, "encore": secret})
    lea = User.objects.get(email="lea@exemple.fr")
    change = {"email": lea.email, "prenom": "Léa", "nom": "Brun", "roles": ["comptable"]}
    navigateur.post(page(lea), change)

    lea.refresh_from_db()
    assert lea.check_password(secret)
    assert not lea.is_active
    assert lea.a_le_role(Role.COMPTABLE)
    actions = Entree.objects.filter(acteur=patron).values_list("action", flat=True)
    assert list(actions) == ["compte.modifie", "compte.ouvert"]
    assert secret not in str(list(Entree.objects.values()))


def test_the_last_patron_is_told_why_he_stays(navigateur, patron):
    change = {"email": patron.email, "prenom": "Claire", "nom": "Moreau", "roles": ["employe"]}
    reponse = navigateur.post(page(patron), change, follow=True)

    assert any("au moins un patron" in message for message in messages_de(reponse))
    assert patron.a_le_role(Role.PATRON)


def test_a_weak_password_is_refused_on_the_page(navigateur, employe):
    court = navigateur.post(
        page(employe, "mot_de_passe"), {"mot_de_passe": "court", "encore": "court"}
    )
    autre = navigateur.post(
        page(employe, "mot_de_passe"), {"mot_de_passe": "un", "encore": "autre"}
    )

    assert court.context["form"].errors["mot_de_passe"]
    assert autre.context["form"].errors["encore"]
