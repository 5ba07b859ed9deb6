"""`manage.py reinitialiser_facteur EMAIL`: the way back in without phone, codes or patrons."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import User
from artjardin.accounts.models.personnes import normaliser
from artjardin.erreurs import ErreurMetier
from ops.comptes.facteur import reinitialiser


class Command(BaseCommand):
    help = "Retire le second facteur d'un compte : il en mettra un autre à sa prochaine connexion."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=normaliser(options["email"])).first()
        if user is None:
            raise CommandError(f"Aucun compte n'a l'adresse {options['email']}.")
        try:
            reinitialiser(user, par=systeme("reinitialiser_facteur"))
        except ErreurMetier as erreur:
            raise CommandError(erreur.message) from erreur
        self.stdout.write(f"Second facteur retiré : {user.email}. Les patrons sont prévenus.")
