"""Quotes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from artjardin import etats
from artjardin.figer import SANS_TRUNCATE, ChangeHors
from artjardin.softdelete.models import Supprimable, SupprimableQuerySet, vivants_d_abord
from chantiers.models import Chantier
from clients.models import Client
from facturation.models.figer import suit_son_document
from facturation.models.lignes import Ligne, contraintes_de_ligne

VIVENT = ["statut", "envoye_le", "decide_le", "motif_refus"]  # what moves after finalisation
CORBEILLE = ["supprime_le", "supprime_par", "supprime_lot"]


class DevisQuerySet(SupprimableQuerySet):
    def rechercher(self, demande: str) -> Self:
        clients = Client.tous.rechercher(demande).values("pk")
        return self.filter(
            Q(numero__icontains=demande) | Q(objet__icontains=demande) | Q(client__in=clients)
        )

    def perimes(self, *, au: date) -> Self:
        """Whose last day of validity is past, in Paris, without an answer."""
        ouverts = [Devis.Statut.FINALISE, Devis.Statut.ENVOYE]
        return self.filter(statut__in=ouverts, valide_jusqu_au__lt=au)

    def obstacles(self) -> list[str]:
        signes: Iterable[Any] = self.filter(statut=Devis.Statut.ACCEPTE).order_by("numero")[:20]
        return [f"Le devis {devis.numero} est accepté : il se conserve." for devis in signes]

    def emportables(self) -> Self:
        return self.exclude(statut=Devis.Statut.ACCEPTE)


class Devis(Supprimable):
    """A quote: numbered and frozen when finalised, then sent, accepted, refused or expired."""

    class Statut(models.TextChoices):
        BROUILLON = "brouillon", "Brouillon"
        FINALISE = "finalise", "Finalisé"
        ENVOYE = "envoye", "Envoyé"
        ACCEPTE = "accepte", "Accepté"
        REFUSE = "refuse", "Refusé"
        EXPIRE = "expire", "Expiré"

    TRANSITIONS: Mapping[str, frozenset[str]] = {
        Statut.BROUILLON: frozenset({Statut.FINALISE}),
        Statut.FINALISE: frozenset({Statut.ENVOYE, Statut.ACCEPTE, Statut.REFUSE, Statut.EXPIRE}),
        Statut.ENVOYE: frozenset({Statut.ACCEPTE, Statut.REFUSE, Statut.EXPIRE}),
        Statut.ACCEPTE: frozenset(),
        Statut.REFUSE: frozenset(),
        Statut.EXPIRE: frozenset(),
    }

    numero = models.CharField("numéro", max_length=35, null=True, editable=False, unique=True)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="devis")
    chantier = models.ForeignKey(
        Chantier, null=True, blank=True, on_delete=models.PROTECT, related_name="devis"
    )
    objet = models.CharField(max_length=200)
    statut = models.CharField(max_length=10, choices=Statut, default=Statut.BROUILLON)
    date = models.DateField("date", null=True, editable=False)
    duree_validite = models.PositiveSmallIntegerField("validité (jours)", default=30)
    valide_jusqu_au = models.DateField("valide jusqu'au", null=True, editable=False)
    total_ht = models.DecimalField(max_digits=12, decimal_places=2, default=0, editable=False)
    total_tva = models.DecimalField(max_digits=12, decimal_places=2, default=0, editable=False)
    total_ttc = models.DecimalField(max_digits=12, decimal_places=2, default=0, editable=False)
    emetteur = models.JSONField(default=dict, editable=False)
    destinataire = models.JSONField(default=dict, editable=False)
    envoye_le = models.DateTimeField("envoyé le", null=True, editable=False)
    decide_le = models.DateTimeField("décidé le", null=True, editable=False)
    motif_refus = models.CharField("motif du refus", max_length=300, blank=True, editable=False)
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False)

    objects: ClassVar[Any] = vivants_d_abord(DevisQuerySet)
    tous: ClassVar[Any] = DevisQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "devis"
        ordering = ["-id"]
        permissions = [("decider_devis", "Peut finaliser, envoyer et décider un devis")]
        constraints = [
            models.CheckConstraint(
                name="devis_numerote",
                condition=Q(statut="brouillon", numero=None)
                | (
                    ~Q(statut="brouillon")
                    & Q(numero__isnull=False, date__isnull=False, valide_jusqu_au__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="devis_total",
                condition=Q(total_ttc=models.F("total_ht") + models.F("total_tva")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="finalise_fige",
                operation=pgtrigger.Update,
                condition=ChangeHors(sauf_si="brouillon", exclude=[*VIVENT, *CORBEILLE]),
            ),
            pgtrigger.Protect(
                name="finalise_garde",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__statut="brouillon"),
            ),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"Devis {self.numero}" if self.numero else f"Devis (brouillon) {self.objet}"

    def passer(self, vers: str) -> None:
        etats.exiger(self.TRANSITIONS, de=self.statut, vers=vers)
        self.statut = vers


class LigneDevis(Ligne):
    """A line of a quote."""

    devis = models.ForeignKey(Devis, on_delete=models.CASCADE, related_name="lignes")

    class Meta(Ligne.Meta):
        verbose_name = "ligne de devis"
        verbose_name_plural = "lignes de devis"
        constraints = contraintes_de_ligne("ligne_devis")
        triggers = [suit_son_document("facturation_devis", "devis_id"), SANS_TRUNCATE]
