"""What opens nothing any more goes at night; what still opens something stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from artjardin.accounts import jetons, liens, verrous
from artjardin.accounts.models import Appareil, Jeton, Lien, Session, Verrou
from artjardin.api import limites
from artjardin.api.models import Compteur
from artjardin.audit.models import Entree, Execution
from artjardin.audit.services import exclusif
from artjardin.erreurs import Conflit, Invalide, TropDeDemandes
from ops.comptes import menage
from ops.tasks import ranger_les_acces
from tests.artjardin.serveurs import en_parallele

pytestmark = pytest.mark.django_db


def dans(jours: float):
    return time_machine.travel(timezone.now() + timedelta(days=jours))


def restent() -> dict[str, int]:
    modeles = (Jeton, Session, Appareil, Lien, Verrou, Compteur)
    return {modele.__name__: modele.objects.count() for modele in modeles}


@pytest.fixture
def acces(comptable, connecter, monkeypatch):
    """One of each, alive."""
    monkeypatch.setitem(limites._etat, "en_panne_jusqu_a", 10**12)
    jetons.creer_jeton(comptable)
    connecter(comptable)
    Appareil.objects.create(user=comptable, empreinte="x")
    liens.creer_lien(comptable, Lien.Genre.OUBLI)
    verrous.compter("mdp:x")
    limites.limiter("essai", "x", maximum=10, par=timedelta(hours=1))
    return comptable


def test_nothing_alive_goes(acces):
    avant = restent()
    assert set(avant.values()) == {1}

    execution = menage.ranger()

    assert restent() == avant
    assert (execution.resultat, set(execution.compteurs.values())) == ("reussi", {0})


@pytest.mark.parametrize(
    ("jours", "partis"),
    [
        (0.9, {"Session", "Compteur"}),
        (1.1, {"Session", "Compteur", "Verrou"}),
        (29, {"Session", "Compteur", "Verrou"}),
        (31, {"Session", "Compteur", "Verrou", "Lien"}),
        (61, {"Session", "Compteur", "Verrou", "Lien", "Jeton"}),
        (401, {"Session", "Compteur", "Verrou", "Lien", "Jeton", "Appareil"}),
    ],
)
def test_each_goes_in_its_time(acces, jours, partis):
    with dans(jours):
        ranger_les_acces()

    assert {nom for nom, nombre in restent().items() if not nombre} == partis


def test_a_revoked_token_goes_after_a_month(acces):
    Jeton.objects.update(revoque_le=timezone.now())
    with dans(29):
        menage.ranger()
        assert Jeton.objects.exists()
    with dans(31):
        assert menage.ranger().compteurs["jetons"] == 1


def test_a_lock_that_is_closed_stays():
    for _ in range(verrous.ESSAIS):
        verrous.compter("mdp:x")
    Verrou.objects.update(
        dernier_le=timezone.now() - timedelta(days=2), jusqu_a=timezone.now() + timedelta(hours=1)
    )
    menage.ranger()

    with pytest.raises(TropDeDemandes):
        verrous.compter("mdp:x")


def test_a_removed_link_is_refused_like_any_other(acces):
    secret = liens.secret_du_lien(Lien.objects.get())
    with dans(31):
        menage.ranger()
        with pytest.raises(Invalide) as refus:
            liens.lire_lien(secret)
    assert refus.value.code == "lien_refuse"


def test_the_journal_keeps_everything(acces):
    avant = Entree.objects.count()
    with dans(500):
        menage.ranger()
    assert Entree.objects.count() == avant


def test_it_never_overlaps_itself(base_partagee):
    with exclusif(f"tache:{menage.TACHE}"):
        [refus] = en_parallele(menage.ranger)
        assert en_parallele(ranger_les_acces) == [None]

    assert isinstance(refus, Conflit)
    assert not Execution.objects.exists()
