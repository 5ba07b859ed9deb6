"""What the firm is, and what it sells."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from facturation.montants import TAUX_TVA

UNITES = [
    ("u", "unité"),
    ("h", "heure"),
    ("m", "mètre"),
    ("m2", "m²"),
    ("m3", "m³"),
    ("t", "tonne"),
    ("forfait", "forfait"),
]


class Entreprise(models.Model):
    """The firm, as its documents show it: one row, frozen on each document at issue."""

    nom = models.CharField(max_length=150, default="Art & Jardin")
    forme = models.CharField("forme et capital", max_length=100, blank=True)
    adresse = models.CharField(max_length=200, blank=True)
    code_postal = models.CharField(max_length=10, blank=True)
    ville = models.CharField(max_length=100, blank=True, default="Angers")
    siret = models.CharField("SIRET", max_length=14, blank=True)
    rcs = models.CharField("RCS", max_length=100, blank=True)
    tva_intracom = models.CharField("n° de TVA", max_length=20, blank=True)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    email = models.EmailField("e-mail", blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    assurance = models.CharField("assurance décennale", max_length=300, blank=True)
    mediateur = models.CharField("médiateur de la consommation", max_length=300, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="entreprise_unique", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.nom

    @classmethod
    def la_notre(cls) -> Entreprise:
        return cls.objects.get(pk=1)

    def instantane(self) -> dict[str, Any]:
        """What a document freezes of the firm at issue."""
        return {champ.name: getattr(self, champ.name) for champ in self._meta.fields[1:]}


class Prestation(models.Model):
    """A line of the catalogue, used to fill devis and factures."""

    code = models.CharField(max_length=20, unique=True)
    designation = models.CharField("désignation", max_length=200)
    unite = models.CharField("unité", max_length=10, choices=UNITES, default="u")
    prix_unitaire = models.DecimalField("prix unitaire HT", max_digits=14, decimal_places=6)
    taux_tva = models.DecimalField("TVA (%)", max_digits=5, decimal_places=2, default=TAUX_TVA[0])
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="prestation_prix", condition=Q(prix_unitaire__gte=0)),
            models.CheckConstraint(name="prestation_tva", condition=Q(taux_tva__in=TAUX_TVA)),
        ]

    def __str__(self) -> str:
        return self.designation
