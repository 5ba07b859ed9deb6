"""What is asked twice, by two planners or because a worker died, has its effect once."""

from collections import Counter
from datetime import datetime
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest

from artjardin.accounts.auteur import Auteur
from artjardin.audit.models import Execution
from artjardin.audit.services import exclusif, faite_aujourd_hui, suivre
from artjardin.controles import Bilan
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from facturation.tasks import expirer_les_devis
from ops import nuit, tasks
from ops.comptes.liens import envoyer_un_oubli
from relances.tasks import relancer_du_jour
from tests.artjardin.serveurs import en_parallele

MATIN = datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("Europe/Paris"))
QUOTIDIENNES = {
    "devis.expiration": expirer_les_devis,
    "acces.menage": tasks.ranger_les_acces,
    "archives.rattrapage": tasks.rattraper_les_archives,
    "corbeille.purge": tasks.purger_la_corbeille,
    "essai.controle": tasks.controler,
    nuit.TACHE: tasks.sauvegarder,
}


def bilan():
    return Bilan({"lus": 1}, [])


@pytest.fixture
def courtes(monkeypatch):
    """The night's work, without its length."""
    controle = nuit.CONTROLES[0]._replace(tache="essai.controle", fonction=f"{__name__}:bilan")
    monkeypatch.setattr(nuit, "CONTROLES", [controle])
    monkeypatch.setattr(nuit, "import_string", lambda _: bilan)
    monkeypatch.setattr(nuit, "_sauvegarder", lambda _: [])


@pytest.mark.parametrize("tache", QUOTIDIENNES)
def test_a_job_of_once_a_day_runs_once_however_often_it_is_asked(
    base_partagee, courtes, time_machine_a, tache
):
    time_machine_a(MATIN)
    depart = Barrier(3)

    def demander():
        depart.wait()
        QUOTIDIENNES[tache]()

    en_parallele(demander, demander, demander)
    QUOTIDIENNES[tache]()

    assert [un.resultat for un in Execution.objects.filter(tache=tache)] == ["reussi"]


def test_the_reminders_of_a_day_are_counted_once(base_partagee, time_machine_a):
    time_machine_a(MATIN)
    en_parallele(relancer_du_jour, relancer_du_jour)
    relancer_du_jour()

    assert Counter(Execution.objects.values_list("tache", "resultat")) == {
        ("relances", "reussi"): 1
    }


@pytest.mark.django_db
def test_whether_it_is_done_is_asked_once_nobody_else_can_begin():
    tenus = []

    def ailleurs():
        with exclusif("tache:essai") as libre:
            return libre

    def deja():
        tenus.extend(en_parallele(ailleurs))
        return faite_aujourd_hui("essai")

    with suivre("essai", sauf=deja):
        pass
    with pytest.raises(Conflit) as refus, suivre("essai", sauf=deja):
        pytest.fail("elle est faite")

    assert (refus.value.code, tenus) == ("execution_faite", [False, False])
    assert Execution.objects.count() == 1


@pytest.mark.django_db
def test_one_that_failed_is_made_again():
    with pytest.raises(OSError, match="plein"), suivre("essai"):
        raise OSError("plein")

    assert not faite_aujourd_hui("essai")


@pytest.mark.django_db
def test_one_demand_of_a_password_makes_one_mail_when_its_task_is_run_again(patron):
    de = Auteur(nom="personne non identifiée", adresse="192.0.2.9", requete="r-8")
    for _ in range(2):
        envoyer_un_oubli(patron.email, de=de)
    assert Courriel.objects.filter(type="compte_lien").count() == 1

    envoyer_un_oubli(patron.email, de=Auteur(nom="x", adresse="192.0.2.9", requete="r-9"))
    assert Courriel.objects.filter(type="compte_lien").count() == 2
