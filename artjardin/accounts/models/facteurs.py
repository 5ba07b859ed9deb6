"""The second factor: its encrypted secret, the recovery codes, and the lock against guessing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django_otp.models import Device

from artjardin.accounts.models.personnes import User


class Facteur(Device):
    """A TOTP device (RFC 6238) of a person: one confirmed, and one waiting for its first code.

    `secret` is encrypted and bound to the person (chiffrement.py). `dernier_pas` is the time step
    of the last code accepted: neither it nor an older one counts again.
    """

    secret = models.TextField(editable=False)
    dernier_pas = models.BigIntegerField(default=-1)
    cree_le = models.DateTimeField(default=timezone.now, editable=False)
    confirme_le = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "second facteur"
        verbose_name_plural = "seconds facteurs"
        constraints = [
            models.UniqueConstraint(fields=["user", "confirmed"], name="facteur_unique"),
        ]

    def __str__(self) -> str:
        return f"second facteur de {self.user}"

    def verify_token(self, token: Any) -> bool:
        """django-otp's door: True once per code, which is then used up. The row must be locked."""
        from artjardin.accounts.facteurs import accepter  # noqa: PLC0415 - the mechanism above us

        return accepter(self, str(token))


class CodeSecours(models.Model):
    """One of ten codes for the day the phone is lost. Hashed, used once."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="codes_secours")
    empreinte = models.CharField(max_length=64)
    cree_le = models.DateTimeField(default=timezone.now, editable=False)
    utilise_le = models.DateTimeField("utilisé le", null=True)

    class Meta:
        verbose_name = "code de secours"
        verbose_name_plural = "codes de secours"
        constraints = [
            models.UniqueConstraint(fields=["user", "empreinte"], name="code_secours_unique"),
        ]

    def __str__(self) -> str:
        return f"code de secours de {self.user}"


class Verrou(models.Model):
    """Attempts on one account's password or code, counted before they are evaluated."""

    clef = models.CharField(max_length=120, primary_key=True)
    essais = models.PositiveSmallIntegerField(default=0)
    fois = models.PositiveSmallIntegerField("verrouillages de suite", default=0)
    dernier_le = models.DateTimeField(default=timezone.now)
    jusqu_a = models.DateTimeField("jusqu'à", null=True)

    class Meta:
        verbose_name = "verrou"
        verbose_name_plural = "verrous"

    def __str__(self) -> str:
        return self.clef

    def ferme(self, *, a: datetime) -> bool:
        return self.jusqu_a is not None and self.jusqu_a > a
