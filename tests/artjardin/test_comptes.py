"""Accounts: opened, changed and closed, always journaled."""

import io

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from artjardin.accounts.auteur import personne, systeme
from artjardin.accounts.jetons import creer_jeton
from artjardin.accounts.models import Jeton, Role, User
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from ops.comptes.gestion import changer_mot_de_passe, modifier_compte, ouvrir_compte
from tests.conftest import MOT_DE_PASSE

AUTRE = "sous-le-grand-tilleul"
pytestmark = pytest.mark.django_db


@pytest.fixture
def taper(monkeypatch):
    """What the standard input of the command holds."""
    return lambda texte: monkeypatch.setattr("sys.stdin", io.StringIO(texte))


def test_the_first_patron_is_created_from_the_standard_input(taper, capsys):
    taper(f"{AUTRE}\n")
    call_command("creer_patron", "Patronne@Exemple.fr", prenom="Claire", nom="Moreau")

    user = authenticate(username="patronne@exemple.fr", password=AUTRE)
    assert Role.PATRON in user.roles
    assert str(user) == "Claire Moreau"
    assert "patronne@exemple.fr" in capsys.readouterr().out
    entree = Entree.objects.get(action="compte.ouvert")
    assert entree.acteur_nom == "système (creer_patron)"
    assert entree.apres["roles"] == ["patron"]


@pytest.mark.parametrize(
    ("secret", "message"),
    [("court", "trop faible"), ("", "trop faible"), ("patronne@exemple.fr", "votre adresse")],
)
def test_a_weak_password_is_refused_in_french(taper, secret, message):
    taper(f"{secret}\n")

    with pytest.raises(CommandError, match=message):
        call_command("creer_patron", "patronne@exemple.fr")
    assert not User.objects.exists()


def test_an_address_must_be_one(taper):
    taper(f"{AUTRE}\n")

    with pytest.raises(CommandError, match="e-mail"):
        call_command("creer_patron", "patronne")
    assert not User.objects.exists()


def test_an_address_is_taken_once(taper, patron):
    taper(f"{AUTRE}\n")

    with pytest.raises(CommandError, match="existe déjà"):
        call_command("creer_patron", patron.email.upper())


def test_a_change_of_role_is_journaled(patron, employe):
    modifier_compte(employe, roles=["employe", "comptable"], par=personne(patron))

    entree = Entree.objects.get(action="compte.modifie")
    assert entree.avant["roles"] == ["employe"]
    assert entree.apres["roles"] == ["comptable", "employe"]
    assert entree.acteur == patron


def test_nothing_is_journaled_when_nothing_changes(patron, employe):
    modifier_compte(employe, roles=["employe"], nom=employe.nom, par=personne(patron))

    assert not Entree.objects.filter(action="compte.modifie").exists()


@pytest.mark.parametrize("champs", [{"is_active": False}, {"roles": ["employe"]}])
def test_the_last_patron_stays(patron, employe, champs):
    with pytest.raises(Conflit, match="patron"):
        modifier_compte(patron, par=personne(patron), **champs)

    patron.refresh_from_db()
    assert patron.is_active
    assert Role.PATRON in patron.roles


def test_one_patron_of_two_may_leave(patron):
    autre = ouvrir_compte(
        email="autre@exemple.fr", mot_de_passe=AUTRE, role=Role.PATRON, par=systeme("test")
    )
    modifier_compte(patron, is_active=False, par=personne(autre))

    assert authenticate(username=patron.email, password=MOT_DE_PASSE) is None


def test_an_address_in_use_is_refused(patron, employe):
    with pytest.raises(Invalide) as refus:
        modifier_compte(employe, email=patron.email.upper(), par=personne(patron))

    assert refus.value.champs


def test_a_new_password_closes_every_device(patron, employe):
    creer_jeton(employe)
    changer_mot_de_passe(employe, AUTRE, par=personne(patron))

    assert authenticate(username=employe.email, password=AUTRE) == employe
    assert not Jeton.objects.filter(revoque_le=None).exists()
    assert Entree.objects.filter(action="compte.mot_de_passe", objet_id=employe.pk).exists()


def test_a_weak_new_password_changes_nothing(patron, employe):
    with pytest.raises(Invalide, match="faible"):
        changer_mot_de_passe(employe, "hugo", par=personne(patron))

    assert authenticate(username=employe.email, password=MOT_DE_PASSE) == employe
