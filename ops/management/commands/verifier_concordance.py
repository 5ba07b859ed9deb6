"""`manage.py verifier_concordance`: rows against the journal, and mails against what left."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from artjardin.audit import concordance
from artjardin.outbox import relecture


class Command(BaseCommand):
    help = (
        "Compare les lignes de la base à ce que le journal en dit ; code 1 s'il y a une faute. "
        "Ne change rien. « verifier_journal » vérifie le journal lui-même."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--courriels",
            action="store_true",
            help="réécrit aussi tous les courriels partis (la nuit en tire 200 au hasard)",
        )
        parser.add_argument("--json", action="store_true", help="un objet JSON sur la sortie")

    def handle(self, *args: Any, **options: Any) -> None:
        bilans = [concordance.controler()]
        if options["courriels"]:
            bilans.append(relecture.controler(echantillon=None))
        lus = {nom: nombre for bilan in bilans for nom, nombre in bilan.lus.items()}
        fautes = [str(anomalie) for bilan in bilans for anomalie in bilan.anomalies]
        if options["json"]:
            self.stdout.write(json.dumps({"lus": lus, "anomalies": fautes}, ensure_ascii=False))
        else:
            self._raconter(lus, fautes)
        if fautes:
            raise CommandError(f"{len(fautes)} faute(s).")

    def _raconter(self, lus: dict[str, int], fautes: list[str]) -> None:
        self.stdout.write(f"{lus['lignes_temoignees']} lignes comparées au journal.")
        if "courriels_relus" in lus:
            self.stdout.write(
                f"{lus['courriels_relus']} courriels relus, {lus['courriels_illisibles']} dont une "
                "pièce ne se lit pas."
            )
        for faute in fautes:
            self.stdout.write(self.style.ERROR(f"- {faute}"))
