"""`manage.py verifier_journal`: the journal's chain, read again and compared with its anchors."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from artjardin.accounts.auteur import systeme
from artjardin.audit.verification import controler
from artjardin.controles import Anomalie, Bilan
from artjardin.erreurs import ErreurMetier
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.sauvegardes.services.restauration import sources
from artjardin.storage import ancrage
from artjardin.storage.coffres import PANNES


class Command(BaseCommand):
    help = (
        "Relit toute la chaîne du journal et la compare à ses ancres ; code 1 s'il y a une faute."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sans-ancres", action="store_true", help="la base seule")
        parser.add_argument("--json", action="store_true", help="un objet JSON sur la sortie")
        parser.add_argument(
            "--apres-restauration", metavar="SAUVEGARDE",
            help="écrit d'abord que cette sauvegarde a été restaurée, si ce n'est pas encore dit",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["apres_restauration"]:
            self._reprendre(options["apres_restauration"])
        bilans = [controler()] + ([] if options["sans_ancres"] else [_ancres()])
        lus = {nom: nombre for bilan in bilans for nom, nombre in bilan.lus.items()}
        fautes = [str(anomalie) for bilan in bilans for anomalie in bilan.anomalies]
        if options["json"]:
            self.stdout.write(json.dumps({"lus": lus, "anomalies": fautes}, ensure_ascii=False))
        else:
            self._raconter(lus, fautes)
        if fautes:
            raise CommandError(f"{len(fautes)} faute(s) dans le journal.")

    def _raconter(self, lus: dict[str, int], fautes: list[str]) -> None:
        self.stdout.write(f"{lus['entrees']} entrées, {lus['maillons']} maillons.")
        if "ancres" in lus:
            self.stdout.write(
                f"{lus['ancres']} ancres, {lus['reprises']} reprises après restauration,"
                f" {lus['ancres_perdues']} ancres perdues avec elles."
            )
        for faute in fautes:
            self.stdout.write(self.style.ERROR(f"- {faute}"))

    def _reprendre(self, sauvegarde: str) -> None:
        if not _est_connue(sauvegarde):  # any other name would excuse a journal that was cut
            raise CommandError(f"Aucune sauvegarde ne porte ce nom : {sauvegarde}.")
        try:
            reprise = ancrage.reprendre(
                sauvegarde=sauvegarde, par=systeme("manage.py verifier_journal")
            )
        except ErreurMetier as refus:
            raise CommandError(refus.message) from refus
        except PANNES as erreur:
            raise CommandError(f"Le dépôt des archives ne répond pas : {erreur}") from erreur
        self.stdout.write(f"{reprise.cle} : le journal reprend au maillon {reprise.rang}.")


def _est_connue(sauvegarde: str) -> bool:
    """Whether the catalogue, the vault or the folder of backups names it."""
    noms = (source.manifeste.nom for source in sources())
    return Sauvegarde.objects.filter(nom=sauvegarde).exists() or sauvegarde in noms


def _ancres() -> Bilan:
    """The anchors, or that they could not be read, which is a fault as well."""
    try:
        return ancrage.controler_les_ancres()
    except PANNES as erreur:
        return Bilan({}, [Anomalie("Ancres", f"le dépôt ne répond pas : {erreur}")])
