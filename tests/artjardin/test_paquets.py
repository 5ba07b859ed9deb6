"""The check of the locked packages, with a stand-in for pip-audit."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.paquets import OPTIONS, PIP_AUDIT, TEMOIN, examiner, juger, lire, version_de
from tests.services import RACINE

SAIN = {"name": "django", "version": "5.2.9", "vulns": []}
INCONNU = {"name": "django", "skip_reason": "Dependency not found"}
FAILLE = {"id": "PYSEC-2026-1", "fix_versions": ["5.2.10"]}


def dire(texte, statut=0):
    """A program that writes this and ends so."""
    return [sys.executable, "-c", f"import sys; print({texte!r}); sys.exit({statut})"]


def test_a_known_fault_fails_and_names_the_remedy():
    vulnerable = SAIN | {"vulns": [FAILLE]}

    statut, message = juger(lire(dire(json.dumps({"dependencies": [SAIN, vulnerable]}), 1)))

    assert statut == 1
    assert "django 5.2.9 : PYSEC-2026-1, corrigée dans 5.2.10" in message


def test_all_are_asked_of_a_registry_that_knows_one():
    vulnerable = json.dumps({"dependencies": [SAIN | {"vulns": [FAILLE]}]})

    statut, message = examiner(dire(json.dumps({"dependencies": [SAIN]})), dire(vulnerable, 1))

    assert (statut, "PYSEC-2026-1" in message) == (1, True)


@pytest.mark.parametrize(
    ("temoin", "dit"),
    [
        (json.dumps({"dependencies": [INCONNU]}), "ne connaît aucun paquet"),
        ("Could not connect", "ne répond pas"),
    ],
)
def test_a_registry_that_knows_nothing_is_asked_no_more(tmp_path, temoin, dit):
    trace = tmp_path / "demande"
    tous = [sys.executable, "-c", f"open({str(trace)!r}, 'w')"]

    statut, message = examiner(dire(temoin), tous)

    assert (statut, dit in message, trace.exists()) == (0, True, False)


@pytest.mark.parametrize(
    "commande", [dire("", 1), [sys.executable, "-c", "import time; time.sleep(9)"]]
)
def test_without_a_network_it_says_so_and_goes_on(commande):
    assert juger(lire(commande, patience=1)) == (
        0, "pip-audit : le registre ne répond pas, rien n'est vérifié.",
    )  # fmt: skip


def test_what_the_registry_does_not_know_is_not_said_to_be_sound():
    assert juger([SAIN, INCONNU])[1] == (
        "pip-audit : pas de faille connue dans 1 paquets ; le registre n'en connaît pas 1."
    )
    assert juger([INCONNU]) == (
        0, "pip-audit : le registre ne connaît aucun paquet, rien n'est vérifié.",
    )  # fmt: skip


def test_the_real_program_takes_these_options_and_reads_the_lock_file():
    verrouilles = RACINE.joinpath("requirements.lock").read_text().count("==")
    a_sec = [*PIP_AUDIT, *OPTIONS, "--dry-run"]

    fait = subprocess.run(a_sec, cwd=RACINE, capture_output=True, text=True, check=True)

    vus = int(re.search(r"would have audited (\d+) packages", fait.stderr)[1])
    assert re.fullmatch(r"django==\d+\.\d+(\.\d+)?", version_de(TEMOIN))
    assert verrouilles * 0.8 < vus <= verrouilles  # markers leave a few out
