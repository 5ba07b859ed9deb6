"""Exports of a test lie in its own folder."""

import pytest


@pytest.fixture(autouse=True)
def _exports_a_part(settings, tmp_path):
    settings.DONNEES_EXPORTS = tmp_path / "exports"
