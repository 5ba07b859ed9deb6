"""Plans of reminders: one for each type of client, or another for a given client; their levels."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from artjardin.temoins import Temoin
from clients.models import Client

SEMAINE = 7  # days: a client never gets two levels of one invoice within a week


class Ton(models.TextChoices):
    """How a level speaks; its texts are in Modele."""

    AMICAL = "amical", "Rappel amical"
    FERME = "ferme", "Rappel ferme"
    MISE_EN_DEMEURE = "mise_en_demeure", "Mise en demeure"


class PlanDeRelance(models.Model):
    """A series of levels. The plan of a type serves every client of that type."""

    nom = models.CharField(max_length=60, unique=True)
    type_client = models.CharField(
        "clients concernés",
        max_length=15,
        blank=True,
        choices=Client.Type,
        help_text="Vide : seulement les clients à qui ce plan est donné.",
    )

    TEMOIN = Temoin(["nom", "type_client"])

    class Meta:
        verbose_name = "plan de relance"
        verbose_name_plural = "plans de relance"
        ordering = ["nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["type_client"],
                condition=~Q(type_client=""),
                name="plan_unique_par_type",
                violation_error_message="Ces clients ont déjà un plan.",
            ),
        ]

    def __str__(self) -> str:
        return self.nom


class Niveau(models.Model):
    """A step of a plan, ordered by days past the due date. Editable by the office."""

    class Canal(models.TextChoices):
        COURRIEL = "courriel", "Courriel"
        LETTRE = "lettre", "Lettre"
        LES_DEUX = "les_deux", "Courriel et lettre"

    plan = models.ForeignKey(PlanDeRelance, on_delete=models.PROTECT, related_name="niveaux")
    jours = models.PositiveSmallIntegerField("jours après l'échéance")
    nom = models.CharField(max_length=60)
    ton = models.CharField(max_length=20, choices=Ton)
    canal = models.CharField(
        max_length=10,
        choices=Canal,
        default=Canal.COURRIEL,
        help_text="Sans adresse e-mail, ou si elle ne marche plus, c'est une lettre.",
    )
    delai_minimum = models.PositiveSmallIntegerField(
        "jours depuis la relance précédente", default=SEMAINE
    )
    actif = models.BooleanField(default=True)

    TEMOIN = Temoin(["plan", "jours", "nom", "ton", "canal", "delai_minimum", "actif"])

    class Meta:
        verbose_name_plural = "niveaux"
        ordering = ["plan", "jours"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "jours"],
                name="niveau_unique_par_plan",
                violation_error_message="Ce plan a déjà un niveau à ce nombre de jours.",
            ),
            models.CheckConstraint(
                name="niveau_apres_echeance",
                condition=Q(jours__gt=0),
                violation_error_message="Une relance vient après l'échéance : 1 jour au moins.",
            ),
            models.CheckConstraint(
                name="niveau_delai",
                condition=Q(delai_minimum__gte=SEMAINE),
                violation_error_message="Jamais deux niveaux dans la même semaine : 7 jours.",
            ),
        ]

    def __str__(self) -> str:
        return f"J+{self.jours} {self.nom}"

    def clean(self) -> None:
        """Say on the field itself that two levels of a plan are never on the same day."""
        memes = Niveau.objects.filter(plan=self.plan_id, jours=self.jours).exclude(pk=self.pk)
        if memes.exists():
            raise ValidationError({"jours": "Ce plan a déjà un niveau à ce nombre de jours."})


class PlanDuClient(models.Model):
    """The plan of a client that does not follow the plan of its type."""

    client = models.OneToOneField(
        Client, primary_key=True, on_delete=models.PROTECT, related_name="plan_de_relance"
    )
    plan = models.ForeignKey(PlanDeRelance, on_delete=models.PROTECT, related_name="clients")

    TEMOIN = Temoin(["plan"])

    class Meta:
        verbose_name = "plan d'un client"
        verbose_name_plural = "plans des clients"

    def __str__(self) -> str:
        return f"{self.client} : {self.plan}"
