"""Exports, which leave the house; accounts that the sales journal is written to; incidents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from artjardin import etats
from artjardin.figer import SANS_TRUNCATE
from artjardin.temoins import Temoin
from ops.veille.models import Incident, Ronde

__all__ = ["CompteComptable", "Export", "Incident", "Ronde"]
GARDE = timedelta(hours=24)  # how long the file of an export is kept
MONTRES = 50  # missing files named on the row
ESSAIS_MAX = 3  # runs that may be interrupted before a person looks
NUMERO = RegexValidator(
    r"^[1-7]\d{2}[0-9A-Z]{0,17}\Z",
    "Un compte commence par trois chiffres du plan comptable, puis chiffres ou majuscules.",
)


class ExportQuerySet(models.QuerySet["Export"]):
    def en_route(self) -> Self:
        return self.filter(etat__in=Export.EN_ROUTE)

    def perimes(self, *, a: datetime) -> Self:
        """Whose file was kept long enough."""
        return self.filter(etat__in=Export.FAITS, expire_le__lte=a)


class Export(models.Model):
    """One export: who asked for what, how far it is, and the file it left for a day.

    The row stays when its file goes. `parametres`: what was asked; `bilan`: what the file holds,
    and what it lacks. An export that lacks something is `partiel`, and its manifest names it.
    """

    class Genre(models.TextChoices):
        COMPLET = "complet", "Toutes les données"
        VENTES = "ventes", "Journal des ventes"
        PERSONNE = "personne", "Données d'un client"

    class Etat(models.TextChoices):
        DEMANDE = "demande", "Demandé"
        EN_COURS = "en_cours", "En cours"
        INTERROMPU = "interrompu", "Interrompu, sera repris"
        PRET = "pret", "Prêt"
        PARTIEL = "partiel", "Prêt, incomplet"
        REMIS = "remis", "Écrit où demandé"
        ECHEC = "echec", "Échec"
        OUBLIE = "oublie", "Fichier effacé"

    EN_ROUTE = (Etat.DEMANDE, Etat.EN_COURS, Etat.INTERROMPU)
    FAITS = (Etat.PRET, Etat.PARTIEL)
    TRANSITIONS: Mapping[str, frozenset[str]] = {
        Etat.DEMANDE: frozenset({Etat.EN_COURS}),
        Etat.EN_COURS: frozenset({*FAITS, Etat.REMIS, Etat.ECHEC, Etat.INTERROMPU}),
        Etat.INTERROMPU: frozenset({Etat.EN_COURS}),
        Etat.PRET: frozenset({Etat.OUBLIE}),
        Etat.PARTIEL: frozenset({Etat.OUBLIE}),
        Etat.REMIS: frozenset(),
        Etat.ECHEC: frozenset(),
        Etat.OUBLIE: frozenset(),
    }
    DROITS: Mapping[str, str] = {
        Genre.COMPLET: "ops.exporter_tout",
        Genre.VENTES: "ops.exporter_ventes",
        Genre.PERSONNE: "ops.exporter_tout",
    }

    genre = models.CharField(max_length=10, choices=Genre)
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.DEMANDE)
    demandeur = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    demandeur_nom = models.CharField("demandé par", max_length=200)
    client_ref = models.BigIntegerField("client", null=True)
    parametres = models.JSONField("paramètres", default=dict)
    demande_le = models.DateTimeField("demandé le", default=timezone.now, editable=False)
    commence_le = models.DateTimeField("commencé le", null=True)
    fini_le = models.DateTimeField("fini le", null=True)
    expire_le = models.DateTimeField("gardé jusqu'au", null=True)
    progression = models.PositiveSmallIntegerField("progression (%)", default=0)
    etape = models.CharField("étape", max_length=100, blank=True)
    essais = models.PositiveSmallIntegerField(default=0)
    nom = models.CharField("nom du fichier", max_length=150, blank=True)
    taille = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    bilan = models.JSONField(default=dict)
    erreur = models.TextField(blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [
            ("exporter_tout", "Peut exporter toutes les données, et celles d'un client"),
            ("exporter_ventes", "Peut exporter le journal des ventes"),
        ]
        indexes = [models.Index(fields=["client_ref"], name="export_client")]
        constraints = [
            models.UniqueConstraint(
                fields=["genre", "demandeur"],
                name="export_un_a_la_fois",
                condition=Q(etat__in=["demande", "en_cours", "interrompu"]),
                violation_error_message="Cet export est déjà en cours.",
            ),
            models.CheckConstraint(
                name="export_fait_entier",
                condition=~Q(etat__in=["pret", "partiel"])
                | Q(sha256__regex=r"^[0-9a-f]{64}$", taille__gt=0, fini_le__isnull=False)
                & ~Q(nom=""),
            ),
            models.CheckConstraint(
                name="export_progression", condition=Q(progression__gte=0, progression__lte=100)
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="jamais_efface", operation=pgtrigger.Delete),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"{self.get_genre_display()}, export n° {self.pk}"

    @property
    def est_fait(self) -> bool:
        """Whether its file is here to be downloaded."""
        return self.etat in self.FAITS

    @property
    def sans_fichier(self) -> str:
        """Why there is nothing to download, or ""."""
        if self.etat in self.EN_ROUTE:
            return "Cet export n'est pas encore prêt."
        if self.etat == self.Etat.ECHEC:
            return f"Cet export a échoué : {self.erreur}"
        garde = self.est_fait and self.expire_le and self.expire_le > timezone.now()
        return "" if garde else "Ce fichier n'est plus gardé : demandez un nouvel export."

    def commencer(self) -> None:
        """A run begins; the number of runs says whether earlier ones were interrupted."""
        self._passer(self.Etat.EN_COURS)
        self.commence_le = timezone.now()
        self.essais += 1
        self.progression, self.etape, self.erreur = 0, "", ""

    def finir(
        self, *, nom: str, taille: int, sha256: str, bilan: dict[str, Any], remis: bool = False
    ) -> None:
        """The file is whole and on the disk; `bilan["manquants"]` says what it lacks.

        The row keeps the first of them and their number: the manifest of the file names them all.
        `remis`: a person chose where it lies, and keeps it.
        """
        fait = self.Etat.PARTIEL if bilan.get("manquants") else self.Etat.PRET
        self._passer(self.Etat.REMIS if remis else fait)
        self.nom, self.taille, self.sha256 = nom, taille, sha256
        self.bilan = bilan | {
            "manquants": bilan.get("manquants", [])[:MONTRES],
            "manquants_en_tout": len(bilan.get("manquants", [])),
        }
        self.fini_le = timezone.now()
        self.expire_le = None if remis else self.fini_le + GARDE
        self.progression, self.etape = 100, ""

    def echouer(self, erreur: str) -> None:
        self._passer(self.Etat.ECHEC)
        self.erreur, self.fini_le = erreur, timezone.now()

    def interrompre(self) -> None:
        """Its process died: it is taken again, unless it dies of it every time."""
        if self.essais < ESSAIS_MAX:
            self._passer(self.Etat.INTERROMPU)
            self.erreur = "Interrompu, il sera repris."
        else:
            self.echouer(f"Interrompu {self.essais} fois de suite : abandonné.")

    def oublier(self) -> None:
        self._passer(self.Etat.OUBLIE)

    def _passer(self, vers: str) -> None:
        etats.exiger(self.TRANSITIONS, de=self.etat, vers=vers)
        self.etat = vers


class CompteComptable(models.Model):
    """The number that the accountant gives to one use of the sales journal, e.g. the VAT at 20 %.

    The uses are those of the product: rows are changed, never added or removed.
    """

    CHAMPS = ["numero", "libelle"]
    TEMOIN = Temoin(CHAMPS)

    code = models.CharField(max_length=20, unique=True, editable=False)
    usage = models.CharField(max_length=100, editable=False)
    numero = models.CharField("numéro de compte", max_length=20, validators=[NUMERO])
    libelle = models.CharField("libellé", max_length=100)
    rang = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = "compte comptable"
        verbose_name_plural = "comptes comptables"
        ordering = ["rang"]
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(name="compte_libelle", condition=~Q(libelle="")),
            models.CheckConstraint(
                name="compte_numero", condition=Q(numero__regex=r"^[1-7][0-9]{2}[0-9A-Z]*$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.numero} {self.libelle}"
