"""`manage.py verifier_journal`: what it read, each fault, and an exit code that says it (G9)."""

from __future__ import annotations

import json
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from artjardin.audit.models import Entree
from artjardin.audit.verification import controler
from artjardin.storage.coffres import Dossier, coffre_des_documents
from ops.management.commands import verifier_journal
from tests.artjardin.chaine import enchainer, forcer
from tests.artjardin.test_journal_ancres import _en_panne, aller_par, nuit


def _enchainer_et_controler():
    enchainer()
    return controler()


def lancer(*options: str) -> str:
    sortie = StringIO()
    call_command("verifier_journal", *options, stdout=sortie, no_color=True)
    return sortie.getvalue()


@pytest.fixture
def a(time_machine_a):
    return aller_par(time_machine_a)


@pytest.mark.django_db
def test_the_command_says_what_it_read(a):
    nuit(a, 0)

    assert lancer() == (
        "2 entrées, 2 maillons.\n1 ancres, 0 reprises après restauration, 0 ancres perdues avec"
        " elles.\n"
    )
    assert lancer("--sans-ancres") == "2 entrées, 2 maillons.\n"
    assert json.loads(lancer("--json")) == {
        "lus": {
            "entrees": 2, "maillons": 2, "ancres": 1, "reprises": 0, "ancres_perdues": 0,
        },
        "anomalies": [],
    }  # fmt: skip


@pytest.mark.django_db
def test_the_command_ends_badly_and_names_each_fault(a, monkeypatch):
    nuit(a, 0)
    forcer("UPDATE audit_entree SET requete = 'x' WHERE id = (SELECT min(id) FROM audit_entree)")
    sortie = StringIO()

    with pytest.raises(CommandError, match=r"^1 faute\(s\) dans le journal\.$") as fin:
        call_command("verifier_journal", stdout=sortie, no_color=True)

    assert fin.value.returncode == 1
    entree = Entree.objects.earliest("id")
    assert sortie.getvalue().endswith(
        f"- Journal n° {entree.pk} du 10/06/2026 à 12:00:00 : "
        "l'entrée ou son maillon 1 a été modifié\n"
    )
    monkeypatch.setattr(Dossier, "lister", _lister_en_panne)
    with pytest.raises(CommandError, match=r"^2 faute\(s\)"):
        lancer()


def _lister_en_panne(_coffre: Dossier, _prefixe: str) -> None:
    raise ConnectionError("coupé")


@pytest.mark.django_db
def test_the_command_says_that_a_backup_was_put_back(a, monkeypatch):
    nuit(a, 0)
    monkeypatch.setattr(verifier_journal, "controler", _enchainer_et_controler)
    with pytest.raises(CommandError, match=r"^Aucune sauvegarde ne porte ce nom : copie\.$"):
        lancer("--apres-restauration", "copie")
    assert not any("reprise" in o.cle for o in coffre_des_documents().lister("ancres/"))
    connue = SimpleNamespace(manifeste=SimpleNamespace(nom="copie"))
    monkeypatch.setattr(verifier_journal, "sources", lambda: [connue])
    assert lancer("--apres-restauration", "copie").startswith(
        "ancres/2026/06/11-reprise-040000.json : le journal reprend au maillon 2.\n"
    )
    with pytest.raises(CommandError, match="déjà écrite"):
        lancer("--apres-restauration", "copie")
    monkeypatch.setattr(Dossier, "eprouver", _en_panne)
    with pytest.raises(CommandError, match="ne répond pas"):
        lancer("--apres-restauration", "copie")
