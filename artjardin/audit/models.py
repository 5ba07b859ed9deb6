"""The journal: who did what, on what, before and after, when, from where (design G9)."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone

from artjardin.audit import chaine
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

    class Meta:
        verbose_name = "entrée du journal"
        verbose_name_plural = "journal"
        ordering = ["-id"]
        indexes = [models.Index(fields=["objet_type", "objet_id"], name="entree_objet")]
        triggers = [AJOUT_SEUL, SANS_TRUNCATE, ENCHAINEE]

    def __str__(self) -> str:
        return f"{self.le:%d/%m/%Y %H:%M} {self.acteur_nom} : {self.action} {self.objet_nom}"


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
