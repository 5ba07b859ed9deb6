"""Documents: one row per PDF, promised in the business transaction, made once, then frozen.

Beside each made document, the row of its archive: where its second copy lies, and since when.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from pathlib import PurePosixPath
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from artjardin.branchements import DOCUMENT_NUMEROTES
from artjardin.figer import SANS_TRUNCATE


class DocumentQuerySet(models.QuerySet["Document"]):
    def a_produire(self) -> Self:
        return self.filter(sha256="", essais__lt=Document.ESSAIS_MAX)

    def de(self, objet: models.Model) -> Self:
        return self.filter(objet_type=objet._meta.label_lower, objet_id=objet.pk)


class Document(models.Model):
    """A PDF: what it is, whose it is, where it lies, its SHA-256 (design G6).

    While `sha256` is empty the document is promised. `contexte` holds the frozen data of
    documents that depend on a day (statement, letter). `le` is its own date; rows older than this
    column have none: the month of their key says it.
    """

    ESSAIS_MAX = 10

    type = models.CharField(max_length=30)
    objet_type = models.CharField(max_length=50)
    objet_id = models.BigIntegerField()
    client_ref = models.BigIntegerField("client", db_index=True)
    cle = models.CharField("clef", max_length=250, unique=True)
    nom = models.CharField("nom du fichier", max_length=150)
    le = models.DateField("date", null=True)
    contexte = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    taille = models.PositiveBigIntegerField(default=0)
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False)
    produit_le = models.DateTimeField("produit le", null=True)
    duree_ms = models.PositiveIntegerField("durée de production (ms)", null=True, editable=False)
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

    @property
    def est_abandonne(self) -> bool:
        """Nobody tries to make it any more."""
        return not self.sha256 and self.essais >= self.ESSAIS_MAX

    @property
    def numero(self) -> str:
        return PurePosixPath(self.cle).stem

    @property
    def date(self) -> dt.date:
        """Its date, else the last day of the month of its key."""
        if self.le:
            return self.le
        annee, mois = map(int, self.cle.split("/")[:2])
        return dt.date(annee, mois, monthrange(annee, mois)[1])


class ArchiveQuerySet(models.QuerySet["Archive"]):
    def a_faire(self) -> Self:
        return self.filter(etat=Archive.Etat.A_FAIRE)

    def dues(self) -> Self:
        return self.a_faire().filter(prochain_essai_le__lte=timezone.now())

    def faites(self) -> Self:
        return self.filter(etat=Archive.Etat.ARCHIVE)


class Archive(models.Model):
    """The second copy of a made document: it counts once it was read back and hashed again.

    `cle` and `version` say which object it is; `sha256` what was read back; `verrouille_jusqu_au`
    what the store says of its lock. `ecartees` lists objects of this document known to be wrong,
    kept as evidence.
    """

    class Etat(models.TextChoices):
        A_FAIRE = "a_faire", "À archiver"
        ARCHIVE = "archive", "Archivé"
        DEFAUT = "defaut", "En défaut"

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="archive")
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.A_FAIRE)
    cle = models.CharField("clef", max_length=300, blank=True)
    version = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    verrouille_jusqu_au = models.DateTimeField("verrouillé jusqu'au", null=True)
    archive_le = models.DateTimeField("archivé le", null=True, db_index=True)
    verifie_le = models.DateTimeField("vérifié le", null=True, db_index=True)
    essais = models.PositiveSmallIntegerField(default=0)
    prochain_essai_le = models.DateTimeField("prochain essai le", default=timezone.now)
    erreur = models.TextField(blank=True)
    ecartees = models.JSONField("écartées", default=list)

    objects = ArchiveQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["prochain_essai_le"], name="archive_a_faire", condition=Q(etat="a_faire")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="archive_relue",
                condition=~Q(etat="archive")
                | (Q(sha256__regex=r"^[0-9a-f]{64}$", archive_le__isnull=False) & ~Q(cle="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="jamais_efface", operation=pgtrigger.Delete),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"Archive de {self.document}"

    @property
    def est_faite(self) -> bool:
        return self.etat == self.Etat.ARCHIVE


class OrphelinQuerySet(models.QuerySet["Orphelin"]):
    def a_regler(self) -> Self:
        """Numbered, and neither entered again nor settled by a person."""
        return self.filter(regle_le=None, type__in=DOCUMENT_NUMEROTES)


class Orphelin(models.Model):
    """A PDF of the archive that no row names: made since the backup that was restored.

    Its number was given: it goes to the same client again, or a person settles it. What bears no
    number of a series (letter, statement) asks for nothing.
    """

    cle = models.CharField("clef", max_length=300, unique=True)
    type = models.CharField(max_length=30)
    numero = models.CharField("numéro", max_length=150)
    client_ref = models.BigIntegerField("client", null=True)
    le = models.DateField("date", null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    depose_le = models.DateTimeField("archivé le")
    vu_le = models.DateTimeField("vu le", default=timezone.now, editable=False)
    regle_le = models.DateTimeField("réglé le", null=True)
    regle_par = models.CharField("réglé par", max_length=200, blank=True)
    motif = models.CharField(max_length=300, blank=True)

    objects = OrphelinQuerySet.as_manager()

    class Meta:
        verbose_name = "document perdu"
        verbose_name_plural = "documents perdus"
        ordering = ["cle"]
        indexes = [
            models.Index(
                fields=["type", "numero"], name="orphelin_a_regler", condition=Q(regle_le=None)
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="regle_une_fois",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__regle_le=None),
            ),
            pgtrigger.Protect(name="jamais_efface", operation=pgtrigger.Delete),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"{self.numero} ({self.cle})"

    @property
    def est_regle(self) -> bool:
        return self.regle_le is not None

    @property
    def est_a_regler(self) -> bool:
        return not self.est_regle and self.type in DOCUMENT_NUMEROTES
