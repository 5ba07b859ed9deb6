"""`manage.py alerter --essai`: a trial message on each channel, and what became of it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ops.veille.essai import essayer


class Command(BaseCommand):
    help = "Envoie un message d'essai par chaque canal des alertes."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--essai", action="store_true", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        sorts = essayer()
        for canal, refus in sorts:
            dit = self.style.ERROR(f"échec : {refus}") if refus else self.style.SUCCESS("reçu")
            self.stdout.write(f"{canal} : {dit}")
        if any(refus for _, refus in sorts):
            raise CommandError("Un canal au moins n'a rien reçu.")
