"""`manage.py veiller`: the watch, until it is asked to end; it starts without any service."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from artjardin.erreurs import Conflit
from ops.veille.boucle import veiller


class Command(BaseCommand):
    help = "Surveille tout, et prévient une personne de ce qui est en panne."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--une-fois", action="store_true", help="Une seule ronde, pour cron : chaque minute."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            veiller(une_fois=options["une_fois"])
        except Conflit as refus:
            raise CommandError(refus.message) from refus
