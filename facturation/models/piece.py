"""What devis and factures share: parties, totals, what is frozen, the links of the chain."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone

from artjardin.softdelete.models import Supprimable
from clients.models import Client, normalise
from facturation.models.lignes import SIGNES_REFUSES, mal_ecrit
from facturation.models.numerotation import Numerote
from facturation.montants import Remise, Totaux, totaliser

POUR_CENT = 100
DEUX_REMISES = "Une remise est en pourcentage ou en euros, pas les deux."
MOT_MIN = 3  # letters that an index of trigrams needs
# The name and the code frozen at issue; one text, so that an index holds it. Null for a draft
DESTINATAIRE = normalise(
    Func(
        F("destinataire"),
        template="(%(expressions)s ->> 'nom') || ' ' || (%(expressions)s ->> 'code')",
        output_field=models.TextField(),
    )
)


class Piece(Supprimable, Numerote):
    """A document of sale: written as a draft, then numbered and frozen."""

    class Exoneration(models.TextChoices):
        AUCUNE = "", "Aucune"
        FRANCHISE = "franchise", "Franchise en base (article 293 B du CGI)"
        AUTOLIQUIDATION = "autoliquidation", "Autoliquidation (article 283-2 nonies du CGI)"

    objet = models.CharField(max_length=200)
    date = models.DateField("date", null=True, editable=False)
    remise_taux = models.DecimalField(
        "remise (%)", max_digits=5, decimal_places=2, default=Decimal(0)
    )
    remise_montant = models.DecimalField(
        "remise (€ HT)", max_digits=12, decimal_places=2, default=Decimal(0)
    )
    exoneration = models.CharField(
        "motif du taux 0 %", max_length=15, choices=Exoneration, blank=True
    )
    conditions = models.TextField(max_length=2000, blank=True)
    total_ht = models.DecimalField(max_digits=12, decimal_places=2, default=0, editable=False)
    total_tva = models.DecimalField(max_digits=12, decimal_places=2, default=0, editable=False)
    total_ttc = models.DecimalField(max_digits=12, decimal_places=2, default=0, editable=False)
    emetteur = models.JSONField(default=dict, editable=False)
    destinataire = models.JSONField(default=dict, editable=False)
    lieu = models.JSONField(default=dict, editable=False)
    mentions = models.JSONField(default=list, editable=False)
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False)

    lignes: Any

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Raise ValidationError, by field: two discounts, characters no Factur-X can hold."""
        ecrits = [champ for champ in self._meta.concrete_fields if champ.editable]
        textes = {champ.name: getattr(self, champ.attname) for champ in ecrits}
        fautes = self._fautes() | {
            champ: SIGNES_REFUSES
            for champ, texte in textes.items()
            if isinstance(texte, str) and mal_ecrit(texte)
        }
        if fautes:
            raise ValidationError(fautes)

    def _fautes(self) -> dict[str, str]:
        fautes = {
            "remise_taux": not 0 <= self.remise_taux <= POUR_CENT and "La remise va de 0 à 100 %.",
            "remise_montant": self.remise_montant < 0 and "La remise n'est pas négative.",
        }
        if self.remise_taux and self.remise_montant:
            fautes["remise_montant"] = DEUX_REMISES
        return {champ: faute for champ, faute in fautes.items() if faute}

    @property
    def remise(self) -> Remise:
        return Remise(taux=self.remise_taux, montant=self.remise_montant)

    def totaux(self, lignes: Sequence[Any] | None = None) -> Totaux:
        """Totals of the lines that count; those given are not read again.

        Raise ValueError when the discount exceeds them.
        """
        return totaliser(self.lignes.all() if lignes is None else lignes, self.remise)

    def porter(self, totaux: Totaux) -> None:
        self.total_ht, self.total_tva, self.total_ttc = totaux.ht, totaux.tva, totaux.ttc


def index_du_destinataire(prefixe: str) -> GinIndex:
    """What makes the search of a frozen name fast."""
    return GinIndex(OpClass(DESTINATAIRE, name="gin_trgm_ops"), name=f"{prefixe}_destinataire")


def trouves(pieces: Any, demande: str) -> Q:
    """Documents whose number, object or client answers `demande`; the client as it is, or was.

    An erased client is no longer found by its name: its documents are, by the one they froze.
    """
    clients = Client.tous.rechercher(demande).values("pk")
    trouve = Q(numero__icontains=demande) | Q(objet__icontains=demande) | Q(client__in=clients)
    mots = demande.split()
    if max(map(len, mots), default=0) < MOT_MIN:
        return trouve
    figes = pieces.model.tous.order_by().alias(fige=DESTINATAIRE)
    for mot in mots:
        figes = figes.filter(fige__contains=normalise(Value(mot)))
    return trouve | Q(pk__in=figes.values("pk"))


def contraintes_de_piece(prefixe: str) -> list[models.BaseConstraint]:
    """What the database asks of the totals and of the discount of every document."""
    return [
        models.CheckConstraint(
            name=f"{prefixe}_total",
            condition=Q(total_ttc=F("total_ht") + F("total_tva")),
        ),
        models.CheckConstraint(
            name=f"{prefixe}_remise",
            condition=Q(remise_taux__gte=0, remise_taux__lte=100, remise_montant__gte=0)
            & (Q(remise_taux=0) | Q(remise_montant=0)),
            violation_error_message=DEUX_REMISES,
        ),
    ]
