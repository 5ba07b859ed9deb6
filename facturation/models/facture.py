"""Invoices: frozen at issue, balance derived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import (
    BooleanField,
    Case,
    DateField,
    DecimalField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from artjardin import etats
from artjardin.argent import ZERO, en_euros
from artjardin.figer import SANS_TRUNCATE
from artjardin.softdelete.models import SupprimableQuerySet, vivants_d_abord
from artjardin.temoins import Temoin
from chantiers.models import Chantier
from clients.models import Client
from facturation.models.devis import Devis, LigneDevis
from facturation.models.figer import AVOIR_BORNE, suit_son_document
from facturation.models.lignes import Ligne, contraintes_de_ligne
from facturation.models.piece import Piece, contraintes_de_piece, index_du_destinataire, trouves

RETENUE_MAX = 5  # percent (loi 71-584, art. 1)
RETENUE_HORS = "La retenue de garantie va de 0 à 5 %."
EUROS = DecimalField(max_digits=12, decimal_places=2)
# The bank credits a debit on its day and tells a refusal within two working days: five days cover
# a long weekend, and the entry of the statement
DELAI_DE_LA_BANQUE = dt.timedelta(days=5)


def _vrai(condition: Q) -> Case:
    """A boolean, false where the condition is unknown: without a debit there is no day."""
    return Case(When(condition, then=True), default=False, output_field=BooleanField())


class FactureQuerySet(SupprimableQuerySet):
    def emises(self) -> Self:
        """Issued invoices that ask for money (credit notes reduce them)."""
        return self.filter(statut=Facture.Statut.EMISE).exclude(type=Facture.Type.AVOIR)

    def avec_solde(self) -> Self:
        """Annotate `solde`: TTC less payments and credit notes, in euros. Computed, never stored.

        A subquery per row: right for pages and filtered sets. `avec_soldes()` joins instead.
        """
        regle = Subquery(
            Reglement.objects.filter(facture=OuterRef("pk")).values("montant"), output_field=EUROS
        )
        return self.annotate(solde=F("total_ttc") - Coalesce(regle, ZERO, output_field=EUROS))

    def avec_soldes(self) -> Self:
        """The same `solde` by a join over the whole table: right when most rows are read."""
        return self.annotate(
            solde=F("total_ttc") - Coalesce("reglement__montant", ZERO, output_field=EUROS)
        )

    def avec_exigible(self, *, au: dt.date) -> Self:
        """On top of a balance, annotate `exigible` and `exigible_le`: what may be asked on `au`.

        A warranty retention is asked from its own due date only (loi 71-584, art. 2).
        """
        retenue = Q(retenue__isnull=False) & (
            Q(retenue__echeance=None) | Q(retenue__echeance__gt=au)
        )
        retenu = Case(When(retenue, then=F("retenue__montant")), default=ZERO, output_field=EUROS)
        liberee = Q(retenue__echeance__lte=au, solde__lte=F("retenue__montant"))
        return self.annotate(
            exigible=F("solde") - retenu,
            exigible_le=Case(When(liberee, then=F("retenue__echeance")), default=F("echeance")),
        )

    def avec_client(self) -> Self:
        return self.select_related("client", "chantier")

    def ouvertes(self) -> Self:
        """Issued, with a balance left."""
        return self.emises().avec_solde().filter(solde__gt=0)

    def en_retard(self, *, au: dt.date) -> Self:
        return self.ouvertes().avec_exigible(au=au).filter(exigible__gt=0, exigible_le__lt=au)

    def en_litige(self) -> Self:
        return self.filter(litiges__clos_le=None, litiges__isnull=False)

    def avec_prelevement(self, *, au: dt.date) -> Self:
        """On top of a balance, annotate what the bank was to debit and has not refused.

        `preleve_en_cours` until DELAI_DE_LA_BANQUE after the day, then `prelevement_sans_nouvelle`
        while it is not paid: made or not, somebody must say. A warranty retention is not debited.
        """
        annonce = Q(prelevement__isnull=False, prelevement__rejete_le=None)
        passe = Q(dernier_jour__lt=au, solde__gt=Coalesce("retenue__montant", ZERO))
        return self.alias(
            dernier_jour=ExpressionWrapper(
                F("prelevement__prevu_le") + DELAI_DE_LA_BANQUE, output_field=DateField()
            )
        ).annotate(
            preleve_en_cours=_vrai(annonce & Q(dernier_jour__gte=au)),
            prelevement_sans_nouvelle=_vrai(annonce & passe),
        )

    def rechercher(self, demande: str) -> Self:
        return self.filter(trouves(self, demande))

    def obstacles(self) -> list[str]:
        emises = self.filter(statut=Facture.Statut.EMISE).order_by("numero")
        return [f"{facture} est émise : faites un avoir." for facture in emises[:20]]

    def emportables(self) -> Self:
        """Drafts follow their client to the trash; issued documents stay for the accountant."""
        return self.filter(statut=Facture.Statut.BROUILLON)

    def obstacles_au_parent(self) -> list[str]:
        """An issued invoice that is not settled to the cent, either way."""
        soldes: Iterable[Any] = self.emises().avec_solde().exclude(solde=0).order_by("numero")[:20]
        return [
            f"{facture} reste due ({en_euros(facture.solde)})."
            if facture.solde > 0
            else f"{facture} est réglée de trop ({en_euros(-facture.solde)} à rendre)."
            for facture in soldes
        ]


class Facture(Piece):
    """An invoice or a credit note (amounts positive, as EN 16931 type 381).

    Acompte, situation and solde invoice a devis by parts; the parts make the devis to the cent.
    """

    class Type(models.TextChoices):
        FACTURE = "facture", "Facture"
        ACOMPTE = "acompte", "Facture d'acompte"
        SITUATION = "situation", "Facture de situation"
        SOLDE = "solde", "Facture de solde"
        AVOIR = "avoir", "Avoir"

    class Statut(models.TextChoices):
        BROUILLON = "brouillon", "Brouillon"
        EMISE = "emise", "Émise"

    TRANSITIONS: Mapping[str, frozenset[str]] = {
        Statut.BROUILLON: frozenset({Statut.EMISE}),
        Statut.EMISE: frozenset(),
    }
    DU_DEVIS = frozenset({Type.ACOMPTE, Type.SITUATION, Type.SOLDE})
    SERIE_REPRISE = "REPRISE"

    type = models.CharField(max_length=10, choices=Type, default=Type.FACTURE)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="factures")
    chantier = models.ForeignKey(
        Chantier, null=True, blank=True, on_delete=models.PROTECT, related_name="factures"
    )
    devis = models.ForeignKey(
        Devis, null=True, blank=True, on_delete=models.PROTECT, related_name="factures"
    )
    origine = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="avoirs"
    )
    motif = models.CharField("motif de l'avoir", max_length=300, blank=True)
    statut = models.CharField(max_length=10, choices=Statut, default=Statut.BROUILLON)
    echeance = models.DateField("échéance", null=True, blank=True)
    prestation_le = models.DateField("date de la prestation", null=True, blank=True)
    reference_client = models.CharField("votre commande n°", max_length=50, blank=True)
    retenue_taux = models.DecimalField(
        "retenue de garantie (%)", max_digits=4, decimal_places=2, default=Decimal(0)
    )
    preleve = models.BooleanField("réglée par prélèvement", default=False)
    references = models.JSONField(default=list, editable=False)
    emise_le = models.DateTimeField("émise le", null=True, editable=False)

    objects: ClassVar[Any] = vivants_d_abord(FactureQuerySet)
    tous: ClassVar[Any] = FactureQuerySet.as_manager()
    # Those numbered here are chained; of the imported ones, the journal answers
    TEMOIN = Temoin(
        [
            "serie", "numero", "statut", "type", "client", "date", "echeance", "objet",
            "total_ht", "total_tva", "total_ttc", "destinataire", "emetteur", "emise_le",
        ],
        masques=dict.fromkeys(["objet", "destinataire", "emetteur"], "empreinte"),
        calculs={
            "tva": """(
                SELECT coalesce(jsonb_agg(
                    jsonb_build_array(v.taux::text, v.base::text, v.montant::text) ORDER BY v.id
                ), '[]') FROM facturation_tvafacture v WHERE v.facture_id = r.id
            )""",
        },
        exige=f"r.serie = '{SERIE_REPRISE}'",
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("emettre_facture", "Peut émettre et envoyer des factures"),
            ("encaisser_facture", "Peut encaisser et annuler des paiements"),
            ("importer_facture", "Peut importer des factures"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["serie", "numero"], name="facture_numero_unique"),
            models.CheckConstraint(
                name="facture_emise_numerotee",
                condition=Q(statut="brouillon", numero=None)
                | Q(
                    statut="emise",
                    numero__isnull=False,
                    date__isnull=False,
                    supprime_le=None,
                )
                & (Q(type="avoir") | Q(echeance__isnull=False, echeance__gte=F("date"))),
                violation_error_message="L'échéance ne peut pas précéder la date d'émission.",
            ),
            *contraintes_de_piece("facture"),
            models.CheckConstraint(
                name="facture_origine",
                condition=(~Q(type="avoir") & Q(origine=None))
                | (Q(type="avoir", origine__isnull=False) & ~Q(motif="")),
            ),
            models.CheckConstraint(
                name="facture_du_devis",
                condition=~Q(type__in=["acompte", "situation", "solde"]) | Q(devis__isnull=False),
            ),
            models.CheckConstraint(
                name="facture_positive", condition=Q(statut="brouillon") | Q(total_ttc__gte=0)
            ),
            models.CheckConstraint(
                name="facture_retenue",  # loi 71-584, art. 1
                condition=Q(retenue_taux__gte=0, retenue_taux__lte=RETENUE_MAX),
                violation_error_message=RETENUE_HORS.replace("%", "%%"),
            ),
            models.UniqueConstraint(
                fields=["origine"],
                name="facture_un_avoir_en_brouillon",
                condition=Q(supprime_le=None, statut="brouillon"),
                violation_error_message="Cette facture a déjà un avoir en brouillon.",
            ),
            models.UniqueConstraint(
                fields=["devis"],
                name="facture_un_brouillon_par_devis",
                condition=Q(supprime_le=None, statut="brouillon") & ~Q(type="avoir"),
                violation_error_message="Ce devis a déjà une facture en brouillon.",
            ),
        ]
        indexes = [
            models.Index(fields=["-date", "-id"], name="facture_date"),
            models.Index(
                fields=["echeance"],
                name="facture_echeance",
                condition=Q(statut="emise") & ~Q(type="avoir"),
            ),
            index_du_destinataire("facture"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="emise_figee",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__statut="emise"),
            ),
            AVOIR_BORNE,
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        nom = self.get_type_display()
        return f"{nom} {self.numero}" if self.numero else f"{nom} (brouillon) {self.objet}"

    @property
    def est_reprise(self) -> bool:
        """Imported from the previous software, with its own number."""
        return self.serie == self.SERIE_REPRISE

    def _fautes(self) -> dict[str, str]:
        hors = not 0 <= self.retenue_taux <= RETENUE_MAX
        return super()._fautes() | ({"retenue_taux": RETENUE_HORS} if hors else {})

    def emettre(self, *, numero: str, serie: str, le: dt.date) -> None:
        """Take number and date."""
        etats.exiger(self.TRANSITIONS, de=self.statut, vers=self.Statut.EMISE)
        self.statut = self.Statut.EMISE
        self.numero, self.serie, self.date = numero, serie, le
        self.emise_le = timezone.now()


class Reglement(models.Model):
    """View: what payments and credit notes have settled of an invoice, in euros."""

    facture = models.OneToOneField(
        Facture, primary_key=True, on_delete=models.DO_NOTHING, related_name="reglement"
    )
    montant = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        managed = False
        db_table = "facturation_reglement"

    def __str__(self) -> str:
        return en_euros(self.montant)


class LigneFacture(Ligne):
    """A line of an invoice; in a solde, one that deducts an earlier invoice is negative."""

    facture = models.ForeignKey(Facture, on_delete=models.CASCADE, related_name="lignes")
    ligne_devis = models.ForeignKey(
        LigneDevis, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    avancement = models.DecimalField(
        "avancement (%)", max_digits=5, decimal_places=2, null=True, editable=False
    )
    deduit = models.ForeignKey(
        Facture, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta(Ligne.Meta):
        verbose_name = "ligne de facture"
        verbose_name_plural = "lignes de facture"
        constraints = contraintes_de_ligne("ligne_facture", deduite=Q(deduit__isnull=False))
        triggers = [suit_son_document("facturation_facture", "facture_id"), SANS_TRUNCATE]

    def est_deduite(self) -> bool:
        return self.deduit_id is not None


class TvaFacture(models.Model):
    """The VAT of an invoice by rate, frozen at issue."""

    facture = models.ForeignKey(Facture, on_delete=models.CASCADE, related_name="tva")
    taux = models.DecimalField(max_digits=5, decimal_places=2)
    base = models.DecimalField(max_digits=12, decimal_places=2)
    montant = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = "TVA"
        verbose_name_plural = "TVA"
        ordering = ["-taux"]
        constraints = [
            models.UniqueConstraint(fields=["facture", "taux"], name="tva_facture_unique"),
        ]
        triggers = [suit_son_document("facturation_facture", "facture_id"), SANS_TRUNCATE]

    def __str__(self) -> str:
        return f"TVA {self.taux} % sur {en_euros(self.base)}"
