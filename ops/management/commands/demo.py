"""`manage.py demo`: a believable year of the firm, on an empty database only."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from artjardin.audit.services import exclusif
from ops.demo.chargement import adresse, base_vide, charger
from ops.demo.noms import EQUIPE

REFUS = (
    "Cette base contient déjà des données (clients, factures ou comptes) : "
    "la démonstration ne se charge que sur une base neuve."
)


class Command(BaseCommand):
    help = "Charge une année de démonstration sur une base neuve."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--si-vide", action="store_true", help="ne rien dire de grave sinon")
        parser.add_argument("--au", type=_jour, help="dernier jour de l'année simulée (AAAA-MM-JJ)")
        parser.add_argument("--forcer", action="store_true", help="même avec une vraie base")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.EMBARQUE or options["forcer"]):
            raise CommandError(
                "DATABASE_URL désigne une vraie base : ajoutez --forcer si c'est bien voulu."
            )
        with exclusif("demo") as libre:
            if libre and base_vide():
                self._charger(options["au"] or timezone.localdate())
            elif options["si_vide"]:
                self.stdout.write("La base n'est pas vide : rien n'a été chargé.")
            else:
                raise CommandError(REFUS)

    def _charger(self, au: date) -> None:
        if au > timezone.localdate():
            raise CommandError("La démonstration ne peut pas finir dans l'avenir.")
        comptes = charger(au=au)
        bilan = ", ".join(f"{nombre} {nom}" for nom, nombre in comptes.items())
        self.stdout.write(f"Démonstration chargée : {bilan}.")
        ecrire_en_prive(settings.DONNEES / "logins.txt", table_des_logins())
        self.stdout.write(table_des_logins())


def table_des_logins() -> str:
    lignes = [("rôle", "adresse e-mail", "mot de passe")]
    lignes += [(role, adresse(prenom, nom), secret) for role, prenom, nom, secret in EQUIPE]
    comptes = [f"  {role:<10} {email:<36} {secret}" for role, email, secret in lignes]
    return "\n".join(
        [*comptes, "  Un patron met en place son second facteur à sa première entrée."]
    )


def ecrire_en_prive(fichier: Path, texte: str) -> None:
    """Readable by the owner only, from its first byte; complete or absent."""
    provisoire = fichier.with_suffix(".tmp")
    provisoire.unlink(missing_ok=True)
    descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descripteur, "w", encoding="utf-8") as flux:
        flux.write(f"{texte}\n")
    provisoire.replace(fichier)


def _jour(texte: str) -> date:
    return date.fromisoformat(texte)
