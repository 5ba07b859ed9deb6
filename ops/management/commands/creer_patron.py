"""`manage.py creer_patron EMAIL`: the first account of a real installation."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import Role
from artjardin.erreurs import ErreurMetier
from ops.comptes.gestion import ouvrir_compte


class Command(BaseCommand):
    help = "Ouvre un compte de patron. Le mot de passe est demandé, ou lu sur l'entrée standard."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--prenom", default="")
        parser.add_argument("--nom", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        champs = {champ: options[champ] for champ in ("email", "prenom", "nom")}
        try:
            user = ouvrir_compte(
                mot_de_passe=demander_le_mot_de_passe(),
                role=Role.PATRON,
                par=systeme("creer_patron"),
                **champs,
            )
        except ErreurMetier as erreur:
            details = [texte for textes in erreur.champs.values() for texte in textes]
            raise CommandError(" ".join([erreur.message, *details])) from erreur
        self.stdout.write(f"Compte de patron ouvert : {user.email}")


def demander_le_mot_de_passe() -> str:
    """Twice at a terminal, else the first line of the standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    secret = getpass("Mot de passe : ")
    if getpass("Encore une fois : ") != secret:
        raise CommandError("Les deux mots de passe diffèrent.")
    return secret
