"""The drill: only what was restored and agrees is verified; each fault is named (design G7)."""

from __future__ import annotations

import json
import os
import signal
from contextlib import nullcontext
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from pyrage import x25519

from artjardin.audit.models import Entree, Execution
from artjardin.embarque import adresses
from artjardin.erreurs import Conflit, Indisponible
from artjardin.sauvegardes import bases, depots, examen, programmes, services
from artjardin.sauvegardes.coffre import presentes
from artjardin.sauvegardes.manifeste import VERIFICATION, cle
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.storage.coffres import coffre_des_sauvegardes
from tests.artjardin import sauvegardes as outils
from tests.artjardin.serveurs import port_libre

pytest_plugins = ["tests.artjardin.sauvegardes"]
base_des_tests = pytest.mark.django_db


@base_des_tests
def test_a_backup_that_restores_is_verified_and_this_is_written_beside_it(atelier):
    jugee = atelier.verifier(atelier.faire())

    assert (jugee.etat, jugee.erreur) == ("verifiee", "")
    secondes = jugee.rapport["lus"]["secondes"]
    assert jugee.rapport["lus"] == {"tables": 3, "lignes": 41, "pdf": 0, "secondes": secondes}
    assert jugee.verifiee_le == jugee.relue_le
    note = json.loads(coffre_des_sauvegardes().lire(cle(jugee.nom, VERIFICATION)))
    assert note == jugee.rapport
    assert Entree.objects.filter(action="sauvegarde.verifiee", objet_id=jugee.pk).count() == 1
    assert Execution.objects.get(tache="sauvegarde.exercice").resultat == "reussi"
    assert atelier.restes() == []
    assert list(Sauvegarde.objects.verifiees()) == [jugee]


@base_des_tests
def test_it_reads_the_off_site_copy_which_is_the_one_of_a_bad_day(atelier):
    sauvegarde = atelier.faire()
    atelier.locale(sauvegarde).unlink()

    assert atelier.verifier(sauvegarde).etat == "verifiee"


def retourner_un_octet(atelier, sauvegarde):
    outils.retourner(atelier.distante(sauvegarde))


def tronquer(atelier, sauvegarde):
    fichier = atelier.distante(sauvegarde)
    fichier.chmod(0o600)
    fichier.write_bytes(fichier.read_bytes()[:-400])


def perdre(atelier, sauvegarde):
    atelier.distante(sauvegarde).unlink()


def remplacer_par_une_autre(atelier, sauvegarde):
    """A backup like any other, but not this one."""
    autre, fichier = services.fabriquer("demande"), atelier.distante(sauvegarde)
    fichier.chmod(0o600)
    fichier.write_bytes(atelier.locale(autre).read_bytes())


def annoncer_plus_de_lignes(_, sauvegarde):
    outils.mentir(sauvegarde, tables=sauvegarde.manifeste["tables"] | {"fiche": 41})


def annoncer_une_table_de_plus(_, sauvegarde):
    outils.mentir(sauvegarde, tables=sauvegarde.manifeste["tables"] | {"perdue": 1})


def annoncer_une_suite_plus_avancee(_, sauvegarde):
    outils.mentir(sauvegarde, sequences=sauvegarde.manifeste["sequences"] | {"fiche_id_seq": 41})


def annoncer_d_autres_migrations(_, sauvegarde):
    outils.mentir(sauvegarde, migrations=["clients.0001_initial", "clients.0002_suite"])


FAUTES = [
    (retourner_un_octet, "tronqué ou altéré"),
    (tronquer, "tronqué ou altéré"),
    (perdre, "No such file"),
    (remplacer_par_une_autre, "son empreinte n'est plus la sienne"),
    (annoncer_plus_de_lignes, "table fiche : 41 lignes sauvegardées, 40 restaurées"),
    (annoncer_une_table_de_plus, "table perdue : 1 lignes sauvegardées, None restaurées"),
    (annoncer_une_suite_plus_avancee, "séquence fiche_id_seq : 41 sauvegardée, 40 restaurée"),
    (annoncer_d_autres_migrations, "les migrations ne sont pas celles de la sauvegarde"),
]


@base_des_tests
@pytest.mark.parametrize(("abimer", "dit"), FAUTES, ids=[faute.__name__ for faute, _ in FAUTES])
def test_any_fault_is_refused_named_and_leaves_no_scratch_database(atelier, settings, abimer, dit):
    sauvegarde = atelier.faire()
    abimer(atelier, sauvegarde)

    jugee = atelier.verifier(sauvegarde)

    assert (jugee.etat, jugee.verifiee_le) == ("refusee", None)
    assert dit in jugee.erreur
    assert dit in Execution.objects.get(tache="sauvegarde.exercice").erreur
    assert Entree.objects.filter(action="sauvegarde.refusee").count() == 1
    assert not [une for une in presentes(coffre_des_sauvegardes()) if une.verifiee]
    assert atelier.restes() == []


@base_des_tests
def test_a_verified_backup_that_no_longer_restores_is_refused_and_may_be_verified_again(atelier):
    sauvegarde = atelier.faire_et_verifier()
    outils.retourner(atelier.distante(sauvegarde))
    refusee = atelier.verifier(sauvegarde)
    outils.retourner(atelier.distante(sauvegarde))

    assert (refusee.etat, atelier.verifier(sauvegarde).etat) == ("refusee", "verifiee")


@base_des_tests
def test_a_restore_that_fails_is_refused_with_the_words_of_the_program(atelier, programmes_faux):
    sauvegarde = atelier.faire()
    programmes_faux("pg_restore", "head -c 600 > /dev/null; echo 'disque plein' >&2; exit 1")

    assert "pg_restore a échoué (code 1) : disque plein" in atelier.verifier(sauvegarde).erreur
    assert atelier.restes() == []


class TestObstacles:
    """What says nothing of the backup leaves its state."""

    def test_a_key_that_is_not_its_own(self, atelier, sauvegarde, settings):
        settings.SAUVEGARDE_CLE_EXERCICE = str(x25519.Identity.generate())
        with pytest.raises(Conflit, match="La clef ne correspond à aucun destinataire"):
            atelier.verifier(sauvegarde)

    def test_a_server_whose_disk_is_full(self, atelier, sauvegarde, programmes_faux):
        programmes_faux("pg_restore", "cat > /dev/null; echo 'No space left on device' >&2; exit 1")
        with pytest.raises(Indisponible, match="No space left"):
            atelier.verifier(sauvegarde)

    @pytest.fixture
    def sauvegarde(self, atelier, db):
        return atelier.faire()

    @pytest.fixture(autouse=True)
    def _inchangee(self, sauvegarde, atelier):
        yield
        sauvegarde.refresh_from_db()
        assert (sauvegarde.etat, sauvegarde.rapport) == ("faite", {})
        assert atelier.restes() == []

    def test_a_role_that_may_not_create_databases(self, atelier, sauvegarde, settings):
        with bases.serveur(superutilisateur()) as serveur:
            serveur.execute("DROP ROLE IF EXISTS sans_droit")
            serveur.execute("CREATE ROLE sans_droit LOGIN")
        try:
            acces = programmes.parametres("postgres") | {"user": "sans_droit"}
            settings.SAUVEGARDE_BASE_EXERCICE = " ".join(f"{c}={v}" for c, v in acces.items())
            with pytest.raises(Indisponible, match="« ALTER ROLE sans_droit CREATEDB »") as refus:
                atelier.verifier(sauvegarde)
        finally:
            with bases.serveur(superutilisateur()) as serveur:
                serveur.execute("DROP ROLE sans_droit")
        assert refus.value.code == "createdb_manque"

    def test_a_server_that_does_not_answer(self, atelier, sauvegarde, settings):
        settings.SAUVEGARDE_BASE_EXERCICE = f"postgresql://127.0.0.1:{port_libre()}/postgres"
        with pytest.raises(Indisponible, match="ne répond pas"):
            atelier.verifier(sauvegarde)

    def test_a_drill_that_runs_already(self, atelier, sauvegarde):
        with (
            bases.base_d_exercice() as autre,
            pytest.raises(Conflit, match="Un exercice ou une restauration est en cours"),
        ):
            atelier.verifier(sauvegarde)
        assert autre["dbname"].startswith(f"{connection.settings_dict['NAME']}_exercice_")

    def test_no_key_for_the_drill(self, atelier, sauvegarde, settings):
        settings.SAUVEGARDE_CLE_EXERCICE, settings.EMBARQUE = "", False
        with pytest.raises(Conflit, match="restaurer --essai --clef") as refus:
            atelier.verifier(sauvegarde)
        assert refus.value.code == "sans_clef_d_exercice"

    def test_an_off_site_copy_out_of_reach(self, atelier, sauvegarde, monkeypatch):
        def couper(*_):
            raise ConnectionError("coupé")

        monkeypatch.setattr(type(coffre_des_sauvegardes()), "ouvrir", couper)
        with pytest.raises(ConnectionError):
            atelier.verifier(sauvegarde)

    def test_checks_that_never_end(self, atelier, sauvegarde, monkeypatch):
        import subprocess  # noqa: PLC0415

        def tarder(*_, **__):
            raise subprocess.TimeoutExpired("controles", 3600)

        monkeypatch.setattr(examen, "controler", tarder)
        with pytest.raises(subprocess.TimeoutExpired):
            atelier.verifier(sauvegarde)


def superutilisateur() -> dict[str, str]:
    return programmes.parametres("postgres") | {"user": adresses.SUPERUTILISATEUR}


@base_des_tests
def test_what_a_killed_drill_left_is_dropped_by_the_next(atelier):
    def mourir():
        with bases.base_d_exercice():
            os.kill(os.getpid(), signal.SIGKILL)

    fin, _ = outils.dans_un_fils(mourir)
    assert fin == -signal.SIGKILL
    assert len(atelier.restes()) == 1

    assert atelier.faire_et_verifier().etat == "verifiee"
    assert atelier.restes() == []


class Serveur:
    """A connection whose first order finds somebody there."""

    def __init__(self, *refus):
        self.ordres, self.refus = [], list(refus)

    def execute(self, ordre, *_):
        self.ordres.append(ordre.as_string(None))
        if self.refus:
            raise self.refus.pop()

    def transaction(self):
        return nullcontext()


def test_an_autovacuum_is_no_obstacle_and_a_visitor_is_put_out():
    """FORCE alone may not end an autovacuum, which belongs to the superuser."""
    seul, occupe = Serveur(), Serveur(psycopg.errors.ObjectInUse())
    bases.supprimer(seul, "essai")
    bases.supprimer(occupe, "essai")

    assert seul.ordres == ['DROP DATABASE IF EXISTS "essai"']
    assert occupe.ordres == [*seul.ordres, 'DROP DATABASE IF EXISTS "essai" WITH (FORCE)']


def test_somebody_who_comes_just_before_the_swap_stops_it():
    with pytest.raises(Conflit, match="La base essai sert encore"):
        bases.echanger(Serveur(psycopg.errors.ObjectInUse()), "essai", pour="b", ancienne="c")


@base_des_tests
def test_a_server_without_the_usual_database_has_its_template(monkeypatch):
    vers = programmes.parametres
    absente = {"postgres": "n_existe_pas"}
    monkeypatch.setattr(programmes, "parametres", lambda base="": vers(absente.get(base, base)))

    with bases.serveur_a_part() as connexion:
        assert connexion.info.dbname == "template1"


@base_des_tests
def test_a_backup_that_was_deleted_is_not_judged(atelier):
    sauvegarde = atelier.faire()
    Sauvegarde.objects.filter(pk=sauvegarde.pk).update(etat="supprimee")
    depots.supprimer(sauvegarde.nom)
    coffre_des_sauvegardes()._fichier(cle(sauvegarde.nom, ".dump.zst.age")).unlink()

    with pytest.raises(Conflit):
        atelier.verifier(sauvegarde)

    sauvegarde.refresh_from_db()
    assert sauvegarde.etat == "supprimee"


@base_des_tests
def test_a_verdict_that_cannot_be_written_off_site_is_in_the_catalogue(atelier, monkeypatch):
    def refuser(*_):
        raise PermissionError("plein")

    sauvegarde = atelier.faire()
    monkeypatch.setattr("artjardin.sauvegardes.services.exercice.deposer_le_verdict", refuser)

    assert atelier.verifier(sauvegarde).etat == "verifiee"


@base_des_tests
def test_a_database_that_is_not_empty_is_never_restored_into(atelier):
    with pytest.raises(Conflit, match="n'est pas vide"):
        bases.remplir(programmes.parametres(), None, [atelier.bureau])


@base_des_tests
@pytest.mark.parametrize(("chez_nous", "etat"), [([], "refusee"), (["une faute"], "verifiee")])
def test_a_fault_of_the_restored_database_is_that_of_the_backup_unless_ours_has_it(
    atelier, monkeypatch, chez_nous, etat
):
    def controler(_vers, *, migrer=False):
        return {"lus": {}, "anomalies": ["une faute"] if migrer else chez_nous}

    monkeypatch.setattr(examen, "controler", controler)

    assert (atelier.faire_et_verifier().etat, Sauvegarde.objects.get().erreur) == (
        etat, "une faute",
    )  # fmt: skip


@base_des_tests
def test_checks_that_break_say_nothing_of_the_backup(atelier, settings, monkeypatch):
    settings.BASE_CONTROLES = {"pièces": "facturation.controle.controler"}
    monkeypatch.setattr(examen.sys, "executable", "/bin/false")

    with pytest.raises(Indisponible, match="n'a pas pu être contrôlée"):
        examen.controler({"host": "/nulle/part", "dbname": "absente"})


@base_des_tests
def test_a_note_of_verification_counts_only_whole_and_without_anomaly(atelier):
    le = timezone.now() - timedelta(hours=1)
    bonne = {"lus": {}, "anomalies": [], "le": le.isoformat()}
    notes = [None, b"", b"[1]", b"5", json.dumps(bonne | {"anomalies": ["x"]}).encode()]
    notes += [json.dumps({"anomalies": []}).encode(), json.dumps(bonne | {"le": 3}).encode()]
    for note in [*notes, json.dumps(bonne).encode()]:
        manifeste = services.fabriquer("migration")
        services.rapprocher()
        services.completer()
        if note is not None:
            coffre_des_sauvegardes().deposer(
                cle(manifeste.nom, VERIFICATION), note, jusqu_au=None, metadonnees={}
            )
    for une in Sauvegarde.objects.all():
        depots.supprimer(une.nom)
    with connection.cursor() as curseur:
        curseur.execute("ALTER TABLE sauvegardes_sauvegarde DISABLE TRIGGER USER")
        curseur.execute("DELETE FROM sauvegardes_sauvegarde")
        curseur.execute("ALTER TABLE sauvegardes_sauvegarde ENABLE TRIGGER USER")

    retrouvees = services.rapprocher()

    assert [une.etat for une in retrouvees] == ["faite"] * len(notes) + ["verifiee"]
    assert {(une.locale, une.distante) for une in retrouvees} == {(False, True)}
    assert retrouvees[-1].verifiee_le == le
