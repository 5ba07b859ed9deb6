"""What is left: of a devis to invoice, of an invoice to credit, by rate of VAT."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from artjardin.argent import ZERO
from artjardin.erreurs import Conflit
from facturation.models import Devis, Facture, TvaFacture
from facturation.montants import Totaux, Tva

Type = Facture.Type
Reste = dict[Decimal, Tva]


def parts_possibles(devis: Devis) -> set[str]:
    """The types of invoices that an accepted devis still admits; none while a draft waits.

    After a whole invoice nothing does; a solde closes the devis unless credit notes reopen it.
    """
    if brouillon_en_attente(devis):
        return set()
    deja = {une.type for une in anterieures(devis)}
    if not deja:
        return {Type.FACTURE, *Facture.DU_DEVIS}
    if Type.FACTURE in deja:
        return set()
    if any(tva.base or tva.montant for tva in reste_a_facturer(devis).values()):
        return set(Facture.DU_DEVIS)
    return set() if Type.SOLDE in deja else {Type.SOLDE}


def brouillon_en_attente(devis: Devis) -> bool:
    brouillons = devis.factures.filter(statut=Facture.Statut.BROUILLON)
    return brouillons.exclude(type=Type.AVOIR).exists()


def reste_a_facturer(devis: Devis) -> Reste:
    """What an accepted devis still has to invoice, by rate: base and VAT in euros."""
    return _moins(devis.marche().par_taux, _facture(devis))


def reste_a_crediter(facture: Facture) -> Reste:
    """What credit notes have left of an issued invoice, by rate: base and VAT in euros."""
    avoirs = TvaFacture.objects.filter(
        facture__origine=facture, facture__statut=Facture.Statut.EMISE
    )
    tva = [Tva(une.taux, une.base, une.montant) for une in facture.tva.all()]
    return _moins(tva, _sommes(avoirs))


def anterieures(devis: Devis) -> list[Facture]:
    """Issued invoices of a devis that credit notes have not wholly undone, the oldest first."""
    return [une for une, _ in nets_anterieurs(devis)]


def nets_anterieurs(devis: Devis) -> list[tuple[Facture, list[Tva]]]:
    """The same, each with what its credit notes leave of it by rate, in euros."""
    emises = Facture.objects.emises().filter(devis=devis).order_by("date", "pk")
    avoirs = TvaFacture.objects.filter(
        facture__origine__devis=devis, facture__statut=Facture.Statut.EMISE
    )
    credite: dict[int | None, Reste] = {}
    sommes = avoirs.order_by().values_list("facture__origine", "taux")
    for origine, taux, base, montant in sommes.annotate(Sum("base"), Sum("montant")):
        credite.setdefault(origine, {})[taux] = Tva(taux, base, montant)
    nets = []
    for une in emises.prefetch_related("tva"):
        tva = [Tva(t.taux, t.base, t.montant) for t in une.tva.all()]
        reste = list(_moins(tva, credite.get(une.pk, {})).values())
        if any(t.base or t.montant for t in reste):
            nets.append((une, reste))
    return nets


def verifier_la_part(facture: Facture, totaux: Totaux) -> None:
    """Raise Conflit when a draft made from a devis no longer fits what is left of it."""
    if facture.devis is None or facture.type == Type.AVOIR:
        return
    if facture.type == Type.FACTURE:  # its lines are free: the works may differ from the devis
        if anterieures(facture.devis):
            raise Conflit("Ce devis est déjà facturé.", code="devis_deja_facture")
        return
    reste = reste_a_facturer(facture.devis)
    bases = {tva.taux: tva.base for tva in totaux.par_taux}
    trop = any(base > base_du_taux(reste, taux) for taux, base in bases.items())
    pas_tout = facture.type == Type.SOLDE and any(
        tva.base != bases.get(taux, ZERO) for taux, tva in reste.items()
    )
    if trop or pas_tout:
        raise Conflit(
            "Le devis a été facturé ou crédité depuis : supprimez ce brouillon et refaites-le.",
            code="devis_deja_facture",
        )


def base_du_taux(reste: Reste, taux: Decimal) -> Decimal:
    return reste[taux].base if taux in reste else ZERO


def _facture(devis: Devis) -> Reste:
    emises = TvaFacture.objects.filter(facture__statut=Facture.Statut.EMISE)
    ventes = _sommes(emises.filter(facture__devis=devis).exclude(facture__type=Type.AVOIR))
    return _moins(ventes.values(), _sommes(emises.filter(facture__origine__devis=devis)))


def _sommes(lignes: Any) -> Reste:
    sommes = lignes.order_by().values_list("taux").annotate(Sum("base"), Sum("montant"))
    return {taux: Tva(taux, base, montant) for taux, base, montant in sommes}


def _moins(tout: Iterable[Tva], enleve: Reste) -> Reste:
    reste = {}
    for tva in tout:
        moins = enleve.get(tva.taux, Tva(tva.taux, ZERO))
        base, montant = tva.base - moins.base, tva.montant - moins.montant
        reste[tva.taux] = Tva(tva.taux, base, montant)
    return reste
