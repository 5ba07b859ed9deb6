"""Reminders: the levels, the daily run, and the ledger that makes each one unique (design G4)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from facturation.models import Facture


class Niveau(models.Model):
    """A step of the reminders, ordered by days past the due date. Editable by the office."""

    jours = models.PositiveSmallIntegerField("jours après l'échéance", unique=True)
    nom = models.CharField(max_length=60)
    gabarit = models.CharField("modèle de message", max_length=40)
    delai_minimum = models.PositiveSmallIntegerField(
        "jours depuis la relance précédente", default=7
    )
    actif = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "niveaux"
        ordering = ["jours"]
        constraints = [
            models.CheckConstraint(name="niveau_apres_echeance", condition=Q(jours__gt=0)),
            models.CheckConstraint(name="niveau_delai", condition=Q(delai_minimum__gt=0)),
        ]

    def __str__(self) -> str:
        return f"J+{self.jours} {self.nom}"


class Passage(models.Model):
    """The reminder run of one day: it never happens twice."""

    jour = models.DateField(unique=True)
    debut = models.DateTimeField(default=timezone.now, editable=False)
    fin = models.DateTimeField(null=True)
    lance_par = models.CharField(max_length=200)
    automatique = models.BooleanField(default=False)
    prevues = models.PositiveIntegerField(default=0)
    relancees = models.PositiveIntegerField(default=0)
    courriels = models.PositiveIntegerField(default=0)
    lettres = models.PositiveIntegerField(default=0)
    echecs = models.PositiveIntegerField(default=0)
    ecartees = models.JSONField(default=dict)

    class Meta:
        ordering = ["-jour"]
        permissions = [("lancer_passage", "Peut lancer et suspendre les relances")]

    def __str__(self) -> str:
        return f"Relances du {self.jour:%d/%m/%Y}"

    @property
    def est_fini(self) -> bool:
        return self.fin is not None


class RelanceQuerySet(models.QuerySet["Relance"]):
    def valables(self) -> RelanceQuerySet:
        return self.filter(annulee_le=None)

    def a_poster(self) -> RelanceQuerySet:
        return self.valables().filter(canal=Relance.Canal.POSTE, postee_le=None)


class Relance(models.Model):
    """One line of the ledger, committed before anything leaves: one level of one invoice."""

    class Canal(models.TextChoices):
        COURRIEL = "courriel", "Courriel"
        POSTE = "poste", "Lettre"

    passage = models.ForeignKey(Passage, on_delete=models.PROTECT, related_name="relances")
    facture = models.ForeignKey(Facture, on_delete=models.PROTECT, related_name="relances")
    niveau = models.ForeignKey(Niveau, on_delete=models.PROTECT, related_name="relances")
    jour = models.DateField()
    canal = models.CharField(max_length=10, choices=Canal)
    solde = models.DecimalField("solde relancé", max_digits=12, decimal_places=2)
    retard = models.PositiveIntegerField("jours de retard")
    courriel = models.ForeignKey(
        Courriel, null=True, on_delete=models.PROTECT, related_name="relances"
    )
    lettre = models.ForeignKey(
        Document, null=True, on_delete=models.PROTECT, related_name="relances"
    )
    cree_le = models.DateTimeField(default=timezone.now, editable=False)
    annulee_le = models.DateTimeField("annulée le", null=True)
    annulation = models.CharField("motif d'annulation", max_length=100, blank=True)
    postee_le = models.DateTimeField("postée le", null=True)

    objects = RelanceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            # A reminder cancelled before it left did not go out: that level may be made again
            models.UniqueConstraint(
                fields=["facture", "niveau"],
                condition=Q(annulee_le=None),
                name="relance_unique_par_niveau",
            ),
            models.UniqueConstraint(
                fields=["facture", "jour"],
                condition=Q(annulee_le=None),
                name="relance_une_par_jour",
            ),
        ]
        indexes = [
            models.Index(fields=["facture", "niveau", "jour"], name="relance_derniere"),
            models.Index(fields=["courriel"], name="relance_courriel"),
        ]

    def __str__(self) -> str:
        return f"{self.niveau} pour {self.facture}"


class Avancement(models.Model):
    """View: the highest level an invoice was reminded at (its days), and when last."""

    facture = models.OneToOneField(
        Facture, primary_key=True, on_delete=models.DO_NOTHING, related_name="avancement"
    )
    jours = models.PositiveSmallIntegerField()
    dernier = models.DateField()

    class Meta:
        managed = False
        db_table = "relances_avancement"

    def __str__(self) -> str:
        return f"J+{self.jours} le {self.dernier:%d/%m/%Y}"
