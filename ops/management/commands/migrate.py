"""Django's migrate: a backup first when tables will change; after, the permissions of the roles,
and in the journal the rows that it answers for and does not know yet.

People go on working meanwhile. A change of a table waits for a lock, and all who ask for the table
wait behind it: it gives up its place after a moment, and comes back.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from psycopg.errors import DeadlockDetected, LockNotAvailable

from artjardin.audit.constat import douteuses, prendre_acte
from artjardin.erreurs import ErreurMetier
from artjardin.sauvegardes import cles
from artjardin.sauvegardes import services as sauvegardes
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.storage.coffres import PANNES
from ops.roles import accorder_les_roles

ATTENTE = "3s"  # for a lock
ESSAIS, PAUSE = 40, 1.0  # how many times, and seconds between two of them
OCCUPEE = (LockNotAvailable, DeadlockDetected)


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--sans-sauvegarde",
            action="store_true",
            help="migre sans sauvegarder d'abord (base d'essai, ou sauvegarde faite autrement)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        montre = options["plan"] or options["check_unapplied"]
        if not (montre or options["sans_sauvegarde"]) and _change(options["app_label"]):
            self._sauvegarder()
        avant = frozenset() if montre or options["app_label"] else douteuses()
        with verrous_brefs():
            self._migrer(*args, **options)
        if not (montre or options["app_label"]):
            accorder_les_roles()
            prendre_acte(sauf=avant)
            cles.destinataires()  # the embedded mode makes its keys on the first day
        if not (montre or options["app_label"] or options["sans_sauvegarde"]):
            self._inscrire()

    def _migrer(self, *args: Any, **options: Any) -> None:
        """What was applied stays: each migration is a transaction of its own."""
        for essai in range(1, ESSAIS + 1):
            try:
                super().handle(*args, **options)
            except OperationalError as erreur:
                if essai == ESSAIS or not isinstance(erreur.__cause__, OCCUPEE):
                    raise
                self.stdout.write(f"Une table est occupée, nouvel essai ({essai}).")
                time.sleep(PAUSE)
            else:
                return

    def _sauvegarder(self) -> None:
        try:
            manifeste = sauvegardes.fabriquer(Sauvegarde.Motif.MIGRATION)
        except ErreurMetier as refus:
            raise CommandError(
                f"{refus.message}\nRien n'est migré. « migrate --sans-sauvegarde » passe outre."
            ) from refus
        self.stdout.write(f"Sauvegarde avant migration : {manifeste.cle}")

    def _inscrire(self) -> None:
        """In the catalogue, whose own table may just have come."""
        try:
            sauvegardes.rapprocher()
        except PANNES as erreur:  # the next nightly backup does it
            self.stderr.write(f"Catalogue des sauvegardes non rapproché : {erreur}")


@contextmanager
def verrous_brefs() -> Iterator[None]:
    """A lock that does not come within ATTENTE is an error, on this connection."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT set_config('lock_timeout', %s, false)", [ATTENTE])
    try:
        yield
    finally:
        with connection.cursor() as curseur:
            curseur.execute("RESET lock_timeout")


def _change(application: str | None) -> bool:
    """Whether tables with data may change: something is to apply, or an app is named."""
    if "django_migrations" not in connection.introspection.table_names():
        return False
    executeur = MigrationExecutor(connection)
    if not executeur.loader.applied_migrations:
        return False
    return bool(application) or bool(executeur.migration_plan(executeur.loader.graph.leaf_nodes()))
