"""manage.py verifier_chaine: read every numbered document again, and say what is wrong."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from facturation.controle import controler


class Command(BaseCommand):
    help = "Vérifie la suite des numéros, la chaîne des empreintes et les totaux. Ne change rien."

    def handle(self, *args: Any, **options: Any) -> None:
        bilan = controler()
        lues = f"{bilan.lus['pieces']} pièces de {bilan.lus['series']} séries"
        if bilan.anomalies:
            for anomalie in bilan.anomalies:
                self.stderr.write(str(anomalie))
            raise CommandError(f"{len(bilan.anomalies)} anomalie(s) sur {lues}.")
        self.stdout.write(f"{lues} : aucun trou, aucune altération.")
