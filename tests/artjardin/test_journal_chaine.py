"""The chain of the journal: whole whatever runs at once, and what was changed is named (G9)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module

import psycopg
import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import User
from artjardin.audit import verification
from artjardin.audit.models import Entree, Maillon
from artjardin.audit.services import consigner
from artjardin.audit.verification import controler
from tests.artjardin.chaine import enchainer, forcer
from tests.artjardin.serveurs import en_parallele
from tests.sauvegarde import restaurer, sauvegarder

PAR = systeme("essai")
QUI = User(pk=7, email="essai@essais.example")
AJOUT = """
    INSERT INTO audit_entree (le, acteur_nom, action, objet_type, objet_nom, avant, apres, details,
        requete) VALUES (now(), 'essai', 'essai.fait', 'essai', 'essai', '{}', '{}', '{}', '')
"""
TENANT = """
import sys, psycopg
base = psycopg.connect(sys.argv[1])
base.execute(sys.argv[2])
base.execute("SET CONSTRAINTS ALL IMMEDIATE")
print("enchainee", flush=True)
sys.stdin.read()
"""


def ecrire(nombre: int = 1) -> None:
    for rang in range(nombre):
        consigner(QUI, "essai.fait", par=PAR, avant={"rang": rang}, apres={"rang": rang + 1})


def ecrire_et_valider(nombre: int = 1) -> None:
    with transaction.atomic():
        ecrire(nombre)


def ouvrir() -> psycopg.Connection:
    return psycopg.connect(adresse())


def adresse() -> str:
    donnees = connection.get_connection_params()
    voulus = ("host", "port", "user", "password", "dbname")
    return " ".join(f"{clef}='{donnees[clef]}'" for clef in voulus if donnees.get(clef))


def rangs() -> list[int]:
    return list(Maillon.objects.values_list("rang", flat=True))


def est_entiere() -> bool:
    """No fault, a link for each entry, and no gap."""
    bilan, nombre = controler(), Entree.objects.count()
    assert bilan.anomalies == []
    assert bilan.lus == {"entrees": nombre, "maillons": nombre}
    return rangs() == list(range(1, nombre + 1))


@pytest.mark.django_db
def test_an_empty_journal_has_no_fault():
    assert controler() == ({"entrees": 0, "maillons": 0}, [])


@pytest.mark.django_db
def test_a_link_is_the_sha256_of_the_one_before_and_of_the_whole_entry(patron, auteur):
    ecrire()
    consigner(patron, "essai.fait", par=auteur, apres={"montant": "12.50", "nom": "Épine"})
    enchainer()

    un, deux = Maillon.objects.select_related("entree")
    assert (un.rang, un.precedent, deux.rang, deux.precedent) == (1, "", 2, un.sha256)
    dit = {
        nom: getattr(deux.entree, nom)
        for nom in ("id", "acteur_id", "acteur_nom", "action", "objet_type", "objet_id")
    } | {
        "objet_nom": "Claire Moreau", "avant": {}, "apres": {"montant": "12.50", "nom": "Épine"},
        "details": {}, "requete": "test", "adresse": "192.0.2.7/32", "format": 1,
        "le": deux.entree.le.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
    }  # fmt: skip
    assert set(dit) - {"format"} == {champ.column for champ in Entree._meta.concrete_fields}
    assert deux.sha256 == hashlib.sha256((un.sha256 + en_jsonb(dit)).encode()).hexdigest()


def en_jsonb(valeur: object) -> str:
    """The text of a jsonb value: keys by length, then by bytes."""
    if isinstance(valeur, dict):
        paires = sorted(valeur.items(), key=lambda paire: (len(paire[0].encode()), paire[0]))
        return "{" + ", ".join(f"{json.dumps(n)}: {en_jsonb(v)}" for n, v in paires) + "}"
    return json.dumps(valeur, ensure_ascii=False)


@pytest.mark.django_db
def test_the_hash_does_not_depend_on_the_session():
    with connection.cursor() as curseur:
        curseur.execute("SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'SQL, DMY'")
        curseur.execute("SET extra_float_digits = -10; SET lc_time = 'C'")
        Entree(acteur_nom="x", action="x", le=datetime(2026, 3, 29, 1, 30, tzinfo=UTC)).save()
        enchainer()
        curseur.execute("RESET ALL")

    assert est_entiere()


def test_eight_threads_leave_one_chain_without_a_gap(base_partagee):
    def courir():
        for _ in range(12):
            ecrire_et_valider(2)

    assert en_parallele(*[courir] * 8) == [None] * 8

    assert Entree.objects.count() == 192
    assert est_entiere()


def test_nobody_waits_for_a_transaction_that_has_not_reached_its_commit(base_partagee):
    with transaction.atomic():
        ecrire()
        assert en_parallele(ecrire_et_valider, ecrire_et_valider) == [None, None]
        assert rangs() == [1, 2]

    assert est_entiere()
    assert Maillon.objects.get(rang=3).entree == Entree.objects.earliest("id")


def test_a_rollback_leaves_no_gap(base_partagee):
    ecrire_et_valider()
    with transaction.atomic():
        ecrire(3)
        enchainer()
        transaction.set_rollback(True)
    with transaction.atomic():
        ecrire()
        with contextlib.suppress(IntegrityError), transaction.atomic():
            ecrire()
            raise IntegrityError
    ecrire_et_valider()

    assert est_entiere()
    assert rangs() == [1, 2, 3]


def test_a_writer_that_sees_an_old_instant_fails_and_leaves_the_chain_whole(base_partagee):
    ecrire_et_valider()
    with ouvrir() as vieille:
        vieille.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        vieille.execute(AJOUT)
        ecrire_et_valider()
        with pytest.raises(psycopg.errors.UniqueViolation):
            vieille.commit()

    assert est_entiere()
    assert rangs() == [1, 2]


def test_a_process_killed_while_it_holds_the_end_of_the_chain_blocks_nobody(base_partagee):
    ecrire_et_valider()
    programme = [sys.executable, "-c", TENANT, adresse(), AJOUT]
    with subprocess.Popen(programme, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tenant:
        assert tenant.stdout.readline() == b"enchainee\n"
        tenant.send_signal(signal.SIGKILL)
        tenant.wait()

    assert en_parallele(ecrire_et_valider) == [None]
    assert est_entiere()
    assert rangs() == [1, 2]


ETAPES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["ecrire", "ecrire", "valider", "renoncer"])),
    max_size=40,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(etapes=ETAPES)
def test_whatever_the_order_of_writes_and_commits_the_chain_is_whole(base_partagee, etapes):
    bases = [ouvrir() for _ in range(4)]
    for qui, quoi in etapes:
        if quoi == "ecrire":
            bases[qui].execute(AJOUT)
        elif quoi == "valider":
            bases[qui].commit()
        else:
            bases[qui].rollback()
    for base in bases:
        base.close()

    assert est_entiere()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_maillon SET sha256 = 'faux'",
        "DELETE FROM audit_maillon",
        "TRUNCATE audit_maillon",
        "INSERT INTO audit_maillon VALUES (3, 'a', 'b', 1, 1)",
    ],
)
def test_a_link_is_neither_changed_nor_erased_nor_added_by_hand(sql):
    ecrire(2)
    enchainer()
    avant = list(Maillon.objects.values())

    with (
        pytest.raises((ProgrammingError, InternalError), match=r"Cannot|only the journal"),
        transaction.atomic(),
        connection.cursor() as curseur,
    ):
        curseur.execute(sql)

    assert list(Maillon.objects.values()) == avant


TIERS = "WHERE id = (SELECT entree_id FROM audit_maillon WHERE rang = 3)"
FAUTES = {
    "UPDATE audit_entree SET objet_nom = objet_nom || '.' TIERS": [
        "l'entrée ou son maillon 3 a été modifié",
    ],
    "UPDATE audit_entree SET le = le + interval '1 microsecond' TIERS": [
        "l'entrée ou son maillon 3 a été modifié",
    ],
    "UPDATE audit_entree SET apres = '{\"rang\": 4}' TIERS": [
        "l'entrée ou son maillon 3 a été modifié",
    ],
    "UPDATE audit_maillon SET sha256 = repeat('0', 64) WHERE rang = 3": [
        "l'entrée ou son maillon 3 a été modifié", "le maillon 4 ne suit pas le précédent",
    ],
    "UPDATE audit_maillon SET format = 2 WHERE rang = 3": [
        "l'entrée ou son maillon 3 a été modifié",
    ],
    "UPDATE audit_maillon SET rang = 9 WHERE rang = 5": [
        "4 maillon(s) manquent avant le maillon 9",
    ],
    "DELETE FROM audit_maillon WHERE rang = 3": [
        "1 maillon(s) manquent avant le maillon 4", "l'entrée n'est pas dans la chaîne",
    ],
    "DELETE FROM audit_maillon WHERE rang < 3": [
        "2 maillon(s) manquent avant le maillon 3", *["l'entrée n'est pas dans la chaîne"] * 2,
    ],
    "DELETE FROM audit_entree TIERS": ["l'entrée du maillon 3 a disparu"],
    "INSERT INTO audit_entree SELECT (jsonb_populate_record(e, '{\"id\": 0}')).* "
    "FROM audit_entree e TIERS": ["l'entrée n'est pas dans la chaîne"],
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("sql", "dites"), FAUTES.items(), ids=range(len(FAUTES)))
def test_what_a_superuser_does_is_named(patron, auteur, sql, dites):
    for _ in range(5):
        consigner(patron, "essai.fait", par=auteur)
    enchainer()
    sans_clef_etrangere()

    forcer(sql.replace("TIERS", TIERS))

    anomalies = controler().anomalies
    assert sorted(anomalie.faute for anomalie in anomalies) == sorted(dites)
    assert all(anomalie.piece.startswith("Journal n° ") for anomalie in anomalies)
    assert not any(nom in str(anomalies) for nom in ("Claire", "Moreau", "192.0.2.7"))


def sans_clef_etrangere() -> None:
    """A superuser can take an entry away from under its link."""
    nom = "SELECT conname FROM pg_constraint WHERE conrelid = 'audit_maillon'::regclass"
    with connection.cursor() as curseur:
        curseur.execute(f"{nom} AND contype = 'f'")
        curseur.execute(f"ALTER TABLE audit_maillon DROP CONSTRAINT {curseur.fetchone()[0]}")


@pytest.mark.django_db
def test_a_function_put_in_place_of_the_trigger_s_own_shows():
    ecrire()
    enchainer()
    fonction = "pgtrigger_enchainee_636f5()"
    with connection.cursor() as curseur:
        curseur.execute(
            f"CREATE OR REPLACE FUNCTION {fonction} RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RETURN NULL; END $$"
        )
    ecrire()
    enchainer()

    assert [a.faute for a in controler().anomalies] == ["l'entrée n'est pas dans la chaîne"]


@pytest.mark.django_db
def test_too_many_faults_are_not_all_told(monkeypatch):
    ecrire(5)
    forcer("UPDATE audit_entree SET requete = 'x'")
    monkeypatch.setattr(verification, "NOMMEES", 2)

    anomalies = controler().anomalies

    assert len(anomalies) == 3
    assert str(anomalies[-1]) == "Journal : d'autres fautes, au-delà de 2"


def test_a_restored_backup_has_its_chain_and_goes_on(base_partagee, tmp_path):
    ecrire_et_valider(3)
    chaine = list(Maillon.objects.values())
    copie = sauvegarder(tmp_path / "copie.dump")
    ecrire_et_valider(2)

    restaurer(copie)

    assert list(Maillon.objects.values()) == chaine
    assert est_entiere()
    ecrire_et_valider()
    assert est_entiere()
    assert rangs() == [1, 2, 3, 4]


@pytest.mark.django_db
def test_entries_from_before_the_chain_are_chained_in_their_order():
    migration = import_module("artjardin.audit.migrations.0003_enchainer")
    ecrire(4)
    enchainer()
    avant = list(Maillon.objects.values())
    forcer("DELETE FROM audit_maillon")
    assert len(controler().anomalies) == 4

    forcer(migration.CHAINER)

    assert list(Maillon.objects.values()) == avant
    assert est_entiere()
    forcer(migration.DELIER)
    assert not Maillon.objects.exists()


def test_the_migration_goes_back_and_chains_again(base_partagee):
    ecrire_et_valider(3)
    avant = list(Maillon.objects.values())

    migrer("0001_initial")
    assert "audit_maillon" not in connection.introspection.table_names()
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute(AJOUT)
    migrer("0003_enchainer")

    assert list(Maillon.objects.values())[:3] == avant
    assert est_entiere()
    ecrire_et_valider()
    assert est_entiere()


def migrer(vers: str) -> None:
    MigrationExecutor(connection).migrate([("audit", vers)])
