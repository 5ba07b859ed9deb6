"""manage.py sauvegarder: a backup now, and its drill; the list of what exists."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.erreurs import ErreurMetier
from artjardin.sauvegardes import services
from artjardin.sauvegardes.models import Sauvegarde

PAR = systeme("manage.py sauvegarder")


class Command(BaseCommand):
    help = "Sauvegarde la base, puis la restaure à côté pour la vérifier."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sans-exercice", action="store_true", help="ne la vérifie pas")
        parser.add_argument("--liste", action="store_true", help="montre celles qui existent")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["liste"]:
                self._lister()
            else:
                self._sauvegarder(exercer=not options["sans_exercice"])
        except ErreurMetier as refus:
            raise CommandError(refus.message) from refus

    def _sauvegarder(self, *, exercer: bool) -> None:
        sauvegarde = services.sauvegarder(motif=Sauvegarde.Motif.DEMANDE, par=PAR)
        self._dire(sauvegarde)
        if exercer:
            self._dire(services.exercer(sauvegarde, par=PAR))
        if not sauvegarde.distante:
            raise CommandError(f"Pas de copie hors site : {sauvegarde.erreur}")

    def _lister(self) -> None:
        services.rapprocher()
        for sauvegarde in Sauvegarde.objects.presentes().order_by("faite_le"):
            self._dire(sauvegarde)

    def _dire(self, sauvegarde: Sauvegarde) -> None:
        copies = [
            nom
            for nom, la in [("ici", sauvegarde.locale), ("hors site", sauvegarde.distante)]
            if la
        ]
        quand = timezone.localtime(sauvegarde.faite_le)
        self.stdout.write(
            f"{sauvegarde.nom}  {quand:%d/%m/%Y %H:%M}  {sauvegarde.taille / 2**20:.1f} Mio  "
            f"{' et '.join(copies) or 'nulle part'}  {sauvegarde.get_etat_display()}"
        )
        if sauvegarde.erreur:
            self.stdout.write(f"    {sauvegarde.erreur}")
