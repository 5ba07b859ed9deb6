"""Tables change while the code of before works on them: what a migration may do, and how."""

from __future__ import annotations

from io import StringIO
from threading import Event

import psycopg
import pytest
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.core.management import call_command
from django.db import OperationalError, connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED
from django.db.models.functions import Now
from pgtrigger.migrations import AddTrigger

from ops.management.commands import migrate
from tests.artjardin.serveurs import en_parallele
from tests.artjardin.test_regles import APPS

# The last one of each app that was written before this rule
AVANT = {
    "accounts": 5, "api": 2, "audit": 4, "chantiers": 4, "clients": 4, "facturation": 15,
    "ops": 2, "outbox": 10, "relances": 8, "sauvegardes": 1, "softdelete": 3, "storage": 4,
}  # fmt: skip
SURES = (
    migrations.CreateModel,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    AddTrigger,
    AddIndexConcurrently,
    AddConstraintNotValid,
    ValidateConstraint,
)
A_FROID = (
    "{operation} : l'ancien code travaille encore sur cette table. Colonne sans valeur ou avec "
    "db_default, index CONCURRENTLY, contrainte NOT VALID puis validée ; ce qui ne sert plus part "
    "dans la version suivante. Sinon, dites dans Migration.en_marche pourquoi elle le supporte."
)


def fautes(migration) -> list[str]:
    """What could make a request of the code of before fail or wait."""
    if getattr(migration, "en_marche", ""):
        return []
    nouvelles = {
        operation.name_lower
        for operation in migration.operations
        if isinstance(operation, migrations.CreateModel)
    }
    return [
        A_FROID.format(operation=operation.describe())
        for operation in migration.operations
        if not est_sure(operation, nouvelles)
    ]


def est_sure(operation, nouvelles) -> bool:
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return all(est_sure(une, nouvelles) for une in operation.database_operations)
    if isinstance(operation, SURES) or getattr(operation, "model_name_lower", None) in nouvelles:
        return True
    return isinstance(operation, migrations.AddField) and se_passe_de_nous(operation.field)


def se_passe_de_nous(champ) -> bool:
    """Whether code that does not know this column may insert rows, and adding it reads none."""
    vide = champ.null or champ.db_default is not NOT_PROVIDED
    constante = not isinstance(champ.db_default, models.Func) or isinstance(champ.db_default, Now)
    indexee = champ.db_index or champ.unique or champ.is_relation
    return champ.many_to_many or (vide and constante and not indexee)


def les_notres():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for (application, nom), migration in sorted(loader.disk_migrations.items()):
        if migration.__module__.split(".")[0] in APPS and int(nom[:4]) > AVANT.get(application, 0):
            yield migration


def test_no_migration_stops_the_code_of_before():
    assert {str(une): fautes(une) for une in les_notres() if fautes(une)} == {}


def test_what_was_written_before_the_rule_is_there():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    derniers = {
        application: max(int(nom[:4]) for qui, nom in loader.disk_migrations if qui == application)
        for application in AVANT
    }
    assert all(derniers[application] >= AVANT[application] for application in AVANT)


def texte(**options):
    return models.CharField(max_length=10, **options)


@pytest.mark.parametrize(
    ("_cas", "operation", "sure"),
    [
        ("sans valeur", migrations.AddField("client", "x", texte(null=True)), True),
        ("db_default", migrations.AddField("client", "x", texte(db_default="")), True),
        ("default", migrations.AddField("client", "x", texte(default="")), False),
        ("unique", migrations.AddField("client", "x", texte(null=True, unique=True)), False),
        ("indexée", migrations.AddField("client", "x", texte(null=True, db_index=True)), False),
        ("autre sens", migrations.AlterField("client", "x", texte()), False),
        ("retirée", migrations.RemoveField("client", "x"), False),
        ("renommée", migrations.RenameField("client", "x", "y"), False),
        ("table renommée", migrations.RenameModel("client", "autre"), False),
        ("table retirée", migrations.DeleteModel("client"), False),
        ("index", migrations.AddIndex("client", models.Index(fields=["x"], name="i")), False),
        ("index à côté", AddIndexConcurrently("client", models.Index(fields=["x"], name="i")),
         True),
        ("SQL", migrations.RunSQL("UPDATE clients_client SET nom = ''", ""), False),
        ("nouvelle table", migrations.CreateModel("neuve", []), True),
        ("index d'une nouvelle", migrations.AddIndex("neuve", models.Index(fields=["x"], name="i")),
         True),
    ],
)  # fmt: skip
def test_the_rule_tells_what_the_code_of_before_bears(_cas, operation, sure):
    migration = migrations.Migration("0099_essai", "clients")
    migration.operations = [migrations.CreateModel("neuve", []), operation]

    assert (fautes(migration) == []) is sure

    migration.en_marche = "la table est vide"
    assert fautes(migration) == []


@pytest.fixture
def presse(monkeypatch):
    monkeypatch.setattr(migrate, "ATTENTE", "100ms")
    monkeypatch.setattr(migrate, "PAUSE", 0.05)
    monkeypatch.setattr(migrate, "ESSAIS", 200)


def lire_longtemps(assez: Event):
    """Somebody reads documents in a transaction, until told that it is enough."""
    parametres = connection.get_connection_params()
    voulus = ("host", "port", "user", "password", "dbname")
    acces = {clef: parametres[clef] for clef in voulus if parametres.get(clef)}
    with psycopg.connect(**acces) as lecteur:
        lecteur.execute("SELECT count(*) FROM storage_document")
        assert assez.wait(30)


class Sortie(StringIO):
    """Says when the command waits."""

    def __init__(self, assez):
        super().__init__()
        self._assez = assez

    def write(self, texte):
        if "nouvel essai" in texte:
            self._assez.set()
        return super().write(texte)


def vers(nom, sortie=None):
    options = {"sans_sauvegarde": True, "verbosity": 0, "stdout": sortie or StringIO()}
    call_command("migrate", "storage", nom, **options)


def test_a_table_that_is_read_is_changed_once_it_is_free_and_nobody_waits_behind(
    base_partagee, presse
):
    assez = Event()
    sortie = Sortie(assez)
    recule = en_parallele(lambda: lire_longtemps(assez), lambda: vers("0003", sortie))
    vers("0004")

    assert recule == [None, None]
    assert "nouvel essai (1)" in sortie.getvalue()
    with connection.cursor() as curseur:
        curseur.execute("SHOW lock_timeout")
        assert curseur.fetchone() == ("0",)


def test_a_table_that_is_never_free_is_left_as_it_was(base_partagee, presse, monkeypatch):
    monkeypatch.setattr(migrate, "ESSAIS", 2)
    assez = Event()

    def reculer():
        try:
            vers("0003")
        finally:
            assez.set()

    _, refus = en_parallele(lambda: lire_longtemps(assez), reculer)

    assert isinstance(refus, OperationalError)
    with connection.cursor() as curseur:
        curseur.execute("SELECT duree_ms FROM storage_document")
