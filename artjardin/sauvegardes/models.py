"""The catalogue of backups: what exists, where, and whether it was restored (design G7)."""

from __future__ import annotations

from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q

from artjardin.figer import SANS_TRUNCATE


class SauvegardeQuerySet(models.QuerySet["Sauvegarde"]):
    def presentes(self) -> Self:
        """Those of which a copy still lies somewhere."""
        return self.exclude(etat=Sauvegarde.Etat.SUPPRIMEE)

    def verifiees(self) -> Self:
        return self.filter(etat=Sauvegarde.Etat.VERIFIEE)

    def qui_comptent(self) -> Self:
        """Verified, and off-site: those that a bad day leaves (design G7)."""
        return self.verifiees().filter(distante=True)


class Sauvegarde(models.Model):
    """One complete backup. A row exists only once its file is whole, hashed and on the disk.

    `manifeste` is what was counted at its instant; `rapport` what the drill found. A run that
    failed leaves an Execution and no row here.
    """

    class Motif(models.TextChoices):
        QUOTIDIENNE = "quotidienne", "Quotidienne"
        MIGRATION = "migration", "Avant une migration"
        DEMANDE = "demande", "À la demande"

    class Etat(models.TextChoices):
        FAITE = "faite", "Faite, pas encore vérifiée"
        VERIFIEE = "verifiee", "Vérifiée : restaurée et contrôlée"
        REFUSEE = "refusee", "Refusée par l'exercice"
        ALTEREE = "alteree", "Altérée"
        SUPPRIMEE = "supprimee", "Supprimée par la rétention"

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Etat.FAITE: {Etat.VERIFIEE, Etat.REFUSEE, Etat.ALTEREE, Etat.SUPPRIMEE},
        Etat.VERIFIEE: {Etat.VERIFIEE, Etat.REFUSEE, Etat.ALTEREE, Etat.SUPPRIMEE},
        Etat.REFUSEE: {Etat.VERIFIEE, Etat.REFUSEE, Etat.ALTEREE, Etat.SUPPRIMEE},
        Etat.ALTEREE: {Etat.VERIFIEE, Etat.REFUSEE, Etat.ALTEREE, Etat.SUPPRIMEE},
        Etat.SUPPRIMEE: set(),
    }

    nom = models.CharField(max_length=60, unique=True)
    motif = models.CharField(max_length=12, choices=Motif)
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.FAITE)
    faite_le = models.DateTimeField("faite le", db_index=True)
    duree = models.DurationField("durée")
    taille = models.PositiveBigIntegerField()
    sha256 = models.CharField("SHA-256", max_length=64)
    manifeste = models.JSONField()
    locale = models.BooleanField("copie locale", default=True)
    distante = models.BooleanField("copie hors site", default=False)
    version = models.CharField("version hors site", max_length=250, blank=True)
    verrouillee_jusqu_au = models.DateTimeField("verrouillée jusqu'au", null=True)
    verifiee_le = models.DateTimeField("vérifiée le", null=True)
    relue_le = models.DateTimeField("relue le", null=True)
    rapport = models.JSONField(default=dict)
    erreur = models.TextField(blank=True)

    objects = SauvegardeQuerySet.as_manager()

    class Meta:
        verbose_name = "sauvegarde"
        ordering = ["-faite_le"]
        constraints = [
            models.CheckConstraint(
                name="sauvegarde_verifiee_le",
                condition=~Q(etat="verifiee") | Q(verifiee_le__isnull=False),
            ),
            models.CheckConstraint(
                name="sauvegarde_quelque_part",
                condition=Q(etat="supprimee") | Q(locale=True) | Q(distante=True),
            ),
            models.CheckConstraint(
                name="sauvegarde_entiere",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$", taille__gt=0),
            ),
        ]
        permissions = [("lancer_sauvegarde", "Peut lancer et vérifier une sauvegarde")]
        triggers = [
            pgtrigger.Protect(name="jamais_effacee", operation=pgtrigger.Delete),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"Sauvegarde {self.nom}"
