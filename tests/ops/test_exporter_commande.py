"""`manage.py exporter`: a file where the person wants it, complete or not at all."""

from __future__ import annotations

import json
import stat

import pytest
from django.core.management import CommandError, call_command

from artjardin.audit.models import Entree
from ops.exports.fichiers import dossier
from ops.models import Export
from tests.facturation.factories import creer_facture
from tests.facturation.fec import lire
from tests.ops.exports import Lu

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    producteurs = dict.fromkeys(settings.DOCUMENT_PRODUCTEURS, "tests.facturation.factories.pdf")
    settings.DOCUMENT_PRODUCTEURS = producteurs


def test_everything_goes_to_the_file_given(tmp_path, capsys):
    from artjardin.storage.services import produire_les_promis  # noqa: PLC0415

    creer_facture()
    produire_les_promis()
    vers = tmp_path / "a part" / "tout.zip"
    call_command("exporter", vers=vers)
    export = Export.objects.get()
    premiere, bilan = capsys.readouterr().out.splitlines()[-2:]

    assert Lu(vers).manifeste["documents"] == 1
    assert stat.S_IMODE(vers.stat().st_mode) == 0o600
    assert list(vers.parent.iterdir()) == [vers]
    assert (export.etat, export.demandeur, export.demandeur_nom) == (
        "remis", None, "système (exporter)",
    )  # fmt: skip
    assert export.expire_le is None
    assert export.sha256 in premiere
    assert json.loads(bilan)["clients"] == 1
    assert not dossier().exists()
    entree = Entree.objects.get(action="export.fait")
    assert entree.details["vers"] == str(vers)


def test_the_sales_journal_alone(tmp_path):
    creer_facture()
    vers = tmp_path / "ventes.txt"
    call_command("exporter", "--ventes", "--du=2020-01-01", "--au=2099-12-31", vers=vers)

    assert len(lire(vers.read_bytes().decode())) == 3


@pytest.mark.parametrize(
    ("options", "dit"),
    [
        (["--ventes"], "--du et --au"),
        (["--ventes", "--du=2026-02-01", "--au=2026-01-01"], "à l'envers"),
    ],
)
def test_a_wrong_request_writes_nothing(tmp_path, options, dit):
    with pytest.raises(CommandError, match=dit):
        call_command("exporter", *options, vers=tmp_path / "x")

    assert list(tmp_path.iterdir()) == []
    assert not Export.objects.exists()


def test_a_file_that_exists_is_kept(tmp_path):
    vers = tmp_path / "tout.zip"
    vers.write_text("précieux")
    with pytest.raises(CommandError, match="existe déjà"):
        call_command("exporter", vers=vers)

    assert vers.read_text() == "précieux"


def test_a_missing_pdf_ends_in_error_and_the_file_is_there(tmp_path):
    creer_facture()
    vers = tmp_path / "tout.zip"
    with pytest.raises(CommandError, match="1 documents manquent"):
        call_command("exporter", vers=vers)

    assert Lu(vers).manifeste["manquants"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "fichier").write_text("")
    with pytest.raises(CommandError, match="ne s'écrit pas"):
        call_command("exporter", vers=tmp_path / "fichier" / "tout.zip")


def test_a_terminal_sees_the_progress(tmp_path, monkeypatch):
    import io  # noqa: PLC0415

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    ecran = Terminal()
    call_command("exporter", vers=tmp_path / "tout.zip", stdout=ecran)

    assert " % Table clients" in ecran.getvalue()
