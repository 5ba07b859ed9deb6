"""manage.py reconstruire_documents: everything back from the archive alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from artjardin.audit.services import suivre
from artjardin.storage.coffres import PANNES, coffre_des_documents
from artjardin.storage.reconstruction import Suite, reconstruire, reconstruire_sans_base

TACHE = "archives.reconstruction"
PAS = 500


class Command(BaseCommand):
    help = (
        "Rapporte sur cette machine les documents qui y manquent, depuis l'archive. "
        "Avec --sans-base : écrit tous les PDF et un index.csv dans un dossier, sans base."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sans-base", action="store_true")
        parser.add_argument("--vers", type=Path, metavar="DOSSIER", help="avec --sans-base")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sans_base"] != bool(options["vers"]):
            raise CommandError("--sans-base et --vers vont ensemble.")
        self.stdout.write(f"Archive : {coffre_des_documents().description}.")
        try:
            comptes = self._rapporter(options["vers"])
        except PANNES as erreur:
            raise CommandError(f"{type(erreur).__name__} : {erreur}") from erreur
        fautes = comptes.pop("fautes", 0)
        bilan = ", ".join(f"{nombre} {dit}" for dit, nombre in comptes.items()) or "rien"
        if fautes:
            raise CommandError(f"{fautes} faute(s) ; {bilan}.")
        self.stdout.write(f"Terminé : {bilan}.")

    def _rapporter(self, vers: Path | None) -> Counter[str]:
        if vers:
            return self._compter(reconstruire_sans_base(vers))
        with suivre(TACHE) as execution:
            comptes = self._compter(reconstruire())
            execution.compteurs = dict(comptes)
        return comptes

    def _compter(self, suites: Iterator[Suite]) -> Counter[str]:
        comptes: Counter[str] = Counter()
        for rang, suite in enumerate(suites, 1):
            comptes["fautes" if suite.est_une_faute else suite.dit] += 1
            if suite.est_une_faute:
                self.stderr.write(f"{suite.cle} : {suite.dit}")
            if rang % PAS == 0:
                self.stdout.write(f"{rang} documents…")
        return comptes
