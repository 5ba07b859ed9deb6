"""The journal: who did what, on what, before and after, when, from where (design G9)."""

from __future__ import annotations

import functools
import operator
from datetime import date, datetime, time, timedelta
from ipaddress import ip_address
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils import timezone

from artjardin.audit import chaine
from artjardin.audit.categories import debuts_de
from artjardin.figer import AJOUT_SEUL, SANS_TRUNCATE

# At the commit: two transactions wait for each other only there, and lock nothing after it.
ENCHAINEE = pgtrigger.Trigger(
    name="enchainee",
    operation=pgtrigger.Insert,
    when=pgtrigger.After,
    timing=pgtrigger.Deferred,
    declare=[("dernier", "record")],
    func=chaine.ENCHAINER,
)
PAR_ENCHAINEE = pgtrigger.Trigger(
    name="par_enchainee",
    operation=pgtrigger.Insert,
    when=pgtrigger.Before,
    condition=pgtrigger.Condition("pg_trigger_depth() = 0"),
    func="RAISE EXCEPTION 'audit_maillon: only the journal adds links';",
)


class EntreeQuerySet(models.QuerySet["Entree"]):
    def depuis(self, jour: date) -> Self:
        return self.filter(le__gte=_minuit(jour))

    def jusqu_au(self, jour: date) -> Self:
        """Last day included."""
        return self.filter(le__lt=_minuit(jour + timedelta(days=1)))

    def de_categorie(self, nom: str) -> Self:
        """Those whose action begins like one of this category (categories.py)."""
        critere = Q(pk__in=[])
        for debut in debuts_de(nom):
            critere |= Q(action__startswith=debut)
        return self.filter(critere)

    def d_adresse(self, texte: str) -> Self:
        """Those that came from this address; from nowhere when it is no address."""
        try:
            return self.filter(adresse=str(ip_address(texte.strip())))
        except ValueError:
            return self.none()

    def rechercher(self, texte: str) -> Self:
        """Those whose person, action or object contains it."""
        champs = ("acteur_nom", "action", "objet_nom")
        criteres = (Q(**{f"{champ}__icontains": texte}) for champ in champs)
        return self.filter(functools.reduce(operator.or_, criteres))


def _minuit(jour: date) -> datetime:
    return timezone.make_aware(datetime.combine(jour, time.min))


class Entree(models.Model):
    """One line of the journal: append-only, also for raw SQL. Names are frozen as text."""

    le = models.DateTimeField(default=timezone.now, db_index=True, editable=False)
    acteur = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    acteur_nom = models.CharField(max_length=200)
    action = models.CharField(max_length=80)
    objet_type = models.CharField(max_length=50)
    objet_id = models.BigIntegerField(null=True)
    objet_nom = models.CharField(max_length=300)
    avant = models.JSONField(default=dict)
    apres = models.JSONField(default=dict)
    details = models.JSONField(default=dict)
    adresse = models.GenericIPAddressField(null=True)
    requete = models.CharField(max_length=64, blank=True)

    objects = EntreeQuerySet.as_manager()

    class Meta:
        verbose_name = "entrée du journal"
        verbose_name_plural = "journal"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["objet_type", "objet_id"], name="entree_objet"),
            models.Index(fields=["id"], name="entree_etats", condition=Q(details__has_key="etats")),
        ]
        triggers = [AJOUT_SEUL, SANS_TRUNCATE, ENCHAINEE]

    def __str__(self) -> str:
        le = timezone.localtime(self.le)
        return f"{le:%d/%m/%Y %H:%M} {self.acteur_nom} : {self.action} {self.objet_nom}"

    @property
    def precisions(self) -> dict[str, Any]:
        """The details for a person: without the states that the night compares (etats.py)."""
        return {nom: valeur for nom, valeur in self.details.items() if nom != "etats"}


class Maillon(models.Model):
    """The link of one entry in the chain of the journal, written by a trigger at the commit.

    `sha256` is that of `precedent` and of the entry (chaine.py): a row changed, added or taken away
    later shows. `rang` has no gap.
    """

    rang = models.BigIntegerField(primary_key=True)
    entree = models.OneToOneField(Entree, on_delete=models.PROTECT, related_name="maillon")
    precedent = models.CharField("empreinte précédente", max_length=64, blank=True)
    sha256 = models.CharField("empreinte", max_length=64)
    format = models.PositiveSmallIntegerField(default=chaine.FORMAT)

    class Meta:
        verbose_name = "maillon du journal"
        verbose_name_plural = "maillons du journal"
        ordering = ["rang"]
        triggers = [AJOUT_SEUL, SANS_TRUNCATE, PAR_ENCHAINEE]

    def __str__(self) -> str:
        return f"maillon n° {self.rang}"


class Sel(models.Model):
    """What is hashed with the masked values of a row, so that they cannot be guessed from the
    journal; it goes when the person is erased."""

    objet_type = models.CharField(max_length=50)
    objet_id = models.CharField(max_length=50)
    sel = models.UUIDField(db_default=RandomUUID(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["objet_type", "objet_id"], name="sel_unique"),
        ]
        triggers = [
            pgtrigger.Protect(name="jamais_change", operation=pgtrigger.Update),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"{self.objet_type} {self.objet_id}"


class Execution(models.Model):
    """One run of a scheduled job (design §5)."""

    class Resultat(models.TextChoices):
        EN_COURS = "en_cours", "En cours"
        REUSSI = "reussi", "Réussi"
        PARTIEL = "partiel", "Partiel"
        ECHEC = "echec", "Échec"

    tache = models.CharField("tâche", max_length=80)
    debut = models.DateTimeField("début", default=timezone.now, editable=False)
    fin = models.DateTimeField(null=True)
    resultat = models.CharField(
        "résultat", max_length=10, choices=Resultat, default=Resultat.EN_COURS
    )
    compteurs = models.JSONField(default=dict)
    erreur = models.TextField(blank=True)

    class Meta:
        verbose_name = "exécution"
        ordering = ["-id"]
        indexes = [models.Index(fields=["tache", "-debut"], name="execution_tache")]

    def __str__(self) -> str:
        return f"{self.tache} du {self.debut:%d/%m/%Y %H:%M}"
