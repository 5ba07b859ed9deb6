"""What a payment must be before it is entered: its amount, its day, its invoices, the law."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone

from artjardin.argent import ZERO, arrondir, en_euros
from artjardin.erreurs import Conflit, Invalide
from clients.models import Client
from facturation.models import Devis, Facture, Imputation, Paiement
from facturation.models.devis import HUITIEME_JOUR
from facturation.models.lignes import MONTANT_MAX

ESPECES_MAX = Decimal("1000.00")  # CMF art. D112-3, private debtor resident in France
ORIGINE = date(2000, 1, 1)  # before any payment that this firm may enter
Mode = Paiement.Mode
Part = tuple[Facture, Decimal]


def verifier_l_entree(*, montant: Decimal, mode: str, le: date, parts: Sequence[Part]) -> None:
    """Raise Invalide, by field: amount in cents, parts within it, known mode, possible day."""
    erreurs: dict[str, list[str]] = {}
    if not _est_en_centimes(montant):
        erreurs["montant"] = ["Donnez un montant positif, en euros et centimes."]
    elif not all(_est_en_centimes(part) for _, part in parts):
        erreurs["imputations"] = ["Donnez des montants positifs, en euros et centimes."]
    elif sum((part for _, part in parts), ZERO) > montant:
        erreurs["imputations"] = ["Le total imputé dépasse le montant reçu."]
    elif len({facture.pk for facture, _ in parts}) != len(parts):
        erreurs["imputations"] = ["Une facture ne figure qu'une fois."]
    if mode not in set(Mode.values) - {Mode.REPRISE}:
        erreurs["mode"] = ["Ce mode de paiement n'existe pas."]
    if faute := _faute_de_date(le):
        erreurs["le"] = [faute]
    if erreurs:
        raise Invalide("Paiement refusé.", champs=erreurs)


def exiger_peu_d_especes(montant: Decimal, factures: Sequence[Facture]) -> None:
    """Splitting a payment, or invoicing a devis by parts, does not lift the limit, which is that
    of the debt (CMF L112-6).
    """
    devis = {facture.devis_id for facture in factures if facture.devis_id}
    de_la_dette = Q(facture__in=[f.pk for f in factures]) | Q(facture__devis__in=devis)
    especes = Imputation.objects.filter(de_la_dette, paiement__mode=Mode.ESPECES)
    deja = especes.aggregate(total=Sum("montant"))["total"]
    if montant + (deja or ZERO) > ESPECES_MAX:
        texte = "Au-dessus de 1 000 €, les espèces sont interdites (CMF D112-3)."
        raise Invalide("Paiement refusé.", champs={"montant": [texte]})


def exigible(fraiche: Facture | None, facture: Facture, client: Client, *, le: date) -> Facture:
    """The fresh row of an invoice that may be paid on that day. Raise Conflit or Invalide."""
    if facture.client_id != client.pk:
        raise Conflit(f"{facture} n'est pas une facture de ce client.", code="facture_d_un_autre")
    if (
        fraiche is None
        or fraiche.statut != Facture.Statut.EMISE
        or fraiche.type == Facture.Type.AVOIR
    ):
        raise Conflit("Seule une facture émise s'encaisse.", code="facture_non_emise")
    if fraiche.date and le < fraiche.date and not fraiche.est_reprise:
        champs = {"le": ["Cette date précède celle de la facture."]}
        raise Invalide("Paiement refusé.", champs=champs)
    if fraiche.devis is not None:
        exiger_payable(fraiche.devis, le=le)
    return fraiche


def exiger_les_sept_jours(client: Client, *, le: date) -> None:
    """Money for no invoice yet may be for any devis that the client has just signed at home."""
    recents = client.devis.filter(statut=Devis.Statut.ACCEPTE, signe_le__gt=le - HUITIEME_JOUR)
    for devis in recents:
        exiger_payable(devis, le=le)


def exiger_payable(devis: Devis, *, le: date) -> None:
    """Raise Conflit within the seven days of a consumer who signed at home."""
    payable = devis.delai_de_paiement()
    if payable and devis.signe_le and devis.signe_le <= le < payable:
        raise Conflit(
            "Devis signé au domicile du client : aucun paiement avant le "
            f"{payable:%d/%m/%Y} (article L221-10 du Code de la consommation).",
            champs={"le": [f"À partir du {payable:%d/%m/%Y}."]},
            code="sept_jours",
        )


def exiger_des_centimes(montant: Decimal) -> None:
    """Raise Invalide unless it is a positive amount in euros and cents."""
    if not _est_en_centimes(montant):
        texte = "Donnez un montant positif, en euros et centimes."
        raise Invalide("Imputation refusée.", champs={"montant": [texte]})


def exiger_du_credit(paiement: Paiement, montant: Decimal) -> None:
    """Raise Conflit when the payment has less left than `montant`, in euros."""
    actuel: Any = Paiement.objects.avec_credit().get(pk=paiement.pk)
    credit = actuel.credit
    if montant > credit:
        raise Conflit(
            f"Ce paiement n'a que {en_euros(credit)} à imputer.", code="credit_insuffisant"
        )


def _faute_de_date(le: date) -> str:
    if le < ORIGINE:
        return "Cette date est trop ancienne."
    return "Un paiement ne se saisit pas à l'avance." if le > timezone.localdate() else ""


def _est_en_centimes(montant: Decimal) -> bool:
    return montant.is_finite() and 0 < montant < MONTANT_MAX and montant == arrondir(montant)
