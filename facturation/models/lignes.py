"""What the lines of devis and factures share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from facturation.models.catalogue import UNITES, Prestation
from facturation.montants import TAUX_TVA, net_de_ligne

MONTANT_MAX = 10**10  # euros, what a DecimalField(12, 2) holds


class Ligne(models.Model):
    """A line: quantity (≤ 4 decimals), unit price HT (≤ 6), discount and VAT rate in percent."""

    rang = models.PositiveSmallIntegerField()
    prestation = models.ForeignKey(
        Prestation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    designation = models.TextField("désignation", max_length=2000)
    quantite = models.DecimalField("quantité", max_digits=12, decimal_places=4)
    unite = models.CharField("unité", max_length=10, choices=UNITES, default="u")
    prix_unitaire = models.DecimalField("prix unitaire HT", max_digits=14, decimal_places=6)
    remise = models.DecimalField("remise (%)", max_digits=5, decimal_places=2, default=Decimal(0))
    taux_tva = models.DecimalField("TVA (%)", max_digits=5, decimal_places=2, default=TAUX_TVA[0])
    total_ht = models.DecimalField("total HT", max_digits=12, decimal_places=2, editable=False)

    class Meta:
        abstract = True
        ordering = ["rang"]

    def __str__(self) -> str:
        return self.designation[:80]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.chiffrer()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Say by field what the constraints of the database would refuse. Raise ValidationError."""
        erreurs = {}
        if self.quantite is None or self.prix_unitaire is None:
            return  # clean_fields names them
        if self.quantite <= 0:
            erreurs["quantite"] = "La quantité est supérieure à zéro."
        if self.prix_unitaire < 0:
            erreurs["prix_unitaire"] = "Le prix n'est pas négatif."
        if not 0 <= self.remise <= 100:  # noqa: PLR2004 - percent
            erreurs["remise"] = "La remise va de 0 à 100 %."
        if self.taux_tva not in TAUX_TVA:
            erreurs["taux_tva"] = "Taux de TVA inconnu."
        if self.quantite * self.prix_unitaire >= MONTANT_MAX:
            erreurs["prix_unitaire"] = "Le montant de la ligne est trop grand."
        if erreurs:
            raise ValidationError(erreurs)

    def chiffrer(self) -> None:
        """Compute the net of the line, in euros HT."""
        self.total_ht = net_de_ligne(
            quantite=self.quantite, prix_unitaire=self.prix_unitaire, remise=self.remise
        )


def contraintes_de_ligne(prefixe: str) -> list[models.BaseConstraint]:
    """What the database asks of every line, whoever writes it."""
    return [
        models.CheckConstraint(name=f"{prefixe}_quantite", condition=Q(quantite__gt=0)),
        models.CheckConstraint(name=f"{prefixe}_prix", condition=Q(prix_unitaire__gte=0)),
        models.CheckConstraint(
            name=f"{prefixe}_remise", condition=Q(remise__gte=0, remise__lte=100)
        ),
        models.CheckConstraint(name=f"{prefixe}_tva", condition=Q(taux_tva__in=TAUX_TVA)),
        models.CheckConstraint(name=f"{prefixe}_net", condition=Q(total_ht__gte=0)),
    ]
