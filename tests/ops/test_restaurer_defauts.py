"""manage.py restaurer and a backup that holds altered rows: a true copy, said so before."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from artjardin.accounts.auteur import systeme
from artjardin.sauvegardes.services import restauration
from artjardin.sauvegardes.services.exercice import juger
from tests.ops.test_restaurer import bases_du_serveur, dire

pytest_plugins = ["tests.artjardin.sauvegardes"]
pytestmark = pytest.mark.django_db
PAR = systeme("test")


@pytest.fixture
def clef(atelier, tmp_path):
    """The office's key, in a file."""
    fichier = tmp_path / "bureau.txt"
    fichier.write_text(f"{atelier.bureau}\n")
    return str(fichier)


def test_a_fault_known_to_the_drill_is_said_before_and_the_sound_one_is_named(
    atelier, clef, monkeypatch
):
    saine, faute = atelier.faire_et_verifier(), "pièces : FAC-1 altérée"
    alteree = atelier.faire()
    rapport = {"lus": {}, "anomalies": [], "defauts": [faute]}
    juger(alteree, rapport, par=PAR)
    monkeypatch.setattr(
        restauration, "examiner", lambda *_: rapport | {"anomalies": [faute], "defauts": []}
    )

    dite = next(une for une in dire("restaurer", liste=True).splitlines() if alteree.nom in une)
    assert dite.endswith(f"vérifiée, 1 défaut dans la base : {faute}")
    with pytest.raises(CommandError) as refus:
        dire("restaurer", clef=clef, remplacer=True, oui=True)
    assert f"La dernière sans défaut : {saine.nom}, du " in str(refus.value)
    assert "n'exécutez rien d'autre" in str(refus.value)

    assert atelier.sql("SELECT count(*) FROM fiche") == [(40,)]
    assert bases_du_serveur() == set()
