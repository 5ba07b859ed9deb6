"""The journal: who did what, on what, before and after, when, from where (design G9)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from artjardin.figer import AJOUT_SEUL, SANS_TRUNCATE


class Entree(models.Model):
    """One line of the journal: append-only, also for raw SQL. Names are frozen as text."""

    le = models.DateTimeField(default=timezone.now, db_index=True, editable=False)
    acteur = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    acteur_nom = models.CharField(max_length=200)
    action = models.CharField(max_length=80)
    objet_type = models.CharField(max_length=50)
    objet_id = models.BigIntegerField(null=True)
    objet_nom = models.CharField(max_length=300)
    avant = models.JSONField(default=dict)
    apres = models.JSONField(default=dict)
    details = models.JSONField(default=dict)
    adresse = models.GenericIPAddressField(null=True)
    requete = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "entrée du journal"
        verbose_name_plural = "journal"
        ordering = ["-id"]
        indexes = [models.Index(fields=["objet_type", "objet_id"], name="entree_objet")]
        triggers = [AJOUT_SEUL, SANS_TRUNCATE]

    def __str__(self) -> str:
        return f"{self.le:%d/%m/%Y %H:%M} {self.acteur_nom} : {self.action} {self.objet_nom}"


class Execution(models.Model):
    """One run of a scheduled job (design §5)."""

    class Resultat(models.TextChoices):
        EN_COURS = "en_cours", "En cours"
        REUSSI = "reussi", "Réussi"
        PARTIEL = "partiel", "Partiel"
        ECHEC = "echec", "Échec"

    tache = models.CharField("tâche", max_length=80)
    debut = models.DateTimeField("début", default=timezone.now, editable=False)
    fin = models.DateTimeField(null=True)
    resultat = models.CharField(
        "résultat", max_length=10, choices=Resultat, default=Resultat.EN_COURS
    )
    compteurs = models.JSONField(default=dict)
    erreur = models.TextField(blank=True)

    class Meta:
        verbose_name = "exécution"
        ordering = ["-id"]
        indexes = [models.Index(fields=["tache", "-debut"], name="execution_tache")]

    def __str__(self) -> str:
        return f"{self.tache} du {self.debut:%d/%m/%Y %H:%M}"
