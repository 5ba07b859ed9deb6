"""What the tests of the backups share: folders, keys and a tiny database of their own.

Loaded by `pytest_plugins = ["tests.artjardin.sauvegardes"]`, and imported: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import json
import os
import stat
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from pyrage import x25519

from artjardin.accounts.auteur import systeme
from artjardin.embarque.postgres import BINAIRES
from artjardin.sauvegardes import depots, programmes, services
from artjardin.sauvegardes.manifeste import DUMP, MANIFESTE, Manifeste, cle
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.storage.coffres import coffre_des_sauvegardes, oublier_les_coffres
from tests.conftest import administration

PAR = systeme("test")
LIGNES = 40
PETITE = """
    CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text);
    INSERT INTO django_migrations (app, name) VALUES ('clients', '0001_initial');
    CREATE TABLE fiche (id serial PRIMARY KEY, nom text UNIQUE);
    INSERT INTO fiche (nom) SELECT 'Haie n° ' || g FROM generate_series(1, 40) g;
    CREATE TABLE vide (id bigserial PRIMARY KEY);
"""


@dataclass
class Atelier:
    """One installation: where its backups lie, who opens them, the database they are made of."""

    bureau: Any
    exercice: Any
    base: str = ""

    def faire(self, motif: str = Sauvegarde.Motif.DEMANDE) -> Sauvegarde:
        return services.sauvegarder(motif=motif, par=PAR)

    def verifier(self, sauvegarde: Sauvegarde) -> Sauvegarde:
        return services.exercer(sauvegarde, par=PAR)

    def faire_et_verifier(self) -> Sauvegarde:
        return self.verifier(self.faire())

    def locale(self, sauvegarde: Sauvegarde | Manifeste) -> Path:
        return depots.fichier(sauvegarde.nom)

    def distante(self, sauvegarde: Sauvegarde | Manifeste) -> Path:
        """Where the folder that plays S3 keeps it."""
        return coffre_des_sauvegardes().racine / cle(sauvegarde.nom, DUMP)

    def sql(self, requete: str) -> list[tuple]:
        return sql(self.base, requete)

    def restes(self) -> list[str]:
        """Scratch databases left on the server."""
        prefixe = f"{connection.settings_dict['NAME']}_exercice_"
        with administration() as serveur:
            noms = serveur.execute("SELECT datname FROM pg_database").fetchall()
        return [nom for (nom,) in noms if nom.startswith(prefixe)]


@pytest.fixture
def atelier_nu(settings, tmp_path) -> Atelier:
    """Folders and keys of the test; the database is the product's."""
    un = Atelier(x25519.Identity.generate(), x25519.Identity.generate())
    settings.DONNEES_SAUVEGARDES = tmp_path / "sauvegardes"
    settings.DONNEES_S3 = tmp_path / "s3"
    settings.SAUVEGARDE_CLES_PUBLIQUES = [str(un.bureau.to_public())]
    settings.SAUVEGARDE_CLE_EXERCICE = str(un.exercice)
    oublier_les_coffres()
    return un


@pytest.fixture
def atelier(atelier_nu, petite, settings, monkeypatch) -> Atelier:
    """The same, on a tiny database: a backup and its drill in a moment. The catalogue is in the
    test database."""
    settings.SAUVEGARDE_TAILLE_MIN = 1_000
    settings.BASE_CONTROLES = {}
    vers = programmes.parametres
    monkeypatch.setattr(programmes, "parametres", lambda base="": vers(base or petite))
    atelier_nu.base = petite
    return atelier_nu


@pytest.fixture(scope="session")
def _petite(django_db_setup) -> Iterator[str]:
    nom = f"{connection.settings_dict['NAME']}_petite"
    refaire(nom, modele="template0")
    with ouvrir(nom) as base:
        base.execute(PETITE)
    yield nom
    with administration() as serveur:
        serveur.execute(f'DROP DATABASE IF EXISTS "{nom}" WITH (FORCE)')


@pytest.fixture
def petite(_petite) -> Iterator[str]:
    """The tiny database's name; what a test does to its rows is undone."""
    yield _petite
    with ouvrir(_petite) as base:
        base.execute("DELETE FROM fiche WHERE id > %s", [LIGNES])
        base.execute("SELECT setval('fiche_id_seq', %s)", [LIGNES])


def refaire(nom: str, *, modele: str) -> None:
    with administration() as serveur:
        serveur.execute(f'DROP DATABASE IF EXISTS "{nom}" WITH (FORCE)')
        serveur.execute(f'CREATE DATABASE "{nom}" TEMPLATE "{modele}"')


def ouvrir(nom: str) -> psycopg.Connection:
    parametres = connection.get_connection_params()
    voulus = ("host", "port", "user", "password")
    acces = {clef: parametres[clef] for clef in voulus if parametres.get(clef)}
    return psycopg.connect(**acces, dbname=nom, autocommit=True)


def sql(base: str, requete: str) -> list[tuple]:
    with ouvrir(base) as connexion:
        curseur = connexion.execute(requete)
        return curseur.fetchall() if curseur.description else []


def dans_un_fils(travail: Callable[[], Any]) -> tuple[int, Any]:
    """Run it in a process of its own, without its rows: how it ended (-9: killed), what it gave."""
    lecture, ecriture = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child only runs `travail`
        fils = os.fork()
    if fils == 0:
        try:
            os.write(ecriture, json.dumps(travail()).encode())
        except BaseException as erreur:  # noqa: BLE001 - the test reads it
            os.write(ecriture, json.dumps(repr(erreur)).encode())
        finally:
            os._exit(0)
    os.close(ecriture)
    with os.fdopen(lecture, "rb") as flux:
        dit = flux.read()
    _, fin = os.waitpid(fils, 0)
    return os.waitstatus_to_exitcode(fin), json.loads(dit) if dit else None


def empreinte(fichier: Path) -> str:
    with fichier.open("rb") as flux:
        return depots.empreinte(flux)


def retourner(fichier: Path, octet: int = -1) -> None:
    """Flip one byte of a file, in its middle unless told where."""
    contenu = bytearray(fichier.read_bytes())
    contenu[len(contenu) // 2 if octet < 0 else octet] ^= 1
    fichier.chmod(0o600)
    fichier.write_bytes(contenu)


def mentir(sauvegarde: Sauvegarde, **faits: Any) -> Sauvegarde:
    """Have its manifest say something else, in the catalogue as in the file."""
    sauvegarde.manifeste |= faits
    sauvegarde.save()
    note = depots.fichier(sauvegarde.nom, MANIFESTE)
    note.write_text(json.dumps(sauvegarde.manifeste), "utf-8")
    return sauvegarde


@pytest.fixture
def programmes_faux(settings, tmp_path) -> Iterator[Any]:
    """Put a shell script in the place of pg_dump or pg_restore: `programmes_faux(name, body)`.

    `$VRAI` is the real program.
    """
    dossier = tmp_path / "binaires"
    dossier.mkdir()
    for nom in ("pg_dump", "pg_restore"):
        (dossier / nom).symlink_to(BINAIRES / nom)
    settings.PG_BINAIRES = str(dossier)

    def remplacer(nom: str, corps: str) -> None:
        fichier = dossier / nom
        fichier.unlink()
        demande = '[ "$1" = --version ] && exec "$VRAI" --version'
        fichier.write_text(f"#!/bin/sh\nVRAI={BINAIRES / nom}\n{demande}\n{corps}\n", "utf-8")
        fichier.chmod(stat.S_IRWXU)

    oublier_les_programmes()
    yield remplacer
    oublier_les_programmes()


def oublier_les_programmes() -> None:
    programmes.programme.cache_clear()
    programmes.version.cache_clear()


def supprimer(nom: str) -> None:
    with administration() as serveur:
        serveur.execute(f'DROP DATABASE IF EXISTS "{nom}" WITH (FORCE)')
