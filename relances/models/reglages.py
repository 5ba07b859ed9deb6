"""What the office sets once for all reminders, and what it releases by one click."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone

from artjardin.figer import AJOUT_SEUL, SANS_TRUNCATE
from artjardin.temoins import Temoin
from clients.models import Client


class Reglages(models.Model):
    """The settings of the reminders: one row."""

    CHAMPS = ["fraicheur_jours", "credit_bloque", "tolerance", "remercier", "apercu_par_courriel"]
    TEMOIN = Temoin(CHAMPS)

    fraicheur_jours = models.PositiveSmallIntegerField(
        "jours sans paiement saisi avant de douter",
        default=10,
        help_text="Au-delà, aucune relance ne part sans l'accord d'un patron. 0 : jamais.",
    )
    credit_bloque = models.BooleanField(
        "retenir un client dont un paiement n'est pas imputé", default=True
    )
    tolerance = models.DecimalField(
        "reste dû en dessous duquel on ne relance pas",
        max_digits=7,
        decimal_places=2,
        default=Decimal("5.00"),
    )
    remercier = models.BooleanField(
        "remercier après le paiement d'une facture relancée", default=True
    )
    apercu_par_courriel = models.BooleanField("envoyer l'aperçu aux patrons à 8 h", default=True)

    class Meta:
        verbose_name = "réglages des relances"
        verbose_name_plural = "réglages des relances"
        constraints = [
            models.CheckConstraint(name="reglages_uniques", condition=Q(id=1)),
            models.CheckConstraint(name="reglages_tolerance", condition=Q(tolerance__gte=0)),
        ]

    def __str__(self) -> str:
        return "Réglages des relances"

    @classmethod
    def les_notres(cls) -> Reglages:
        return cls.objects.get(pk=1)


class Liberation(models.Model):
    """A patron lets reminders go in spite of a doubt: of the bank (no client), or of a client.

    It holds until something newer raises the doubt again: N more days, or another payment.
    """

    client = models.ForeignKey(
        Client, null=True, blank=True, on_delete=models.PROTECT, related_name="liberations"
    )
    par = models.CharField("décidé par", max_length=200)
    le = models.DateTimeField(default=timezone.now, editable=False)

    TEMOIN = Temoin(["client", "par", "le"])

    class Meta:
        verbose_name = "libération"
        ordering = ["-id"]
        indexes = [models.Index(fields=["client", "-le"], name="liberation_derniere")]
        triggers = [AJOUT_SEUL, SANS_TRUNCATE]

    def __str__(self) -> str:
        return f"{self.client or 'La banque'} : relances libérées par {self.par}"
