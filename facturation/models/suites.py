"""What follows the issue of an invoice: what the client keeps, what the client disputes."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from artjardin.argent import en_euros
from artjardin.figer import SANS_TRUNCATE
from artjardin.temoins import Temoin
from facturation.models.facture import Facture
from facturation.models.figer import suit_son_document


class Retenue(models.Model):
    """What the client keeps of an invoice, in euros TTC, until a year after the works are accepted.

    A receivable with its own due date, never a discount (loi 71-584, art. 1 and 2).
    """

    facture = models.OneToOneField(Facture, on_delete=models.PROTECT, related_name="retenue")
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    reception_le = models.DateField("réception des travaux", null=True)
    echeance = models.DateField("échéance", null=True)

    TEMOIN = Temoin(["reception_le", "echeance"], exige="r.reception_le IS NOT NULL")

    class Meta:
        verbose_name = "retenue de garantie"
        verbose_name_plural = "retenues de garantie"
        constraints = [
            models.CheckConstraint(name="retenue_montant", condition=Q(montant__gt=0)),
            models.CheckConstraint(
                name="retenue_echeance",
                condition=Q(reception_le=None, echeance=None)
                | Q(reception_le__isnull=False, echeance__gt=F("reception_le")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="montant_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("montant", "facture"),
            ),
            pgtrigger.Protect(name="jamais_effacee", operation=pgtrigger.Delete),
            suit_son_document("facturation_facture", "facture_id", pgtrigger.Insert),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"Retenue de {en_euros(self.montant)} sur {self.facture}"


class Litige(models.Model):
    """The client disputes an invoice: it is not reminded until the dispute is closed."""

    facture = models.ForeignKey(Facture, on_delete=models.PROTECT, related_name="litiges")
    motif = models.CharField(max_length=300)
    ouvert_le = models.DateTimeField(default=timezone.now)
    ouvert_par = models.CharField(max_length=200)
    clos_le = models.DateTimeField(null=True, blank=True)
    clos_par = models.CharField(max_length=200, blank=True)

    TEMOIN = Temoin(["facture", "motif", "ouvert_le", "ouvert_par", "clos_le", "clos_par"])

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["facture"], condition=Q(clos_le=None), name="litige_ouvert_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"Litige sur {self.facture}"
