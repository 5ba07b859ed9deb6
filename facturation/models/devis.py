"""Quotes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q

from artjardin import etats
from artjardin.figer import SANS_TRUNCATE, ChangeHors
from artjardin.softdelete.models import SupprimableQuerySet, vivants_d_abord
from chantiers.models import Chantier
from clients.models import Client
from facturation.models.figer import suit_son_document
from facturation.models.lignes import Ligne, contraintes_de_ligne
from facturation.models.piece import Piece, contraintes_de_piece, index_du_destinataire, trouves
from facturation.montants import Totaux, totaliser

VIVENT = [  # what moves after finalisation
    "statut", "envoye_le", "decide_le", "signe_le", "options_retenues", "motif_refus",
]  # fmt: skip
HUITIEME_JOUR = dt.timedelta(days=8)  # seven full days after the day of the contract
CORBEILLE = ["supprime_le", "supprime_par", "supprime_lot"]


class DevisQuerySet(SupprimableQuerySet):
    RAISON_DE_GARDER = "Devis numéroté : sa série est continue et chaînée, il se conserve."

    def rechercher(self, demande: str) -> Self:
        return self.filter(trouves(self, demande))

    def perimes(self, *, au: dt.date) -> Self:
        """Whose last day of validity is past, in Paris, without an answer."""
        ouverts = [Devis.Statut.FINALISE, Devis.Statut.ENVOYE]
        return self.filter(statut__in=ouverts, valide_jusqu_au__lt=au)

    def obstacles(self) -> list[str]:
        signes: Iterable[Any] = self.filter(statut=Devis.Statut.ACCEPTE).order_by("numero")[:20]
        return [f"Le devis {devis.numero} est accepté : il se conserve." for devis in signes]

    def emportables(self) -> Self:
        return self.exclude(statut=Devis.Statut.ACCEPTE)

    def a_garder(self, *, au: dt.date) -> Self:
        return self.exclude(statut=Devis.Statut.BROUILLON)


class Devis(Piece):
    """A quote: numbered and frozen when finalised, then sent, accepted, refused or expired.

    A revision is a new devis; once it is finalised, the one it replaces is superseded.
    """

    class Statut(models.TextChoices):
        BROUILLON = "brouillon", "Brouillon"
        FINALISE = "finalise", "Finalisé"
        ENVOYE = "envoye", "Envoyé"
        ACCEPTE = "accepte", "Accepté"
        REFUSE = "refuse", "Refusé"
        EXPIRE = "expire", "Expiré"
        REMPLACE = "remplace", "Remplacé"

    class Conclusion(models.TextChoices):
        """Where the client signs (C. conso L221-1): it decides of the mentions."""

        ETABLISSEMENT = "etablissement", "À nos bureaux"
        DOMICILE = "domicile", "Chez le client"
        DISTANCE = "distance", "À distance (courriel, courrier)"

    TRANSITIONS: Mapping[str, frozenset[str]] = {
        Statut.BROUILLON: frozenset({Statut.FINALISE}),
        Statut.FINALISE: frozenset(
            {Statut.ENVOYE, Statut.ACCEPTE, Statut.REFUSE, Statut.EXPIRE, Statut.REMPLACE}
        ),
        Statut.ENVOYE: frozenset({Statut.ACCEPTE, Statut.REFUSE, Statut.EXPIRE, Statut.REMPLACE}),
        Statut.ACCEPTE: frozenset(),
        Statut.REFUSE: frozenset({Statut.REMPLACE}),
        Statut.EXPIRE: frozenset({Statut.ACCEPTE, Statut.REMPLACE}),  # signed in time, noted late
        Statut.REMPLACE: frozenset(),
    }

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="devis")
    chantier = models.ForeignKey(
        Chantier, null=True, blank=True, on_delete=models.PROTECT, related_name="devis"
    )
    statut = models.CharField(max_length=10, choices=Statut, default=Statut.BROUILLON)
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    remplace = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="revisions"
    )
    conclusion = models.CharField(
        "signature", max_length=15, choices=Conclusion, default=Conclusion.DISTANCE
    )
    duree_validite = models.PositiveSmallIntegerField("validité (jours)", default=30)
    valide_jusqu_au = models.DateField("valide jusqu'au", null=True, editable=False)
    dechets_quantite = models.CharField("déchets : quantité", max_length=300, blank=True)
    dechets_tri = models.CharField("déchets : tri", max_length=300, blank=True)
    dechets_collecte = models.CharField("déchets : collecte", max_length=300, blank=True)
    dechets_cout = models.CharField("déchets : coût", max_length=300, blank=True)
    sans_dechets = models.BooleanField("aucun déchet", default=False)
    envoye_le = models.DateTimeField("envoyé le", null=True, editable=False)
    decide_le = models.DateTimeField("décidé le", null=True, editable=False)
    signe_le = models.DateField("signé le", null=True, editable=False)
    options_retenues = models.JSONField("options retenues", default=list, editable=False)
    motif_refus = models.CharField("motif du refus", max_length=300, blank=True, editable=False)

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
            models.UniqueConstraint(fields=["numero"], name="devis_numero_unique"),
            models.UniqueConstraint(
                fields=["remplace"],
                name="devis_une_revision",
                condition=Q(supprime_le=None),
                violation_error_message="Ce devis a déjà une nouvelle version.",
            ),
            *contraintes_de_piece("devis"),
        ]
        indexes = [index_du_destinataire("devis")]
        triggers = [
            pgtrigger.Protect(
                name="finalise_fige",
                operation=pgtrigger.Update,
                condition=ChangeHors(sauf_si="brouillon", exclude=[*VIVENT, *CORBEILLE]),
            ),
            pgtrigger.Protect(  # the agreement itself is final
                name="accepte_fige",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__statut="accepte"),
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

    def totaux(self, lignes: Sequence[Any] | None = None) -> Totaux:
        """Totals without the options."""
        lues = self.lignes.all() if lignes is None else lignes
        return totaliser([ligne for ligne in lues if not ligne.option], self.remise)

    def retenues(self) -> list[LigneDevis]:
        """The lines the client agreed to: the firm ones, and the options chosen."""
        choisies = set(self.options_retenues)
        return [li for li in self.lignes.all() if not li.option or li.rang in choisies]

    def marche(self) -> Totaux:
        """Totals of what the client agreed to."""
        return totaliser(self.retenues(), self.remise)

    def delai_de_paiement(self) -> dt.date | None:
        """The first day a consumer who signed at home may pay (C. conso L221-10), if any."""
        chez_lui = self.conclusion == self.Conclusion.DOMICILE
        consommateur = self.destinataire.get("type") == Client.Type.PARTICULIER
        if chez_lui and consommateur and self.signe_le:
            return self.signe_le + HUITIEME_JOUR
        return None


class LigneDevis(Ligne):
    """A line of a quote; an option is not counted until the client chooses it."""

    option = models.BooleanField(default=False)
    devis = models.ForeignKey(Devis, on_delete=models.CASCADE, related_name="lignes")

    class Meta(Ligne.Meta):
        verbose_name = "ligne de devis"
        verbose_name_plural = "lignes de devis"
        constraints = contraintes_de_ligne("ligne_devis")
        triggers = [suit_son_document("facturation_devis", "devis_id"), SANS_TRUNCATE]
