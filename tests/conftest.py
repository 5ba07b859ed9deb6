"""The cast of the tests, and a database that threads can share."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from uuid import uuid4

import psycopg
import pytest
import time_machine
from django.conf import settings
from django.db import connection, connections, transaction
from django.test.utils import override_settings, setup_databases, teardown_databases
from rest_framework.test import APIClient

from artjardin.accounts.auteur import Auteur, personne
from artjardin.accounts.models import Role, User
from artjardin.accounts.services import creer_utilisateur
from facturation.models import Entreprise, Evenement
from tests.artjardin.chaine import forcer
from tests.artjardin.recueil import lues  # noqa: F401 - a fixture of all
from tests.base import preparee
from tests.connexion import se_connecter

# What the law asks of a firm that issues; tests of what is missing take it away.
ENTREPRISE = {
    "forme": "SARL au capital de 20 000 €",
    "adresse": "14 rue des Essais",
    "code_postal": "49000",
    "siret": "73282932000074",
    "rcs": "Angers 732 829 320",
    "tva_intracom": "FR44732829320",
    "mediateur": "Médiation des Essais, 3 rue des Arbitres, 49000 Angers",
    "assurance": "Mutuelle des Essais, 49000 Angers, France métropolitaine",
    "telephone": "02 61 91 00 00",
    "email": "bureau@essais.example",
    "dechets_collecte": "Déchèterie des Essais, 49000 Angers",
}
MOT_DE_PASSE = "jardin-a-la-francaise"
CLES = "essais:" + b64encode(bytes(range(32))).decode()  # of the second factors
VERS: dict[str, str] = {}  # to whom each event is told by default, as the migrations say


@pytest.fixture(autouse=True, scope="session")
def _reglages_des_tests() -> Iterator[None]:
    """Passwords hashed quickly; static files looked for when asked, not listed for each client."""
    rapide = "django.contrib.auth.hashers.MD5PasswordHasher"
    hachages = [rapide, *settings.PASSWORD_HASHERS]
    commode = {"CLES_CHIFFREMENT": CLES, "API_PAR_MINUTE": 10**6, "WHITENOISE_AUTOREFRESH": True}
    with override_settings(PASSWORD_HASHERS=hachages, **commode):
        yield


@pytest.fixture(autouse=True)
def _donnees_a_part(settings, tmp_path, monkeypatch):
    """Stored documents of a test lie in its own folder."""
    from artjardin.api import limites  # noqa: PLC0415
    from artjardin.storage.coffres import oublier_les_coffres  # noqa: PLC0415
    from ops.sante import bilan  # noqa: PLC0415

    settings.DONNEES_DOCUMENTS = tmp_path / "documents"
    settings.DONNEES_S3 = tmp_path / "s3"
    oublier_les_coffres()
    bilan.PRET.oublier()
    bilan.DETAIL.oublier()
    monkeypatch.setattr(limites, "ESPACE", f"essai:{uuid4()}")
    yield
    oublier_les_coffres()


def _compte(role: Role, prenom: str, nom: str) -> User:
    return creer_utilisateur(
        email=f"{prenom}@art-jardin.example".lower(),
        mot_de_passe=MOT_DE_PASSE,
        role=role,
        prenom=prenom,
        nom=nom,
    )


@pytest.fixture
def patron(db) -> User:
    return _compte(Role.PATRON, "Claire", "Moreau")


@pytest.fixture
def employe(db) -> User:
    return _compte(Role.EMPLOYE, "Hugo", "Lambert")


@pytest.fixture
def autre_employe(db) -> User:
    return _compte(Role.EMPLOYE, "Ines", "Garnier")


@pytest.fixture
def comptable(db) -> User:
    return _compte(Role.COMPTABLE, "Sophie", "Renard")


@pytest.fixture
def auteur(patron) -> Auteur:
    return personne(patron, adresse="192.0.2.7", requete="test")


@pytest.fixture
def connecter() -> Callable[[User], APIClient]:
    def ouvrir(user: User) -> APIClient:
        http = APIClient()
        return se_connecter(http, user)

    return ouvrir


@pytest.fixture
def http(connecter, patron) -> APIClient:
    """The API as a patron sees it."""
    return connecter(patron)


@pytest.fixture
def time_machine_a() -> Iterator[Callable[[datetime], None]]:
    """Move the clock: `time_machine_a(instant)`; it stands still there."""
    voyages = ExitStack()

    def aller(instant: datetime) -> None:
        voyages.enter_context(time_machine.travel(instant, tick=False))

    with voyages:
        yield aller


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment, django_db_blocker, django_db_modify_db_settings
) -> Iterator[None]:
    """Always the test database, even when no collected test asks for `db` by that name."""
    with django_db_blocker.unblock():
        with preparee(connection.creation._get_test_db_name()) as deja:
            faites = setup_databases(verbosity=0, interactive=False, keepdb=deja)
        Entreprise.objects.update(**ENTREPRISE)
        _se_taire()
        _vider_le_journal()
    yield
    with django_db_blocker.unblock():
        teardown_databases(faites, verbosity=0)


def _se_taire() -> None:
    """No automatic mail, but in tests that ask for them (fixture `envois`)."""
    VERS.update(Evenement.objects.values_list("code", "vers"))
    Evenement.objects.update(vers=Evenement.Vers.AUCUN)
    Evenement.objects.filter(code="relance").update(vers=Evenement.Vers.CLIENT)


def _vider_le_journal() -> None:
    """`migrate` told what it made: tests begin with an empty journal, as they read it whole."""
    forcer("DELETE FROM audit_maillon", "DELETE FROM audit_entree")
    with connection.cursor() as curseur:
        curseur.execute("SELECT setval(pg_get_serial_sequence('audit_entree', 'id'), 1, FALSE)")


@pytest.fixture
def envois(db) -> dict[str, str]:
    """The automatic mails as the migrations set them: `{code: vers}`."""
    for code, vers in VERS.items():
        Evenement.objects.filter(pk=code).update(vers=vers)
    return dict(VERS)


@pytest.fixture(scope="module")
def base_du_module(django_db_setup, django_db_blocker) -> Iterator[None]:
    """For rows made once for a module, gone after its last test: each test undoes what it did.

    A test of the module that does not ask for them sees them too, once they are made.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def _modele(django_db_setup, django_db_blocker) -> str:
    """A copy of the migrated test database, from which a fresh one is made in a moment."""
    nom = f"{settings.DATABASES['default']['NAME']}_modele"
    with django_db_blocker.unblock():
        connections.close_all()
        with administration() as base:
            base.execute(f'DROP DATABASE IF EXISTS "{nom}"')
            base.execute(f'CREATE DATABASE "{nom}" TEMPLATE "{_nom()}"')
    return nom


@pytest.fixture
def base_partagee(_modele, django_db_blocker) -> Iterator[None]:
    """Real commits, for tests with threads or processes; the database is made anew after.

    Rows protected by triggers cannot be truncated, so Django's own flush does not fit. Request it
    before any other fixture that touches the database.
    """
    django_db_blocker.unblock()
    try:
        yield
    finally:
        connections.close_all()
        with administration() as base:
            base.execute(f'DROP DATABASE "{_nom()}" WITH (FORCE)')
            base.execute(f'CREATE DATABASE "{_nom()}" TEMPLATE "{_modele}"')
        django_db_blocker.restore()


def _nom() -> str:
    return connection.settings_dict["NAME"]


def administration() -> psycopg.Connection:
    parametres = connection.get_connection_params() | {"dbname": "postgres"}
    voulus = ("host", "port", "user", "password", "dbname")
    return psycopg.connect(
        autocommit=True, **{clef: parametres[clef] for clef in voulus if parametres.get(clef)}
    )
