"""Money received, and the invoices it settles. Both append-only: a mistake gets an opposite row."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from artjardin.argent import ZERO, en_euros
from artjardin.figer import AJOUT_SEUL, SANS_TRUNCATE
from artjardin.temoins import Temoin
from clients.models import Client
from facturation.models.facture import Facture
from facturation.models.figer import IMPUTATION_BORNEE
from facturation.models.numerotation import Numerote


class PaiementQuerySet(models.QuerySet["Paiement"]):
    def avec_credit(self) -> Self:
        """Annotate `credit`: what no invoice has taken and was not given back, in euros."""
        impute = Subquery(_somme(Imputation.objects.filter(paiement=OuterRef("pk")), "paiement"))
        rendu = Subquery(_somme(Paiement.objects.filter(rembourse=OuterRef("pk")), "rembourse"))
        libre = F("montant") - Coalesce(impute, ZERO) + Coalesce(rendu, ZERO)
        actif = Q(annule=None, annulation=None, rembourse=None)
        return self.annotate(credit=Case(When(actif, then=libre), default=ZERO))

    def obstacles_au_parent(self) -> list[str]:
        """Why the client of these payments may not go to the trash: its money is still here."""
        rendre: Any = self.avec_credit().filter(credit__gt=0).order_by("pk")[:20]
        return [f"{un} : {en_euros(un.credit)} à imputer ou à rendre." for un in rendre]


def _somme(lignes: models.QuerySet, par: str) -> Any:
    return lignes.order_by().values(par).annotate(total=Sum("montant")).values("total")


class Paiement(Numerote):
    """Money received from a client, in euros; negative when it cancels another, or gives back."""

    class Mode(models.TextChoices):
        VIREMENT = "virement", "Virement"
        CHEQUE = "cheque", "Chèque"
        ESPECES = "especes", "Espèces"
        CARTE = "carte", "Carte"
        PRELEVEMENT = "prelevement", "Prélèvement"
        REPRISE = "reprise", "Réglé avant la reprise"

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="paiements")
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    mode = models.CharField(max_length=15, choices=Mode, default=Mode.VIREMENT)
    le = models.DateField("reçu le")
    reference = models.CharField("référence", max_length=140, blank=True)
    annule = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="annulation"
    )
    rembourse = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="remboursements"
    )
    saisi_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    saisi_le = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[Any] = PaiementQuerySet.as_manager()
    # The numbered ones are chained; of the others, imported, the journal answers
    TEMOIN = Temoin(
        [
            "client", "montant", "mode", "le", "reference", "annule", "rembourse", "saisi_par",
            "saisi_le", "numero",
        ],
        calculs={
            "imputations": """(
                SELECT coalesce(
                    jsonb_agg(jsonb_build_array(i.facture_id, i.montant::text) ORDER BY i.id), '[]'
                ) FROM facturation_imputation i WHERE i.paiement_id = r.id AND i.numero IS NULL
            )""",
        },
        exige="r.numero IS NULL",
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="paiement_signe",
                condition=Q(montant__gt=0, annule=None, rembourse=None)
                | Q(montant__lt=0, annule__isnull=False, rembourse=None)
                | Q(montant__lt=0, annule=None, rembourse__isnull=False)
                | Q(montant__gt=0, annule__isnull=False, rembourse__isnull=False),
            ),
            models.UniqueConstraint(fields=["serie", "numero"], name="paiement_numero_unique"),
            models.CheckConstraint(
                name="paiement_numerote", condition=Q(numero__isnull=False) | Q(mode="reprise")
            ),
        ]
        triggers = [AJOUT_SEUL, SANS_TRUNCATE]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} de {en_euros(self.montant)} du {self.le:%d/%m/%Y}"


class Imputation(Numerote):
    """The part of a payment that settles one invoice, in euros; negative when taken back.

    `le` is the day it was allocated: it then has a number of its own. Null when it was with the
    payment itself, whose content holds it.
    """

    paiement = models.ForeignKey(Paiement, on_delete=models.PROTECT, related_name="imputations")
    facture = models.ForeignKey(Facture, on_delete=models.PROTECT, related_name="imputations")
    montant = models.DecimalField(max_digits=12, decimal_places=2)
    le = models.DateField("imputé le", null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["serie", "numero"], name="imputation_numero_unique"),
            models.CheckConstraint(name="imputation_non_nulle", condition=~Q(montant=0)),
        ]
        indexes = [
            models.Index(fields=["facture"], include=["montant"], name="imputation_solde"),
        ]
        triggers = [AJOUT_SEUL, IMPUTATION_BORNEE, SANS_TRUNCATE]

    def __str__(self) -> str:
        return f"{en_euros(self.montant)} sur {self.facture}"
