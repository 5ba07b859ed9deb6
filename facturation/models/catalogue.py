"""What the firm sells."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from facturation.montants import TAUX_REDUITS, TAUX_TVA

UNITES = [
    ("u", "unité"),
    ("h", "heure"),
    ("m", "mètre"),
    ("m2", "m²"),
    ("m3", "m³"),
    ("t", "tonne"),
    ("forfait", "forfait"),
]


class Prestation(models.Model):
    """A line of the catalogue; what it gives to a line of a document is copied, then free."""

    DONNE = [
        "designation", "unite", "prix_unitaire", "taux_tva", "justification_tva", "decennale",
        "sap",
    ]  # fmt: skip

    code = models.CharField(max_length=20, unique=True)
    designation = models.CharField("désignation", max_length=200)
    unite = models.CharField("unité", max_length=10, choices=UNITES, default="u")
    prix_unitaire = models.DecimalField("prix unitaire HT", max_digits=14, decimal_places=6)
    taux_tva = models.DecimalField("TVA (%)", max_digits=5, decimal_places=2, default=TAUX_TVA[0])
    justification_tva = models.CharField("justification du taux réduit", max_length=200, blank=True)
    decennale = models.BooleanField("couverte par la décennale", default=False)
    sap = models.BooleanField("service à la personne", default=False)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="prestation_prix", condition=Q(prix_unitaire__gte=0)),
            models.CheckConstraint(name="prestation_tva", condition=Q(taux_tva__in=TAUX_TVA)),
            models.CheckConstraint(
                name="prestation_taux_reduit",
                condition=~Q(taux_tva__in=TAUX_REDUITS) | ~Q(justification_tva=""),
                violation_error_message="Un taux réduit demande sa justification.",
            ),
        ]

    def __str__(self) -> str:
        return self.designation
