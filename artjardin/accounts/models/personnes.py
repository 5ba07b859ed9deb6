"""People of the firm."""

from __future__ import annotations

import unicodedata
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from artjardin.temoins import Temoin


class Role(models.TextChoices):
    """The three roles: groups whose permissions stand in ops/roles.py."""

    PATRON = "patron", "Patron"
    EMPLOYE = "employe", "Employé"
    COMPTABLE = "comptable", "Comptable"


def normaliser(email: str) -> str:
    """The one form under which an address is stored, looked for, and counted.

    PostgreSQL's own upper case would take a dotless i for an i, where a lock would not.

    >>> normaliser(" Claire@Art-Jardin.example ")
    'claire@art-jardin.example'
    """
    return unicodedata.normalize("NFKC", email).strip().lower()


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **champs: Any) -> User:
        user = self.model(email=normaliser(email), **champs)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **champs: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **champs)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normaliser(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in with an email address. Deactivated, never deleted."""

    email = models.EmailField("adresse e-mail", max_length=254, unique=True)
    prenom = models.CharField("prénom", max_length=80, blank=True)
    nom = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField("actif", default=True)
    is_staff = models.BooleanField("accès au bureau", default=True)
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False)

    objects = UserManager()
    roles_lus: frozenset[str] | None = None
    TEMOIN = Temoin(
        ["email", "prenom", "nom", "is_active", "is_staff", "is_superuser"],
        calculs={
            "roles": """(
                SELECT coalesce(jsonb_agg(g.name ORDER BY g.name), '[]')
                FROM accounts_user_groups u JOIN auth_group g ON g.id = u.group_id
                WHERE u.user_id = r.id
            )""",
            "second_facteur": """EXISTS (
                SELECT FROM accounts_facteur f WHERE f.user_id = r.id AND f.confirmed
            )""",
        },
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = "utilisateur"
        ordering = ["nom", "prenom"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message="Un compte existe déjà avec cette adresse.",
            ),
        ]
        # The journal and the documents name it for ever
        triggers = [pgtrigger.Protect(name="compte_garde", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.prenom} {self.nom}".strip() or self.email

    def get_full_name(self) -> str:
        return str(self)

    @property
    def roles(self) -> frozenset[str]:
        """Names of its groups; those that came with its token, when it came by one."""
        lus = self.roles_lus
        return frozenset(groupe.name for groupe in self.groups.all()) if lus is None else lus

    @property
    def doit_avoir_un_facteur(self) -> bool:
        """Whether a second factor is compulsory: ROLES_2FA_OBLIGATOIRE, and any superuser."""
        return self.is_superuser or not self.roles.isdisjoint(settings.ROLES_2FA_OBLIGATOIRE)
