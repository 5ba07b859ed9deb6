"""Decisions that hold reminders back: pause, promise to pay, exclusion, dispute, one held line.

The exclusion of a whole client stands on the client, and the dispute of an invoice on the invoice
(lower apps own them: imports and accounts show them). Everything else is here.
"""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from artjardin.argent import en_euros
from artjardin.figer import SANS_TRUNCATE
from artjardin.temoins import Temoin
from clients.models import Client
from facturation.models import Facture


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def en_cours(self, *, au: date) -> Self:
        """Holding on that Paris date; the last day is included."""
        ouverte = Q(fin=None) | Q(fin__gte=au)
        return self.filter(ouverte, debut__lte=au, levee_le=None)

    def promesses_echues(self, *, au: date) -> Self:
        """Promises whose day is past, not lifted: kept or broken, the payments say."""
        return self.filter(genre=Suspension.Genre.PROMESSE, fin__lt=au, levee_le=None)


class Suspension(models.Model):
    """No reminder for an invoice, or for all those of a client, for a reason and until an end."""

    class Genre(models.TextChoices):
        EXCLUSION = "exclusion", "Exclusion"
        PAUSE = "pause", "Pause"
        PROMESSE = "promesse", "Promesse de paiement"
        LITIGE = "litige", "Litige"
        RETENUE = "retenue", "Ligne retenue"

    TENUE = "tenue"  # who lifts a promise that was kept

    genre = models.CharField(max_length=10, choices=Genre)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="suspensions")
    facture = models.ForeignKey(
        Facture, null=True, blank=True, on_delete=models.PROTECT, related_name="suspensions"
    )
    motif = models.CharField(max_length=200)
    debut = models.DateField("depuis le")
    fin = models.DateField("dernier jour", null=True, blank=True)
    montant = models.DecimalField(
        "montant promis", max_digits=12, decimal_places=2, null=True, blank=True
    )
    par = models.CharField("décidée par", max_length=200)
    cree_le = models.DateTimeField(default=timezone.now, editable=False)
    levee_le = models.DateTimeField("levée le", null=True, blank=True)
    levee_par = models.CharField("levée par", max_length=200, blank=True)
    signalee_le = models.DateTimeField("non tenue, signalée le", null=True, editable=False)

    objects = SuspensionQuerySet.as_manager()
    TEMOIN = Temoin(
        [
            "genre", "client", "facture", "motif", "debut", "fin", "montant", "par", "levee_le",
            "levee_par", "signalee_le",
        ]
    )  # fmt: skip

    class Meta:
        verbose_name = "suspension"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "facture", "genre"],
                condition=Q(levee_le=None),
                nulls_distinct=False,
                name="suspension_une_de_chaque_genre",
            ),
            models.CheckConstraint(
                name="suspension_bornee", condition=Q(fin=None) | Q(fin__gte=F("debut"))
            ),
            models.CheckConstraint(name="suspension_motivee", condition=~Q(motif="")),
            models.CheckConstraint(
                name="suspension_finit",
                condition=Q(genre__in=["exclusion", "litige"]) | Q(fin__isnull=False),
            ),
            models.CheckConstraint(
                name="suspension_promet",
                condition=Q(genre="promesse", montant__gt=0)
                | (~Q(genre="promesse") & Q(montant=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["client"], name="suspension_ouverte", condition=Q(levee_le=None)),
        ]
        triggers = [SANS_TRUNCATE]

    def __str__(self) -> str:
        cible = self.facture or self.client
        fin = f" jusqu'au {self.fin:%d/%m/%Y}" if self.fin else ""
        promis = f" de {en_euros(self.montant)}" if self.montant else ""
        return f"{self.get_genre_display()}{promis} pour {cible}{fin}"

    @property
    def etat(self) -> str:
        """en_cours, terminee (its last day is past), non_tenue (a broken promise), tenue, levee."""
        if self.levee_le is not None:
            return "tenue" if self.levee_par == self.TENUE else "levee"
        if self.signalee_le is not None:
            return "non_tenue"
        passee = self.fin is not None and self.fin < timezone.localdate()
        return "terminee" if passee else "en_cours"
