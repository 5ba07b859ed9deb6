"""Four processes guess at once on one account: five are evaluated, the rest is refused."""

from __future__ import annotations

import multiprocessing
from base64 import b32encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from artjardin.accounts import facteurs, verrous
from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import Role, User, Verrou
from artjardin.accounts.services import creer_utilisateur
from artjardin.audit.models import Entree
from artjardin.erreurs import Invalide, TropDeDemandes
from artjardin.outbox.models import Courriel
from ops.comptes import entrees
from tests.artjardin import telephone
from tests.artjardin.serveurs import en_parallele
from tests.conftest import MOT_DE_PASSE
from tests.connexion import facteur_de

pytestmark = pytest.mark.usefixtures("base_partagee")
PROCESSUS, ESSAIS = 4, 200


@pytest.fixture
def comptable() -> User:
    return creer_utilisateur(
        email="sophie@art-jardin.example", mot_de_passe=MOT_DE_PASSE, role=Role.COMPTABLE
    )


def de(rang: int) -> Auteur:
    """From everywhere: the limit by address is another one."""
    return Auteur(nom="personne non identifiée", adresse=f"203.0.113.{rang % 250}")


def ensemble(travail: Callable[[int], object]) -> None:
    """Run it 200 times in each of four processes, with connections of their own."""

    def courir(premier: int) -> None:
        for rang in range(premier, premier + ESSAIS):
            try:
                travail(rang)
            except (Invalide, TropDeDemandes):
                continue
        connections.close_all()

    connections.close_all()
    for connexion in connections.all():
        connexion.close_pool()
    fourche = multiprocessing.get_context("fork")
    tous = [fourche.Process(target=courir, args=(n * ESSAIS,)) for n in range(PROCESSUS)]
    for un in tous:
        un.start()
    for un in tous:
        un.join(timeout=120)
    assert [un.exitcode for un in tous] == [0] * PROCESSUS


def compter(monkeypatch, module, nom: str, ou: Path) -> None:
    """Each evaluation leaves one byte, whatever its process."""
    vrai = getattr(module, nom)

    def evaluer(*args, **kwargs):
        with ou.open("ab") as fichier:
            fichier.write(b".")
        return vrai(*args, **kwargs)

    monkeypatch.setattr(module, nom, evaluer)


def test_of_eight_hundred_codes_five_are_evaluated(comptable, monkeypatch, tmp_path):
    facteur_de(comptable)
    evalues = tmp_path / "evalues"
    compter(monkeypatch, facteurs, "verifier", evalues)

    ensemble(lambda rang: entrees.verifier_le_code(comptable, f"{rang:06d}", de=de(rang)))

    assert evalues.stat().st_size == verrous.ESSAIS
    assert Entree.objects.filter(action="session.verrouillee").count() == 1
    assert Courriel.objects.filter(objet__startswith="Compte verrouillé").count() == 1
    with pytest.raises(TropDeDemandes):
        entrees.verifier_le_code(comptable, "123456", de=de(0))


def test_of_eight_hundred_passwords_five_are_evaluated(comptable, monkeypatch, tmp_path):
    evalues = tmp_path / "evalues"
    compter(monkeypatch, entrees, "authenticate", evalues)

    ensemble(
        lambda rang: entrees.identifier(
            email=comptable.email, mot_de_passe=f"mot-{rang}", de=de(rang), voie="api"
        )
    )

    assert evalues.stat().st_size == verrous.ESSAIS
    assert Entree.objects.filter(action="session.verrouillee").count() == 1


def test_a_code_sent_by_two_at_once_is_accepted_once(comptable):
    facteur = facteur_de(comptable)
    clair = facteurs.trousseau().dechiffrer(facteur.secret, lie_a=facteurs.lien(comptable.pk))
    bon = telephone.code(b32encode(clair).decode())

    assert sorted(en_parallele(*[lambda: facteurs.verifier(comptable, bon)] * 2)) == ["", "totp"]


def test_a_lock_opened_while_others_count_breaks_nobody(comptable):
    def compter_et_ouvrir():
        for _ in range(150):
            verrous.compter("essai")
            verrous.ouvrir("essai")

    assert en_parallele(*[compter_et_ouvrir] * 3) == [None] * 3


def test_it_grows_and_is_forgotten_after_a_day():
    durees = []
    depart = timezone.now()
    with time_machine.travel(depart, tick=False) as horloge:
        for _ in range(3):
            for _essai in range(verrous.ESSAIS):
                essai = verrous.compter("essai")
            durees.append((essai.jusqu_a - timezone.now()) // timedelta(minutes=1))
            horloge.move_to(essai.jusqu_a + timedelta(seconds=1))
        horloge.shift(timedelta(hours=25))
        verrous.compter("essai")

    assert durees == [15, 30, 60]
    assert Verrou.objects.get().fois == 0
