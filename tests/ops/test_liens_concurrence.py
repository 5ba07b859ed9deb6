"""A link is used once, whoever clicks at the same time."""

from functools import partial

import pytest

from artjardin.accounts.auteur import Auteur
from artjardin.accounts.liens import creer_lien, secret_du_lien
from artjardin.accounts.models import Lien, Role
from artjardin.accounts.services import creer_utilisateur
from artjardin.erreurs import Invalide
from ops.comptes import liens
from tests.artjardin.serveurs import en_parallele
from tests.conftest import MOT_DE_PASSE

pytestmark = pytest.mark.usefixtures("base_partagee")
INCONNU = Auteur(nom="personne non identifiée")


def test_two_browsers_use_the_same_link_and_one_alone_succeeds():
    comptable = creer_utilisateur(
        email="sophie@art-jardin.example", mot_de_passe=MOT_DE_PASSE, role=Role.COMPTABLE
    )
    secret = secret_du_lien(creer_lien(comptable, Lien.Genre.OUBLI))
    mots = [f"sous-le-vieux-cerisier-{rang}" for rang in range(2)]

    issues = en_parallele(
        *(partial(liens.choisir_le_mot_de_passe, secret, mot, de=INCONNU) for mot in mots)
    )

    comptable.refresh_from_db()
    for mot, issue in zip(mots, issues, strict=True):
        assert comptable.check_password(mot) is not isinstance(issue, Invalide)
    assert sum(isinstance(issue, Invalide) for issue in issues) == 1
