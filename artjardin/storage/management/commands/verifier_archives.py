"""manage.py verifier_archives: list the archive, hash both copies of documents, repair."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from artjardin.accounts.auteur import systeme
from artjardin.storage.coffres import PANNES, coffre_des_documents
from artjardin.storage.models import Archive, Document
from artjardin.storage.orphelins import noter_les_orphelins
from artjardin.storage.verification import controler

PAR = systeme("manage.py verifier_archives")


class Command(BaseCommand):
    help = "Relit l'archive des documents, compare les empreintes et répare d'une copie à l'autre."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--depuis",
            type=date.fromisoformat,
            metavar="AAAA-MM-JJ",
            help="produits depuis ce jour",
        )
        parser.add_argument("--echantillon", type=int, metavar="N", help="N documents au hasard")
        parser.add_argument(
            "--apres-restauration",
            action="store_true",
            help="note d'abord les documents que la base restaurée ne connaît pas",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Archive : {coffre_des_documents().description}.")
        try:
            if options["apres_restauration"]:
                perdus = noter_les_orphelins(par=PAR)
                self.stdout.write(f"{len(perdus)} pièces à saisir à nouveau.")
            bilan = controler(echantillon=options["echantillon"], depuis=options["depuis"])
        except PANNES as erreur:
            raise CommandError(f"L'archive ne répond pas : {erreur}") from erreur
        lus = f"{bilan.lus['documents']} documents relus, {bilan.lus['objets']} objets listés"
        if bilan.anomalies:
            for anomalie in bilan.anomalies:
                self.stderr.write(str(anomalie))
            raise CommandError(f"{len(bilan.anomalies)} anomalie(s) ; {lus}.")
        self.stdout.write(f"{lus} : rien ne manque, rien n'est altéré.")
        attente = Document.objects.exclude(sha256="").exclude(archive__etat=Archive.Etat.ARCHIVE)
        if nombre := attente.count():  # just after a rebuild, for instance: nothing was compared
            self.stdout.write(f"{nombre} documents ne sont pas encore archivés, donc pas comparés.")
