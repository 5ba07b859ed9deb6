"""Bounces: what is known of addresses that do not receive."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from artjardin.outbox.models.courriels import Courriel


def avec_rebond(courriels: models.QuerySet[Courriel]) -> models.QuerySet[Courriel]:
    """Annotate `rebond`: a report says that the message did not arrive."""
    rapports = Rebond.objects.filter(courriel=models.OuterRef("pk"))
    return courriels.annotate(rebond=models.Exists(rapports))


class RebondQuerySet(models.QuerySet["Rebond"]):
    def en_vigueur(self) -> Self:
        """For good, and lifted by nobody: mail to these addresses does not arrive."""
        return self.filter(definitif=True, leve_le=None)

    def de(self, adresse: str) -> Self:
        return self.filter(adresse=adresse.strip().lower())


class Rebond(models.Model):
    """One report that mail to an address did not arrive, from the mailbox, the provider or SMTP.

    `definitif` says that the address does not exist or refuses; else it is a passing trouble.
    `source` and `clef` name the report: the same one read twice is one row.
    """

    class Source(models.TextChoices):
        IMAP = "imap", "Boîte aux lettres"
        WEBHOOK = "webhook", "Fournisseur"
        SMTP = "smtp", "Serveur, à l'envoi"

    courriel = models.ForeignKey(
        Courriel, null=True, blank=True, on_delete=models.PROTECT, related_name="rebonds"
    )
    adresse = models.CharField(max_length=254, db_index=True)
    le = models.DateTimeField(default=timezone.now, db_index=True)
    definitif = models.BooleanField("définitif")
    code = models.CharField(max_length=20, blank=True)
    diagnostic = models.TextField(blank=True)
    source = models.CharField(max_length=7, choices=Source)
    clef = models.CharField("identifiant du rapport", max_length=300)
    leve_le = models.DateTimeField("levé le", null=True, blank=True)
    leve_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="levé par",
    )

    objects = RebondQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("lever_rebond", "Peut lever un rebond")]
        indexes = [
            models.Index(
                fields=["adresse"],
                name="rebond_en_vigueur",
                condition=Q(definitif=True, leve_le=None),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "clef", "adresse"], name="rebond_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.adresse} ({self.code or self.get_source_display()})"
