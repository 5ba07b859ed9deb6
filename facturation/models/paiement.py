"""Money received, and the invoices it settles. Both append-only: a mistake gets an opposite row."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from artjardin.argent import en_euros
from artjardin.figer import AJOUT_SEUL, SANS_TRUNCATE
from clients.models import Client
from facturation.models.facture import Facture


class Paiement(models.Model):
    """Money received from a client, in euros; negative when it cancels another."""

    class Mode(models.TextChoices):
        VIREMENT = "virement", "Virement"
        CHEQUE = "cheque", "Chèque"
        ESPECES = "especes", "Espèces"
        CARTE = "carte", "Carte"
        PRELEVEMENT = "prelevement", "Prélèvement"
        REPRISE = "reprise", "Réglé avant la reprise"

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="paiements")
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    mode = models.CharField(max_length=15, choices=Mode, default=Mode.VIREMENT)
    le = models.DateField("reçu le")
    reference = models.CharField("référence", max_length=140, blank=True)
    annule = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="annulation"
    )
    saisi_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    saisi_le = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="paiement_signe",
                condition=Q(montant__gt=0, annule=None) | Q(montant__lt=0, annule__isnull=False),
            ),
        ]
        triggers = [AJOUT_SEUL, SANS_TRUNCATE]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} de {en_euros(self.montant)} du {self.le:%d/%m/%Y}"


class Imputation(models.Model):
    """The part of a payment that settles one invoice, in euros."""

    paiement = models.ForeignKey(Paiement, on_delete=models.PROTECT, related_name="imputations")
    facture = models.ForeignKey(Facture, on_delete=models.PROTECT, related_name="imputations")
    montant = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["paiement", "facture"], name="imputation_unique"),
            models.CheckConstraint(name="imputation_non_nulle", condition=~Q(montant=0)),
        ]
        indexes = [
            models.Index(fields=["facture"], include=["montant"], name="imputation_solde"),
        ]
        triggers = [AJOUT_SEUL, SANS_TRUNCATE]

    def __str__(self) -> str:
        return f"{en_euros(self.montant)} sur {self.facture}"
