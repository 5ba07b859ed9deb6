"""Sweep, catch-up and deposits at once: one at a time, nothing doubled."""

import pytest

from artjardin.audit.models import Execution
from artjardin.audit.services import exclusif
from artjardin.erreurs import Conflit
from artjardin.storage import tasks
from artjardin.storage.coffres import coffre_des_documents
from artjardin.storage.models import Archive
from artjardin.storage.services import archiver_les_documents
from artjardin.storage.services.archivage import archiver
from ops import archives
from ops.tasks import rattraper_les_archives
from tests.artjardin.factories import creer_pdf
from tests.artjardin.serveurs import en_parallele

pytestmark = pytest.mark.usefixtures("base_partagee")


@pytest.fixture(autouse=True)
def _producteurs(settings):
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}


def test_the_catch_up_goes_on_while_the_sweep_runs():
    creer_pdf()

    def balayage_en_cours():
        with exclusif("tache:archives.balayage"):
            return en_parallele(archives.rattraper_les_archives)[0]

    assert en_parallele(balayage_en_cours)[0] == {"nouveaux": 0, "restes": 0, "index": 0}


def test_two_catch_ups_do_not_overlap():
    with exclusif("tache:archives.rattrapage"):
        [refus] = en_parallele(archives.rattraper_les_archives)
        en_parallele(rattraper_les_archives)

    assert isinstance(refus, Conflit)
    assert not Execution.objects.exists()


def test_two_sweeps_do_not_overlap():
    creer_pdf()
    with exclusif("tache:archives.balayage"):
        [refus] = en_parallele(archiver_les_documents)
        assert en_parallele(tasks.archiver) == [None]

    assert isinstance(refus, Conflit)
    assert Archive.objects.get().etat == "a_faire"


def test_a_document_archived_by_several_at_once_has_one_object():
    creer_pdf()
    ligne = Archive.objects.select_related("document").get()

    issues = en_parallele(*[lambda: archiver(ligne)] * 4)

    assert [issue.erreur for issue in issues] == [""] * 4
    assert len(list(coffre_des_documents().lister(""))) == 1
    assert Archive.objects.get().est_faite
