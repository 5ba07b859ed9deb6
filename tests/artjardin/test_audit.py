"""The journal and the runs of scheduled jobs: append-only, never overlapping (G9)."""

import signal
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal

import pytest
from django.db import ProgrammingError, connection, transaction

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree, Execution
from artjardin.audit.services import consigner, exclusif, photo, suivre
from artjardin.erreurs import Conflit
from artjardin.settings import RACINE
from tests.artjardin.serveurs import en_parallele

Resultat = Execution.Resultat
TENANT = """
import sys
from tests.demarrage import demarrer
demarrer(sys.argv[1])
from artjardin.audit.services import exclusif
with exclusif("essai") as obtenu:
    print(obtenu, flush=True)
    sys.stdin.read()
"""


@pytest.mark.django_db
def test_a_line_says_who_what_on_what_and_from_where(patron, auteur):
    entree = consigner(
        patron, "user.modifie", par=auteur, avant={"nom": "A"}, apres={"nom": "B"}, motif="mariage"
    )

    entree.refresh_from_db()
    assert (entree.acteur, entree.acteur_nom, entree.action) == (
        patron, "Claire Moreau", "user.modifie",
    )  # fmt: skip
    assert (entree.objet_type, entree.objet_id, entree.objet_nom) == (
        "accounts.user", patron.pk, "Claire Moreau",
    )  # fmt: skip
    assert (entree.avant, entree.apres) == ({"nom": "A"}, {"nom": "B"})
    assert entree.details == {"motif": "mariage"}
    assert (entree.adresse, entree.requete) == ("192.0.2.7", "test")


@pytest.mark.django_db
def test_the_system_is_an_author_without_an_account(patron):
    entree = consigner(patron, "essai", par=systeme("relances"))

    assert (entree.acteur, entree.acteur_nom) == (None, "système (relances)")


@pytest.mark.django_db
def test_names_are_frozen_as_text(patron, auteur):
    entree = consigner(patron, "essai", par=auteur)
    patron.nom = "Durand"
    patron.save()

    entree.refresh_from_db()
    assert (entree.acteur_nom, entree.objet_nom) == ("Claire Moreau", "Claire Moreau")


@pytest.mark.django_db
def test_a_line_goes_with_its_transaction(patron, auteur):
    with transaction.atomic():
        consigner(patron, "essai", par=auteur)
        transaction.set_rollback(True)

    assert not Entree.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entree SET acteur_nom = 'personne'",
        "DELETE FROM audit_entree",
        "TRUNCATE audit_entree CASCADE",
    ],
)
def test_a_line_is_neither_changed_nor_erased(patron, auteur, sql):
    consigner(patron, "essai", par=auteur)
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
    avant = list(Entree.objects.values())

    with (
        pytest.raises(ProgrammingError, match="Cannot"),
        transaction.atomic(),
        connection.cursor() as curseur,
    ):
        curseur.execute(sql)

    assert list(Entree.objects.values()) == avant


@pytest.mark.django_db
def test_a_picture_is_ready_for_json(patron):
    patron.nom = Decimal("1.50")
    patron.prenom = date(2026, 6, 1)

    assert photo(patron, ["nom", "prenom", "is_active", "id"]) == {
        "nom": "1.50", "prenom": "2026-06-01", "is_active": True, "id": patron.pk,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_run_that_ends_well_is_a_success_with_its_counts():
    with suivre("essai") as execution:
        assert Execution.objects.get().resultat == Resultat.EN_COURS
        execution.compteurs = {"envoyes": 3}

    execution = Execution.objects.get()
    assert (execution.tache, execution.resultat) == ("essai", Resultat.REUSSI)
    assert (execution.compteurs, execution.erreur) == ({"envoyes": 3}, "")
    assert execution.debut <= execution.fin


@pytest.mark.django_db
def test_a_run_may_call_itself_partial():
    with suivre("essai") as execution:
        execution.resultat = Resultat.PARTIEL

    assert Execution.objects.get().resultat == Resultat.PARTIEL


@pytest.mark.django_db
@pytest.mark.parametrize("panne", [ValueError("panne"), KeyboardInterrupt("panne")])
def test_a_run_that_breaks_is_a_failure_that_is_raised(panne):
    def courir():
        with suivre("essai") as execution:
            execution.compteurs = {"envoyes": 1}
            raise panne

    with pytest.raises(type(panne)):
        courir()

    execution = Execution.objects.get()
    assert (execution.resultat, execution.compteurs) == (Resultat.ECHEC, {"envoyes": 1})
    assert execution.erreur == f"{type(panne).__name__}: panne"
    assert execution.fin is not None
    with suivre("essai"):
        pass


def test_a_job_does_not_overlap_itself(base_partagee):
    def courir():
        with suivre("essai"):
            time.sleep(0.3)
            return True

    resultats = en_parallele(courir, courir, courir)

    assert resultats.count(True) == 1
    refus = [r for r in resultats if r is not True]
    assert [type(r) for r in refus] == [Conflit, Conflit]
    assert {r.code for r in refus} == {"execution_en_cours"}
    assert Execution.objects.get().resultat == Resultat.REUSSI


def test_jobs_of_other_names_run_meanwhile(base_partagee):
    def courir(nom):
        with suivre(nom):
            time.sleep(0.2)

    assert en_parallele(lambda: courir("un"), lambda: courir("deux")) == [None, None]
    assert Execution.objects.filter(resultat=Resultat.REUSSI).count() == 2


def test_the_lock_dies_with_its_process(base_partagee):
    tenant = subprocess.Popen(
        [sys.executable, "-c", TENANT, connection.settings_dict["NAME"]],
        cwd=RACINE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with tenant:
        assert tenant.stdout.readline() == b"True\n"
        with exclusif("essai") as obtenu:
            assert not obtenu

        tenant.send_signal(signal.SIGKILL)
        tenant.wait()

    fin = time.monotonic() + 5
    while time.monotonic() < fin:
        with exclusif("essai") as obtenu:
            if obtenu:
                return
        time.sleep(0.02)
    pytest.fail("the lock outlived its process")


def test_a_lock_is_given_back_even_after_a_failure(base_partagee):
    with pytest.raises(ValueError, match="panne"), exclusif("essai"):
        raise ValueError("panne")

    def essayer():
        with exclusif("essai") as obtenu:
            return obtenu

    assert en_parallele(essayer) == [True]
