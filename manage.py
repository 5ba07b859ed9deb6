#!/usr/bin/env python
"""Django's command line, with the embedded services up for the commands that need them."""

import os
import sys

import django
from django.core.management import call_command, execute_from_command_line
from django.db import connection

from artjardin import settings
from artjardin.embarque.erreurs import ErreurEmbarque
from artjardin.embarque.services import assurer
from artjardin.traces.commandes import commande

SANS_SERVICE = {"", "help", "--help", "-h", "version", "--version", "collectstatic"}
SANS_SERVICE |= {"check", "compilemessages", "makemessages", "veiller", "alerter"}


def migrer_une_base_neuve() -> None:
    """A new embedded database gets its tables before the first command that reads them."""
    if not settings.EMBARQUE or sys.argv[1] in {"migrate", "makemigrations", "restaurer"}:
        return
    django.setup()
    if "django_migrations" not in connection.introspection.table_names():
        call_command("migrate", verbosity=0)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "artjardin.settings")
    if "".join(sys.argv[1:2]) in SANS_SERVICE and "--database" not in sys.argv:
        execute_from_command_line(sys.argv)
        return
    with commande(sys.argv[1]), assurer():
        migrer_une_base_neuve()
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except ErreurEmbarque as erreur:
        sys.exit(str(erreur))
