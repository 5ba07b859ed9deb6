"""manage.py apres_restauration: what the restored database lost, and letting reminders go."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from artjardin.accounts.auteur import systeme
from artjardin.argent import en_euros
from artjardin.erreurs import ErreurMetier
from artjardin.outbox.models import Restauration
from artjardin.outbox.services import declarer_une_restauration, lever_la_restauration
from artjardin.storage.models import Orphelin
from artjardin.storage.orphelins import regler_le_numero
from facturation.services.numeros import clients_des_perdus
from relances import services
from relances.services.reconstitution import exiger_un_passage_perdu

PAR = systeme("manage.py apres_restauration")


class Command(BaseCommand):
    help = "Après la restauration d'une sauvegarde. Sans --faire, montre sans rien écrire."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--declarer", action="store_true", help="ouvre la restauration que rien n'a montrée"
        )
        parser.add_argument(
            "--relances-faites",
            nargs="+",
            type=_jour,
            default=[],
            metavar="AAAA-MM-JJ",
            help="jours dont les relances sont parties depuis : inscrites, non envoyées",
        )
        parser.add_argument("--lever", action="store_true", help="laisse repartir les relances")
        parser.add_argument(
            "--regler-le-numero", default="", metavar="NUMERO",
            help="cette pièce perdue ne sera pas saisie à nouveau ; avec --motif",
        )  # fmt: skip
        parser.add_argument("--motif", default="", help="pourquoi, gardé au journal")
        parser.add_argument("--faire", action="store_true", help="écrit ; sinon, montre seulement")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["declarer"]:
                self._declarer(faire=options["faire"])
            self._etat()
            for jour in sorted(set(options["relances_faites"])):
                self._reconstituer(jour, faire=options["faire"])
            if options["regler_le_numero"]:
                self._regler_le_numero(
                    options["regler_le_numero"], options["motif"], faire=options["faire"]
                )
            if options["lever"]:
                self._lever(faire=options["faire"])
        except ErreurMetier as refus:
            raise CommandError(refus.message) from refus
        if not options["faire"]:
            self.stdout.write("Rien n'est écrit : ajoutez --faire.")

    def _etat(self) -> None:
        for ouverte in Restauration.objects.ouvertes().order_by("pk"):
            self.stdout.write(f"{ouverte} : {_partis(ouverte.inconnus)}.")
        if jours := services.jours_en_doute():
            dits = ", ".join(f"{jour:%Y-%m-%d}" for jour in jours)
            self.stdout.write(f"Passages peut-être partis depuis la sauvegarde : {dits}.")
        perdus = list(Orphelin.objects.a_regler())
        noms = clients_des_perdus(perdus)
        for perdu in perdus:
            self.stdout.write(f"À saisir à nouveau : {perdu}, {noms[perdu.pk]}.")

    def _declarer(self, *, faire: bool) -> None:
        if faire:
            declarer_une_restauration(par=PAR)
        else:
            self.stdout.write("Une restauration serait ouverte.")

    def _reconstituer(self, jour: date, *, faire: bool) -> None:
        exiger_un_passage_perdu(jour)
        for envoi in services.plan_perdu(jour).envois():
            for ligne in envoi.lignes:
                solde = en_euros(ligne.faits.solde)
                niveau = f"J+{ligne.niveau.jours}\t{solde}\t{envoi.canal}"
                self.stdout.write(f"{ligne.faits.numero}\t{ligne.faits.client_code}\t{niveau}")
        lignes = services.reconstituer(jour, par=PAR) if faire else 0
        self.stdout.write(f"Relances du {jour:%d/%m/%Y} : {lignes} inscrites.")

    def _regler_le_numero(self, numero: str, motif: str, *, faire: bool) -> None:
        if not motif.strip():
            raise CommandError("Donnez un --motif.")
        if faire:
            regler_le_numero(numero, motif=motif, par=PAR)
        self.stdout.write(f"{numero} {'réglé' if faire else 'à régler'}.")

    def _lever(self, *, faire: bool) -> None:
        if faire:
            lever_la_restauration(par=PAR)
        self.stdout.write(f"Relances {'reprises' if faire else 'à reprendre'}.")


def _partis(inconnus: int | None) -> str:
    if inconnus is None:
        return "nombre inconnu d'envois partis depuis la sauvegarde"
    return f"{inconnus} envois qu'elle ne connaît pas"


def _jour(texte: str) -> date:
    try:
        return date.fromisoformat(texte)
    except ValueError as erreur:
        raise ArgumentTypeError(f"« {texte} » n'est pas un jour AAAA-MM-JJ.") from erreur
