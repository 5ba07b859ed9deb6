"""Restorations: the days on which the database turned out to be older than what had left."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone


class RestaurationQuerySet(models.QuerySet["Restauration"]):
    def ouvertes(self) -> Self:
        """Nobody has said yet what left since the backup."""
        return self.filter(levee_le=None)


class Restauration(models.Model):
    """A backup was restored: what left after it is not in this database, until a person lifts it.

    `repere` is the number of the last hand-over known outside the database, None when no mark was
    left to tell; `connu` the last one known inside it.
    """

    le = models.DateTimeField(default=timezone.now, editable=False)
    repere = models.BigIntegerField("dernière remise connue hors de la base", null=True)
    connu = models.BigIntegerField("dernière remise connue de la base")
    levee_le = models.DateTimeField("levée le", null=True, blank=True)
    levee_par = models.CharField("levée par", max_length=200, blank=True)

    objects = RestaurationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="restauration_levee_par", condition=Q(levee_le=None) | ~Q(levee_par="")
            ),
        ]

    def __str__(self) -> str:
        return f"Base restaurée, constaté le {timezone.localtime(self.le):%d/%m/%Y à %H:%M}"

    @property
    def inconnus(self) -> int | None:
        """How many hand-overs happened that this database does not know; None: nobody can say."""
        return None if self.repere is None else self.repere - self.connu
