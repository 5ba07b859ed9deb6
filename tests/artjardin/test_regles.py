"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[2]
APPS = ["artjardin", "clients", "chantiers", "facturation", "relances", "ops"]
SOURCES = sorted(chemin for app in APPS for chemin in (RACINE / app).rglob("*.py"))
CODE = [chemin for chemin in SOURCES if "migrations" not in chemin.parts]
MIGRATIONS = [c for c in SOURCES if "migrations" in c.parts and c.name != "__init__.py"]
TESTS = sorted((RACINE / "tests").rglob("*.py"))
INTERDITS = {"utils.py", "helpers.py", "managers.py", "signals.py", "constants.py"}


def nom(chemin: Path) -> str:
    return str(chemin.relative_to(RACINE))


def sans(motif: str, *, dans: list[Path], sauf: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{nom(chemin)}:{numero}"
        for chemin in dans
        if nom(chemin) not in sauf
        for numero, ligne in enumerate(chemin.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(motif, ligne)
    ]


def test_there_is_code_to_check():
    assert len(CODE) > 50
    assert len(MIGRATIONS) > 8


def test_no_signal_receiver():
    assert sans(r"@receiver|\.connect\(.*sender=", dans=CODE) == []


def test_only_settings_read_the_environment():
    modules = ("environnement", "wsgi", "celery", "compteurs")
    lecteurs = tuple(f"artjardin/{module}.py" for module in modules)
    assert sans(r"os\.environ|os\.getenv", dans=CODE, sauf=lecteurs) == []
    assert sans(r"artjardin\.environnement", dans=CODE, sauf=("artjardin/settings.py",)) == []


def test_money_never_touches_a_float():
    argent = [c for c in CODE if c.parts[len(RACINE.parts)] in {"facturation", "relances"}]
    assert sans(r"\bfloat\(|FloatField", dans=[*argent, RACINE / "artjardin/argent.py"]) == []


def test_migrations_are_named_and_import_no_app():
    applications = "|".join(APPS)
    assert [nom(c) for c in MIGRATIONS if "_auto_" in c.name] == []
    assert sans(rf"^\s*(from|import) ({applications})\b", dans=MIGRATIONS) == []


def test_data_migrations_are_reversible():
    for chemin in MIGRATIONS:
        for appel in ast.walk(ast.parse(chemin.read_text(encoding="utf-8"))):
            nomme = isinstance(appel, ast.Call) and isinstance(appel.func, ast.Attribute)
            if nomme and appel.func.attr in {"RunPython", "RunSQL"}:
                arguments = len(appel.args) + len(appel.keywords)
                assert arguments > 1, f"{nom(chemin)} ne se défait pas"


def test_no_file_is_too_long():
    longs = [(nom(c), len(c.read_text(encoding="utf-8").splitlines())) for c in [*CODE, *TESTS]]
    assert [(chemin, lignes) for chemin, lignes in longs if lignes > 400] == []


def test_no_drawer_module():
    assert [nom(c) for c in CODE if c.name in INTERDITS] == []


def test_nothing_is_left_for_later():
    marques = "|".join(["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error"])
    assert sans(rf"\b({marques})\b", dans=[*CODE, *TESTS]) == []


def test_the_calendar_avoids_the_hour_that_clocks_skip_or_repeat():
    from artjardin.celery import app  # noqa: PLC0415

    for entree in app.conf.beat_schedule.values():
        heures = entree["schedule"].hour
        assert len(heures) == 24 or 2 not in heures


@pytest.mark.parametrize("chemin", CODE, ids=nom)
def test_every_module_says_what_it_is(chemin):
    arbre = ast.parse(chemin.read_text(encoding="utf-8"))
    evident = chemin.name in {"__init__.py", "apps.py", "urls.py"}
    assert evident or ast.get_docstring(arbre), f"{nom(chemin)} n'a pas de docstring"


def test_every_model_says_what_it_is():
    from django.apps import apps  # noqa: PLC0415

    for modele in apps.get_models():
        if modele.__module__.split(".")[0] in APPS:
            assert not modele.__doc__.startswith(f"{modele.__name__}("), modele


def test_a_command_says_nothing_of_the_libraries_that_it_loads():
    programme = "import django; django.setup(); import pikepdf, weasyprint"
    environnement = os.environ | {"DJANGO_SETTINGS_MODULE": "artjardin.settings"}
    fait = subprocess.run(
        [sys.executable, "-c", programme],
        cwd=RACINE, env=environnement, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (fait.stdout, fait.stderr) == ("", "")
