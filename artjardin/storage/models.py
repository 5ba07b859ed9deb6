"""Documents: one row per PDF, promised in the business transaction, made once, then frozen."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from artjardin.figer import SANS_TRUNCATE


class DocumentQuerySet(models.QuerySet["Document"]):
    def a_produire(self) -> Self:
        return self.filter(sha256="", essais__lt=Document.ESSAIS_MAX)

    def de(self, objet: models.Model) -> Self:
        return self.filter(objet_type=objet._meta.label_lower, objet_id=objet.pk)


class Document(models.Model):
    """A PDF: what it is, whose it is, where it lies, its SHA-256 (design G6).

    While `sha256` is empty the document is promised. `contexte` holds the frozen data of
    documents that depend on a day (statement, letter).
    """

    ESSAIS_MAX = 10

    type = models.CharField(max_length=30)
    objet_type = models.CharField(max_length=50)
    objet_id = models.BigIntegerField()
    client_ref = models.BigIntegerField("client", db_index=True)
    cle = models.CharField("clef", max_length=250, unique=True)
    nom = models.CharField("nom du fichier", max_length=150)
    contexte = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    taille = models.PositiveBigIntegerField(default=0)
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False)
    produit_le = models.DateTimeField("produit le", null=True)
    essais = models.PositiveSmallIntegerField(default=0)
    erreur = models.TextField(blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["objet_type", "objet_id"], name="document_objet"),
            models.Index(fields=["id"], name="document_a_produire", condition=Q(sha256="")),
        ]
        constraints = [
            models.CheckConstraint(
                name="document_produit_entier",
                condition=Q(sha256="", produit_le=None)
                | (Q(sha256__regex=r"^[0-9a-f]{64}$", taille__gt=0) & Q(produit_le__isnull=False)),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="produit_fige",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__sha256=""),
            ),
            pgtrigger.Protect(name="jamais_efface", operation=pgtrigger.Delete),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def est_produit(self) -> bool:
        return bool(self.sha256)
