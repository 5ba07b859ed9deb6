"""Links sent by mail to one person, for one use."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from artjardin.accounts.models.personnes import User


class Lien(models.Model):
    """The right to choose a password, once. What the mail holds is signed and stored nowhere."""

    class Genre(models.TextChoices):
        INVITATION = "invitation", "Invitation"
        OUBLI = "oubli", "Mot de passe oublié"

    DUREES = {Genre.INVITATION: timedelta(hours=72), Genre.OUBLI: timedelta(hours=1)}

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="liens")
    genre = models.CharField(max_length=12, choices=Genre)
    cree_le = models.DateTimeField(default=timezone.now, editable=False)
    expire_le = models.DateTimeField()
    utilise_le = models.DateTimeField("utilisé le", null=True)
    annule_le = models.DateTimeField("annulé le", null=True)

    class Meta:
        verbose_name = "lien"

    def __str__(self) -> str:
        return f"{self.get_genre_display()} de {self.user}"

    def sert(self, *, a: datetime) -> bool:
        """Whether it can still be used."""
        return self.utilise_le is None and self.annule_le is None and self.expire_le > a
