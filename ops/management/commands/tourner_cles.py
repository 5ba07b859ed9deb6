"""`manage.py tourner_cles`: put every second factor under the current key of the ring."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from artjardin.accounts.auteur import systeme
from ops.comptes.cles import tourner_les_cles


class Command(BaseCommand):
    help = (
        "Rechiffre les seconds facteurs avec la première clef de CLES_CHIFFREMENT. Ensuite "
        "seulement, l'ancienne clef peut en être retirée."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        tournes, courante, illisibles = tourner_les_cles(par=systeme("tourner_cles"))
        self.stdout.write(f"{tournes} seconds facteurs rechiffrés avec la clef « {courante} ».")
        if illisibles:
            comptes = ", ".join(illisibles)
            raise CommandError(
                f"Aucune clef du trousseau n'ouvre ceux de : {comptes}. Remettez l'ancienne clef "
                "dans CLES_CHIFFREMENT, ou « manage.py reinitialiser_facteur ADRESSE »."
            )
