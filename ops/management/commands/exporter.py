"""`manage.py exporter --vers FICHIER`: everything, or the sales journal, to a file of one's own."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from artjardin.accounts.auteur import systeme
from artjardin.erreurs import ErreurMetier
from ops.exports import services
from ops.exports.production import produire
from ops.models import Export

ROBOT = systeme("exporter")


class Command(BaseCommand):
    help = "Exporte toutes les données (ZIP), ou le journal des ventes d'une période (TXT)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--vers", type=Path, required=True, help="le fichier à écrire")
        parser.add_argument("--ventes", action="store_true", help="le journal des ventes seul")
        parser.add_argument("--du", type=date.fromisoformat, help="AAAA-MM-JJ")
        parser.add_argument("--au", type=date.fromisoformat, help="AAAA-MM-JJ, inclus")
        parser.add_argument("--paiements", action="store_true", help="avec les encaissements")
        parser.add_argument("--reprises", action="store_true", help="avec les factures reprises")

    def handle(self, *args: Any, **options: Any) -> None:
        vers: Path = options["vers"].absolute()
        if vers.exists():
            raise CommandError(f"{vers} existe déjà : choisissez un autre nom.")
        try:
            export = _demander(options)
        except ErreurMetier as refus:
            raise CommandError(refus.message) from refus
        produire(export.pk, vers=vers, suivi=self._raconter)
        export.refresh_from_db()
        if export.erreur:
            raise CommandError(export.erreur)
        self.stdout.write(f"{vers} : {export.taille} octets, SHA-256 {export.sha256}")
        self.stdout.write(json.dumps(export.bilan, ensure_ascii=False))
        if manquants := export.bilan.get("manquants_en_tout"):
            raise CommandError(f"Export incomplet : {manquants} documents manquent.")

    def _raconter(self, pourcent: int, etape: str) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{pourcent:3} % {etape[:70]:70}", ending="")


def _demander(options: dict[str, Any]) -> Export:
    if not options["ventes"]:
        return services.exporter_tout(par=ROBOT)
    if not (options["du"] and options["au"]):
        raise CommandError("--ventes demande --du et --au.")
    choix = {clef: options[clef] for clef in ("du", "au", "paiements", "reprises")}
    return services.exporter_les_ventes(par=ROBOT, **choix)
