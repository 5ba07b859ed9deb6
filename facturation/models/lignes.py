"""What the lines of devis and factures share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from facturation.facturx.codes import ILLEGAUX
from facturation.models.catalogue import UNITES, Prestation
from facturation.montants import TAUX_REDUITS, TAUX_TVA, net_de_ligne

MONTANT_MAX = 10**10  # euros, what a DecimalField(12, 2) holds
SIGNES_REFUSES = "Ce texte contient des caractères de commande : retapez-le."


class Ligne(models.Model):
    """A line: quantity (≤ 4 decimals), unit price HT (≤ 6), discount, VAT rate in percent.

    Consecutive lines with the same `section` make a titled part with its subtotal.
    """

    rang = models.PositiveSmallIntegerField()
    section = models.CharField(max_length=150, blank=True)
    prestation = models.ForeignKey(
        Prestation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    designation = models.TextField("désignation", max_length=2000)
    quantite = models.DecimalField("quantité", max_digits=12, decimal_places=4)
    unite = models.CharField("unité", max_length=10, choices=UNITES, default="u")
    prix_unitaire = models.DecimalField("prix unitaire HT", max_digits=14, decimal_places=6)
    remise = models.DecimalField("remise (%)", max_digits=5, decimal_places=2, default=Decimal(0))
    remise_montant = models.DecimalField(
        "remise (€ HT)", max_digits=12, decimal_places=2, default=Decimal(0)
    )
    taux_tva = models.DecimalField("TVA (%)", max_digits=5, decimal_places=2, default=TAUX_TVA[0])
    justification_tva = models.CharField("justification du taux réduit", max_length=200, blank=True)
    decennale = models.BooleanField("couverte par la décennale", default=False)
    sap = models.BooleanField("service à la personne", default=False)
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
        if None in (self.quantite, self.prix_unitaire, self.remise, self.remise_montant):
            return  # clean_fields names them
        fautes = {
            "quantite": self._faute_de_quantite(),
            "prix_unitaire": self._faute_de_prix(),
            "remise": not 0 <= self.remise <= 100 and "La remise va de 0 à 100 %.",  # noqa: PLR2004
            "remise_montant": self._faute_de_remise(),
            "taux_tva": self.taux_tva not in TAUX_TVA and "Taux de TVA inconnu.",
            "justification_tva": self._faute_de_justification(),
            "designation": mal_ecrit(self.designation) and SIGNES_REFUSES,
            "section": mal_ecrit(self.section) and SIGNES_REFUSES,
        }
        if erreurs := {champ: faute for champ, faute in fautes.items() if faute}:
            raise ValidationError(erreurs)

    def est_deduite(self) -> bool:
        """Whether the line takes back what was already invoiced."""
        return False

    def _faute_de_quantite(self) -> str:
        fausse = self.quantite <= 0 and not self.est_deduite()
        return "La quantité est supérieure à zéro." if fausse else ""

    def _faute_de_prix(self) -> str:
        if self.prix_unitaire < 0:
            return "Le prix n'est pas négatif."
        trop = self.quantite * self.prix_unitaire >= MONTANT_MAX
        return "Le montant de la ligne est trop grand." if trop else ""

    def _faute_de_remise(self) -> str:
        if self.remise and self.remise_montant:
            return "Une remise est en pourcentage ou en euros, pas les deux."
        net = net_de_ligne(
            quantite=abs(self.quantite),
            prix_unitaire=self.prix_unitaire,
            remise_montant=self.remise_montant,
        )
        trop = self.remise_montant < 0 or (self.remise_montant > 0 and net < 0)
        return "La remise va de 0 au montant de la ligne." if trop else ""

    def _faute_de_justification(self) -> str:
        if mal_ecrit(self.justification_tva):
            return SIGNES_REFUSES
        manque = self.taux_tva in TAUX_REDUITS and not self.justification_tva.strip()
        return "Un taux réduit demande sa justification." if manque else ""

    def chiffrer(self) -> None:
        """Compute the net of the line, in euros HT."""
        self.total_ht = net_de_ligne(
            quantite=self.quantite,
            prix_unitaire=self.prix_unitaire,
            remise=self.remise,
            remise_montant=self.remise_montant,
        )


def mal_ecrit(texte: str) -> bool:
    """Whether a text has characters that no XML document may hold (XML 1.0, production 2).

    >>> mal_ecrit("Taille\\nde haie"), mal_ecrit("Taille" + chr(0))
    (False, True)
    """
    return bool(ILLEGAUX.search(texte))


def contraintes_de_ligne(prefixe: str, *, deduite: Q | None = None) -> list[models.BaseConstraint]:
    """What the database asks of every line, whoever writes it.

    `deduite` names the lines that take back what was already invoiced: theirs is negative.
    """
    positive = Q(quantite__gt=0, total_ht__gte=0)
    negative = Q(quantite__lt=0, total_ht__lte=0)
    signe = positive if deduite is None else (positive & ~deduite) | (negative & deduite)
    return [
        models.CheckConstraint(name=f"{prefixe}_signe", condition=signe),
        models.CheckConstraint(name=f"{prefixe}_prix", condition=Q(prix_unitaire__gte=0)),
        models.CheckConstraint(
            name=f"{prefixe}_remise",
            condition=Q(remise__gte=0, remise__lte=100, remise_montant__gte=0)
            & (Q(remise=0) | Q(remise_montant=0)),
        ),
        models.CheckConstraint(name=f"{prefixe}_tva", condition=Q(taux_tva__in=TAUX_TVA)),
        models.CheckConstraint(
            name=f"{prefixe}_taux_reduit",
            condition=~Q(taux_tva__in=TAUX_REDUITS) | ~Q(justification_tva=""),
        ),
    ]
