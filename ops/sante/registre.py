"""All that is watched, on one screen, and the looking at it."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from ops.sante import metier
from ops.sante.constats import Constat, Sonde
from ops.sante.depuis import dater
from ops.sante.examen import BASE, Examinateur

SERVICES = "ops.sante.services"
BORNE, BORNE_PRET = 2.0, 1.8  # seconds
DISQUE = (
    "libérez de la place (« df -h », anciens journaux, fichiers d'export) ou agrandissez le "
    "disque ; ne supprimez rien du dossier de données à la main."
)
SEAU = (
    "voyez l'état du fournisseur, S3_ENDPOINT_URL et les clefs ; rien n'est perdu, ce qui attend "
    "part tout seul au retour."
)
DES_SERVICES = [
    Sonde(
        "postgresql",
        "PostgreSQL",
        f"{SERVICES}.postgresql.joindre",
        "relancez PostgreSQL, regardez son journal et son disque ; tout attend, rien n'est perdu.",
        essentielle=True,
    ),
    Sonde(
        "valkey",
        "Valkey",
        f"{SERVICES}.valkey.joindre",
        "relancez Valkey, regardez sa mémoire et son disque ; les envois et les relances attendent "
        "son retour.",
        essentielle=True,
    ),
    Sonde(
        "ecriture",
        "Dossier des documents",
        f"{SERVICES}.machine.ecriture",
        DISQUE,
        essentielle=True,
    ),
    Sonde(
        "migrations",
        "Schéma de la base",
        f"{SERVICES}.postgresql.migrations",
        "appliquez les migrations : « make migrate » (une sauvegarde est faite avant).",
        groupe="schema",
        demande=("postgresql",),
        essentielle=True,
    ),
    Sonde("disque", "Disque", f"{SERVICES}.machine.disque", DISQUE),
    Sonde("s3_documents", "Archive des documents", f"{SERVICES}.archive.documents", SEAU),
    Sonde("s3_sauvegardes", "Dépôt des sauvegardes", f"{SERVICES}.archive.sauvegardes", SEAU),
    Sonde(
        "smtp",
        "Relais de courriel",
        f"{SERVICES}.courriel.joindre",
        "voyez EMAIL_URL et l'état du fournisseur ; les courriels attendent dans la file et "
        "partent au retour, une seule fois.",
    ),
    Sonde(
        "certificat",
        "Certificat du site",
        f"{SERVICES}.machine.certificat",
        "renouvelez le certificat du serveur mandataire (Caddy, certbot), puis rechargez-le.",
    ),
    Sonde(
        "horloge",
        "Horloge",
        f"{SERVICES}.postgresql.horloge",
        "réglez l'heure des machines (chrony, systemd-timesyncd) avant tout : les dates des pièces "
        "en dépendent.",
        demande=("postgresql",),
    ),
    Sonde(
        "replication",
        "Répliques de la base",
        f"{SERVICES}.postgresql.replication",
        "regardez la réplique et le réseau ; le site n'en dépend pas.",
        groupe=BASE,
        demande=("postgresql",),
    ),
    Sonde(
        "taille",
        "Taille de la base",
        f"{SERVICES}.postgresql.taille",
        "rien à faire.",
        groupe=BASE,
        demande=("postgresql",),
    ),
    Sonde(
        "worker",
        "Workers",
        f"{SERVICES}.processus.ouvriers",
        "relancez le worker et lisez son journal ; les tâches attendent et sont reprises, rien "
        "n'est perdu.",
        demande=("valkey",),
        delai=timedelta(minutes=3),
    ),
    Sonde(
        "beat",
        "Planificateur",
        f"{SERVICES}.processus.planificateurs",
        "relancez beat et lisez son journal ; ce qui devait partir part à son retour, une fois.",
        demande=("valkey",),
        delai=timedelta(minutes=3),
    ),
    Sonde(
        "files",
        "Tâches en attente",
        f"{SERVICES}.valkey.files",
        "voyez si les workers tournent et ce qui les occupe (page Exécutions) ; ajoutez-en un.",
        demande=("valkey",),
    ),
]


def toutes() -> list[Sonde]:
    return [*DES_SERVICES, *metier.SONDES]


def essentielles() -> list[Sonde]:
    """Those without which this instance must get no request."""
    return [sonde for sonde in toutes() if sonde.essentielle]


def examiner(*, borne: float = BORNE) -> list[Constat]:
    """Everything, within `borne` seconds, and since when it is so."""
    return dater(_examinateur().examiner(borne=borne))


def tout_a_repondu() -> bool:
    """Whether the last look waited for nobody."""
    return _examinateur().complet


@cache
def _examinateur() -> Examinateur:
    return Examinateur(toutes())


@cache
def examinateur_essentiel() -> Examinateur:
    """Apart: what is slow among the others never makes /ready wait."""
    return Examinateur(essentielles())


def preparer() -> None:
    """As a process starts: the first who asks does not wait for modules to be read."""
    _examinateur()
    examinateur_essentiel()
