"""Idempotency keys (design G12), and the counters of limits while Valkey is down."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

DUREE = timedelta(hours=24)


class Clef(models.Model):
    """One answered request. Written in the very transaction of what the request did."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    clef = models.CharField(max_length=255)
    empreinte = models.CharField(max_length=64)
    statut = models.PositiveSmallIntegerField()
    reponse = models.BinaryField()
    cree_le = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "clef"], name="clef_idempotence_unique"),
        ]

    def __str__(self) -> str:
        return self.clef


class Compteur(models.Model):
    """How often something was asked in a window: only while Valkey does not count (limites.py)."""

    clef = models.CharField(max_length=120, primary_key=True)
    nombre = models.PositiveIntegerField(default=0)
    fin = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "compteur"

    def __str__(self) -> str:
        return self.clef
