"""Incidents: what was told to be down, since when, who took it in hand, when it was well again."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from artjardin.erreurs import Conflit
from artjardin.figer import SANS_TRUNCATE


class IncidentQuerySet(models.QuerySet["Incident"]):
    def ouverts(self) -> Self:
        return self.filter(clos_le=None)


class Incident(models.Model):
    """One thing in panne, from its opening to its end. Written by the watch, never removed.

    `cle` is the name of its probe; `numero` the name that the watch gave it, which it keeps when
    the database was away meanwhile. Acknowledging silences the reminders; it closes nothing.
    """

    class Gravite(models.TextChoices):
        CRITIQUE = "critique", "Critique"
        NORMALE = "normale", "Normale"

    numero = models.CharField("numéro", max_length=32, unique=True, editable=False)
    cle = models.CharField("sonde", max_length=80)
    titre = models.CharField(max_length=200)
    gravite = models.CharField("gravité", max_length=10, choices=Gravite, default=Gravite.NORMALE)
    ouvert_le = models.DateTimeField("en panne depuis")
    dernier_message = models.TextField("ce qui est constaté", blank=True)
    remede = models.TextField("que faire", blank=True)
    rappels = models.PositiveIntegerField(default=0)
    instable = models.BooleanField(default=False)
    acquitte_le = models.DateTimeField("pris en charge le", null=True)
    acquitte_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    acquitte_nom = models.CharField("pris en charge par", max_length=200, blank=True)
    commentaire = models.TextField(blank=True)
    clos_le = models.DateTimeField("rétabli le", null=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        app_label = "ops"
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("acquitter_incident", "Peut prendre en charge un incident")]
        indexes = [models.Index(fields=["cle", "-ouvert_le"], name="incident_cle")]
        constraints = [
            models.UniqueConstraint(
                fields=["cle"], condition=Q(clos_le=None), name="incident_un_ouvert"
            ),
            models.CheckConstraint(
                name="incident_fini_apres",
                condition=Q(clos_le=None) | Q(clos_le__gte=F("ouvert_le")),
            ),
            models.CheckConstraint(
                name="incident_acquitte_par",
                condition=Q(acquitte_le=None) | ~Q(acquitte_nom=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="jamais_efface", operation=pgtrigger.Delete),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"{self.titre}, le {timezone.localtime(self.ouvert_le):%d/%m/%Y à %H:%M}"

    @property
    def est_ouvert(self) -> bool:
        return self.clos_le is None

    def acquitter(self, *, par: object, nom: str, commentaire: str) -> None:
        """Somebody looks after it. Raise Conflit when it is over, or somebody does already."""
        if self.clos_le is not None:
            raise Conflit("Cet incident est clos.", code="incident_clos")
        if self.acquitte_le is not None:
            raise Conflit(f"{self.acquitte_nom} s'en charge déjà.", code="incident_deja_acquitte")
        self.acquitte_le, self.commentaire = timezone.now(), commentaire
        self.acquitte_par, self.acquitte_nom = par, nom[:200]  # type: ignore[assignment]


class Ronde(models.Model):
    """The last round of the watch, on one row: when, and on which machine."""

    le = models.DateTimeField()
    machine = models.CharField(max_length=100)

    class Meta:
        app_label = "ops"
        verbose_name = "ronde de la veille"
        default_permissions = ()
        constraints = [models.CheckConstraint(name="ronde_unique", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"{self.machine}, {timezone.localtime(self.le):%d/%m/%Y %H:%M:%S}"
