"""`manage.py verifier_concordance`: rows against the journal, and mails against what left."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from artjardin.accounts.auteur import systeme
from artjardin.audit import concordance
from artjardin.audit.constat import prendre_acte
from artjardin.controles import Bilan
from artjardin.outbox import relecture

PAR = systeme("manage.py verifier_concordance")
MONTREES = 50  # faults kept in the journal with the reason


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
        parser.add_argument(
            "--prendre-acte",
            metavar="MOTIF",
            help="écrit au journal les lignes telles qu'elles sont : après une correction en SQL, "
            "une fois chacune comprise ; le journal garde ce qu'elles étaient et le motif",
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
        if options["prendre_acte"]:
            self._prendre_acte(bilans[0], motif=options["prendre_acte"])
        elif fautes:
            raise CommandError(f"{len(fautes)} faute(s).")

    def _prendre_acte(self, bilan: Bilan, *, motif: str) -> None:
        fautes = [str(anomalie) for anomalie in bilan.anomalies]
        nombre = prendre_acte(par=PAR, motif=motif, fautes=fautes[:MONTREES])
        self.stdout.write(f"Le journal a pris acte de {nombre} ligne(s).")

    def _raconter(self, lus: dict[str, int], fautes: list[str]) -> None:
        self.stdout.write(f"{lus['lignes_temoignees']} lignes comparées au journal.")
        if "courriels_relus" in lus:
            self.stdout.write(
                f"{lus['courriels_relus']} courriels relus, {lus['courriels_illisibles']} dont une "
                "pièce ne se lit pas."
            )
        for faute in fautes:
            self.stdout.write(self.style.ERROR(f"- {faute}"))
