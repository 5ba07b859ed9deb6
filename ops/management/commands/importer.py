"""`manage.py importer clients|factures FICHIER`: what the office brings from its old program."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.erreurs import ErreurMetier
from clients.importation import analyser_clients, importer_clients, resumer_clients
from clients.lecture import OCTETS_MAX
from clients.rapport import Action, Constat, Rapport
from facturation.importation import analyser_factures, importer_factures, resumer_factures

Import = Callable[..., Rapport]
QUOI: dict[str, tuple[Import, Import, Callable[[Rapport], dict[str, Any]]]] = {
    "clients": (analyser_clients, importer_clients, resumer_clients),
    "factures": (analyser_factures, importer_factures, resumer_factures),
}
DEVENIRS = {
    Action.CREER: "nouvelle",
    Action.MODIFIER: "modifiée",
    Action.INCHANGE: "inchangée",
    Action.REJET: "refusée",
    Action.DOUBLON: "en double",
}


class Command(BaseCommand):
    help = "Importe les clients ou les factures ouvertes d'un fichier CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("quoi", choices=sorted(QUOI))
        parser.add_argument("fichier", type=Path)
        parser.add_argument("--essai", action="store_true", help="tout lire, ne rien écrire")
        parser.add_argument("--json", action="store_true", help="un objet JSON sur la sortie")
        parser.add_argument("--rejets", type=Path, help="où écrire les lignes refusées (CSV)")

    def handle(self, *args: Any, **options: Any) -> None:
        quoi, fichier = options["quoi"], options["fichier"]
        destination = _destination(fichier, options["rejets"], quoi=quoi)
        rapport = _importer(quoi, fichier, essai=options["essai"])
        ecrit = _ecrire_les_rejets(rapport, destination)
        if options["json"]:
            resume = QUOI[quoi][2](rapport) | {"fichier_rejets": str(ecrit) if ecrit else None}
            self.stdout.write(json.dumps(resume, ensure_ascii=False))
        else:
            self._raconter(rapport, ecrit)

    def _raconter(self, rapport: Rapport, rejets: Path | None) -> None:
        if rapport.essai:
            self._detailler(rapport)
        nombres = rapport.compter()
        self.stdout.write(
            "Lignes : {crees} nouvelles, {modifies} modifiées, {inchanges} inchangées, "
            "{rejetes} refusées, {doublons} en double.".format(**nombres)
        )
        if rapport.colonnes_ignorees:
            self.stdout.write(f"Colonnes ignorées : {', '.join(rapport.colonnes_ignorees)}.")
        for constat in rapport.refuses:
            self.stdout.write(f"Refusée, {_situer(constat)} : {constat.message}")
        for constat in rapport.ceux(Action.MODIFIER):
            changements = " ; ".join(str(changement) for changement in constat.changements)
            self.stdout.write(f"Modifiée, {_situer(constat)} : {changements}")
        if rejets:
            self.stdout.write(f"Lignes refusées, à corriger : {rejets}")
        self.stdout.write(rapport.phrase)

    def _detailler(self, rapport: Rapport) -> None:
        for constat in rapport.constats:
            self.stdout.write(f"{_situer(constat)} : {DEVENIRS[constat.action]}")


def _importer(quoi: str, fichier: Path, *, essai: bool) -> Rapport:
    analyser, importer, _ = QUOI[quoi]
    agir = analyser if essai else importer
    try:
        with fichier.open("rb") as flux:
            octets = flux.read(OCTETS_MAX + 1)
        return agir(octets, fichier=fichier.name, par=systeme("import"))
    except OSError as erreur:
        raise CommandError(f"{fichier} ne se lit pas : {erreur.strerror}.") from erreur
    except ErreurMetier as erreur:
        raise CommandError(erreur.message) from erreur
    except IntegrityError as erreur:
        message = "Les données ont changé pendant l'import ; rien n'est enregistré, recommencez."
        raise CommandError(message) from erreur


def _destination(fichier: Path, rejets: Path | None, *, quoi: str) -> Path:
    """Where the refused rows go, ready to be written, never over the file itself."""
    nom = f"{timezone.localtime():%Y%m%d-%H%M%S-%f}-{quoi}-rejets.csv"
    chemin = rejets or settings.DONNEES / "imports" / nom
    if chemin.resolve() == fichier.resolve():
        raise CommandError("--rejets écraserait le fichier à importer.")
    try:
        chemin.parent.mkdir(parents=True, exist_ok=True)
    except OSError as erreur:
        raise CommandError(f"{chemin.parent} ne se crée pas : {erreur.strerror}.") from erreur
    return chemin


def _ecrire_les_rejets(rapport: Rapport, chemin: Path) -> Path | None:
    """With a byte order mark, so that a spreadsheet sees the accents."""
    if not rapport.refuses:
        return None
    try:
        chemin.write_text(rapport.rejets_csv(), encoding="utf-8-sig", newline="")
    except OSError as erreur:
        message = f"L'import est fait, mais {chemin} ne s'écrit pas : {erreur.strerror}."
        raise CommandError(message) from erreur
    return chemin


def _situer(constat: Constat) -> str:
    return f"ligne {constat.ligne} ({constat.cle or 'sans référence'})"
