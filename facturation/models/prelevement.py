"""SEPA direct debits: the client's mandate, and the invoices that the bank is to debit."""

from __future__ import annotations

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from stdnum import iban as norme_iban
from stdnum.exceptions import ValidationError as HorsNorme

from artjardin.figer import SANS_TRUNCATE
from artjardin.temoins import Temoin
from clients.models import Client
from facturation.models.facture import Facture
from facturation.models.figer import suit_son_document

RUM = RegexValidator(  # EPC: the characters of a mandate reference
    r"^[A-Za-z0-9+?/:().,'-]{1,35}\Z", "De 1 à 35 lettres sans accent, chiffres ou + ? / - : ( )."
)


class MandatPrelevement(models.Model):
    """A client's agreement to be debited; its invoices are then prepared as such."""

    CHAMPS = ["rum", "signe_le", "iban", "actif"]
    TEMOIN = Temoin(["client", *CHAMPS], masques={"iban": "iban"})

    client = models.OneToOneField(Client, on_delete=models.PROTECT, related_name="mandat")
    rum = models.CharField(
        "référence du mandat (RUM)", max_length=35, unique=True, validators=[RUM]
    )
    signe_le = models.DateField("signé le")
    iban = models.CharField("IBAN du client", max_length=34)
    actif = models.BooleanField(default=True)

    class Meta:
        verbose_name = "mandat de prélèvement"
        verbose_name_plural = "mandats de prélèvement"
        ordering = ["-id"]
        triggers = [SANS_TRUNCATE]

    def __str__(self) -> str:
        return f"Mandat {self.rum}"

    def clean(self) -> None:
        """Check the IBAN by its key. Raise ValidationError."""
        try:
            self.iban = str(norme_iban.validate(self.iban))
        except HorsNorme as erreur:
            message = "Cet IBAN n'est pas valable : vérifiez-le, sa clef ne convient pas."
            raise ValidationError({"iban": message}) from erreur


class Prelevement(models.Model):
    """An invoice that the bank is to debit; refused by the bank, it is asked for like another."""

    facture = models.OneToOneField(Facture, on_delete=models.PROTECT, related_name="prelevement")
    ics = models.CharField("identifiant créancier", max_length=35)
    rum = models.CharField("référence du mandat (RUM)", max_length=35)
    iban = models.CharField("IBAN du client", max_length=34)
    prevu_le = models.DateField("prévu le")
    rejete_le = models.DateTimeField("rejeté le", null=True)
    motif_rejet = models.CharField("motif du rejet", max_length=140, blank=True)
    rejete_par = models.CharField("rejet noté par", max_length=200, blank=True)

    TEMOIN = Temoin(["rejete_le", "motif_rejet", "rejete_par"], exige="r.rejete_le IS NOT NULL")

    class Meta:
        verbose_name = "prélèvement"
        constraints = [
            models.CheckConstraint(
                name="prelevement_rejete",
                condition=Q(rejete_le=None, motif_rejet="", rejete_par="")
                | Q(rejete_le__isnull=False) & ~Q(motif_rejet=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="annonce_figee",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("facture", "ics", "rum", "iban", "prevu_le"),
            ),
            pgtrigger.Protect(
                name="rejet_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__rejete_le__isnull=False),
            ),
            pgtrigger.Protect(name="jamais_efface", operation=pgtrigger.Delete),
            suit_son_document("facturation_facture", "facture_id", pgtrigger.Insert),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"Prélèvement de {self.facture} le {self.prevu_le:%d/%m/%Y}"
