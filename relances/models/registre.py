"""The daily run, and the ledger that makes each reminder unique (design G4)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property

from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from artjardin.temoins import Temoin
from facturation.models import Facture
from relances.models.plans import Niveau


class PassageQuerySet(models.QuerySet["Passage"]):
    def avec_sorts(self) -> PassageQuerySet:
        """Annotate what became of the run: `envoyees`, `annulees`, `en_echec`, `en_attente`."""
        return self.annotate(
            envoyees=_combien(annulee_le=None, courriel__statut="envoye"),
            postees=_combien(annulee_le=None, postee_le__isnull=False),
            annulees=_combien(annulee_le__isnull=False),
            en_echec=_combien(annulee_le=None, courriel__statut__in=["echec", "incertain"]),
            en_attente=_combien(annulee_le=None, courriel__statut__in=["en_attente", "en_cours"]),
        )


def _combien(**criteres: Any) -> Coalesce:
    du_passage = Relance.objects.filter(passage=OuterRef("pk"), **criteres).order_by()
    comptes = du_passage.values("passage").annotate(nombre=Count("pk")).values("nombre")
    return Coalesce(Subquery(comptes), 0)


class Passage(models.Model):
    """The reminder run of one day: it never happens twice."""

    jour = models.DateField(unique=True)
    debut = models.DateTimeField(default=timezone.now, editable=False)
    fin = models.DateTimeField(null=True)
    lance_par = models.CharField(max_length=200)
    automatique = models.BooleanField(default=False)
    prevues = models.PositiveIntegerField(default=0)
    relancees = models.PositiveIntegerField(default=0)
    courriels = models.PositiveIntegerField(default=0)
    lettres = models.PositiveIntegerField(default=0)
    retenues = models.PositiveIntegerField(default=0)
    echecs = models.PositiveIntegerField(default=0)
    erreurs = models.JSONField(default=list)
    ecartees = models.JSONField(default=dict)

    objects = PassageQuerySet.as_manager()

    class Meta:
        ordering = ["-jour"]
        permissions = [("lancer_passage", "Peut lancer et suspendre les relances")]

    def __str__(self) -> str:
        return f"Relances du {self.jour:%d/%m/%Y}"

    @property
    def est_fini(self) -> bool:
        return self.fin is not None

    @property
    def faites(self) -> int:
        """How many invoices it reminded: one that went both ways is in `relancees` (by mail) and
        in `lettres`."""
        return self.relancees + self.lettres - self.les_deux

    @cached_property
    def les_deux(self) -> int:
        return self.relances.valables().filter(canal=Relance.Canal.LES_DEUX).count()


class RelanceQuerySet(models.QuerySet["Relance"]):
    def valables(self) -> RelanceQuerySet:
        return self.filter(annulee_le=None)

    def a_poster(self) -> RelanceQuerySet:
        par_la_poste = [Relance.Canal.POSTE, Relance.Canal.LES_DEUX]
        return self.valables().filter(canal__in=par_la_poste, lettre__isnull=False, postee_le=None)


class Relance(models.Model):
    """One line of the ledger, committed before anything leaves: one level of one invoice.

    Without a run: a person reminded that invoice by itself.
    """

    class Canal(models.TextChoices):
        COURRIEL = "courriel", "Courriel"
        POSTE = "poste", "Lettre"
        LES_DEUX = "les_deux", "Courriel et lettre"

    passage = models.ForeignKey(
        Passage, null=True, on_delete=models.PROTECT, related_name="relances"
    )
    facture = models.ForeignKey(Facture, on_delete=models.PROTECT, related_name="relances")
    niveau = models.ForeignKey(Niveau, on_delete=models.PROTECT, related_name="relances")
    jour = models.DateField()
    canal = models.CharField(max_length=10, choices=Canal)
    solde = models.DecimalField("solde relancé", max_digits=12, decimal_places=2)
    retard = models.PositiveIntegerField("jours de retard")
    courriel = models.ForeignKey(
        Courriel, null=True, on_delete=models.PROTECT, related_name="relances"
    )
    lettre = models.ForeignKey(
        Document, null=True, on_delete=models.PROTECT, related_name="relances"
    )
    cree_le = models.DateTimeField(default=timezone.now, editable=False)
    annulee_le = models.DateTimeField("annulée le", null=True)
    annulation = models.CharField("motif d'annulation", max_length=100, blank=True)
    postee_le = models.DateTimeField("postée le", null=True)
    suivi = models.CharField("n° de recommandé", max_length=40, blank=True)
    recue_le = models.DateField("reçue le", null=True)

    objects = RelanceQuerySet.as_manager()
    TEMOIN = Temoin(
        [
            "passage", "facture", "niveau", "jour", "canal", "solde", "retard", "courriel",
            "lettre", "annulee_le", "annulation", "postee_le", "suivi", "recue_le",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]
        constraints = [
            # A reminder cancelled before it left did not go out: that level may be made again
            models.UniqueConstraint(
                fields=["facture", "niveau"],
                condition=Q(annulee_le=None),
                name="relance_unique_par_niveau",
            ),
            models.UniqueConstraint(
                fields=["facture", "jour"],
                condition=Q(annulee_le=None),
                name="relance_une_par_jour",
            ),
        ]
        indexes = [
            models.Index(fields=["facture", "niveau", "jour"], name="relance_derniere"),
            models.Index(fields=["courriel"], name="relance_courriel"),
        ]

    def __str__(self) -> str:
        return f"{self.niveau} pour {self.facture}"

    def annuler(self, motif: str) -> None:
        """It does not go out: its level may be made again."""
        self.annulee_le, self.annulation = timezone.now(), motif[:100]
        self.save(update_fields=["annulee_le", "annulation"])


class Avancement(models.Model):
    """View: the highest level an invoice was reminded at (its days), when last, what still waits.

    `dernier` is the Paris date of the last thing that reached the client: accepted by the mail
    server, or posted; the day of the run while nothing is known. `attente` says what is to be
    settled before another level (a code of regles.MOTIFS), "" when nothing.
    """

    facture = models.OneToOneField(
        Facture, primary_key=True, on_delete=models.DO_NOTHING, related_name="avancement"
    )
    jours = models.PositiveSmallIntegerField()
    dernier = models.DateField()
    attente = models.CharField(max_length=20)

    class Meta:
        managed = False
        db_table = "relances_avancement"

    def __str__(self) -> str:
        return f"J+{self.jours} le {self.dernier:%d/%m/%Y}"


class Remerciement(models.Model):
    """A thank-you for a reminded invoice that was paid: once."""

    facture = models.OneToOneField(Facture, on_delete=models.PROTECT, related_name="remerciement")
    courriel = models.ForeignKey(
        Courriel, null=True, on_delete=models.PROTECT, related_name="remerciements"
    )
    le = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"Remerciement pour {self.facture}"
