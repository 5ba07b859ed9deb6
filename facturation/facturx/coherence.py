"""The arithmetic of a CII invoice, to the cent, where the EN 16931 schematron allows one euro."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from lxml import etree

from artjardin.argent import ZERO, arrondir
from facturation.facturx.codes import RELIQUAT
from facturation.facturx.schematron import analyser

NOMS = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
_OPERATION = "rsm:SupplyChainTradeTransaction"
_REGLEMENT = f"{_OPERATION}/ram:ApplicableHeaderTradeSettlement"
_LIGNE = "ram:SpecifiedLineTradeSettlement"
_REMISE = "ram:SpecifiedTradeAllowanceCharge"

Taux = tuple[str, Decimal]


def coherence(xml: bytes) -> list[str]:
    """Faults of arithmetic as "rule : sentence" (BR-CO-10 to 17, BR-S-08, BT-131), euros exact.

    The VAT of a rate is exactly round2(base × rate); invoices (380) and credit notes (381) that
    refer to earlier ones may take a remainder of 0.05 € at most.
    """
    try:
        return list(_fautes(analyser(xml)))
    except (ValueError, InvalidOperation) as erreur:
        return [f"Montants : {erreur or 'un nombre est illisible.'}"]


def _fautes(racine: etree._Element) -> Iterator[str]:
    reglement = racine.find(_REGLEMENT, NOMS)
    if reglement is None:
        raise ValueError("l'en-tête de règlement manque.")
    lignes = racine.findall(f"{_OPERATION}/ram:IncludedSupplyChainTradeLineItem", NOMS)
    for ligne in lignes:
        yield from _fautes_de_ligne(ligne)
    yield from _fautes_des_totaux(reglement, lignes)
    yield from _fautes_par_taux(reglement, lignes, _tolerance(racine, reglement))


def _fautes_de_ligne(ligne: etree._Element) -> Iterator[str]:
    quantite = _nombre(ligne, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity")
    prix = "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice"
    unitaire = _nombre(ligne, f"{prix}/ram:ChargeAmount")
    pour = _nombre(ligne, f"{prix}/ram:BasisQuantity", Decimal(1))
    reglement = ligne.find(_LIGNE, NOMS)
    calcule = arrondir(quantite * unitaire / pour) + _frais(reglement) - _remises(reglement)
    if _net(ligne) != calcule:
        rang = ligne.findtext("ram:AssociatedDocumentLineDocument/ram:LineID", "?", NOMS)
        yield f"BT-131 : ligne {rang}, net {_net(ligne)} au lieu de {calcule}."


def _fautes_des_totaux(reglement: etree._Element, lignes: list[etree._Element]) -> Iterator[str]:
    totaux = reglement.find("ram:SpecifiedTradeSettlementHeaderMonetarySummation", NOMS)
    tva = [_nombre(une, "ram:CalculatedAmount") for une in _taxes(reglement)]
    somme, moins, plus, ht, taxe, ttc, paye, arrondi, net = (
        _nombre(totaux, f"ram:{champ}", defaut)
        for champ, defaut in (
            ("LineTotalAmount", None),
            ("AllowanceTotalAmount", ZERO),
            ("ChargeTotalAmount", ZERO),
            ("TaxBasisTotalAmount", None),
            ("TaxTotalAmount", None),
            ("GrandTotalAmount", None),
            ("TotalPrepaidAmount", ZERO),
            ("RoundingAmount", ZERO),
            ("DuePayableAmount", None),
        )
    )
    yield from _comparer("BR-CO-10", "total des lignes", somme, sum(map(_net, lignes), ZERO))
    yield from _comparer("BR-CO-11", "total des remises", moins, _remises(reglement))
    yield from _comparer("BR-CO-12", "total des frais", plus, _frais(reglement))
    yield from _comparer("BR-CO-13", "total HT", ht, somme - moins + plus)
    yield from _comparer("BR-CO-14", "total de TVA", taxe, sum(tva, ZERO))
    yield from _comparer("BR-CO-15", "total TTC", ttc, ht + taxe)
    yield from _comparer("BR-CO-16", "net à payer", net, ttc - paye + arrondi)


def _fautes_par_taux(
    reglement: etree._Element, lignes: list[etree._Element], tolerance: Decimal
) -> Iterator[str]:
    bases: defaultdict[Taux, Decimal] = defaultdict(lambda: ZERO)
    for ligne in lignes:
        bases[_taux(ligne.find(f"{_LIGNE}/ram:ApplicableTradeTax", NOMS))] += _net(ligne)
    for une in reglement.findall(_REMISE, NOMS):
        montant = _nombre(une, "ram:ActualAmount")
        taux_de_remise = _taux(une.find("ram:CategoryTradeTax", NOMS))
        bases[taux_de_remise] += montant if _est_un_frais(une) else -montant
    for tva in _taxes(reglement):
        (categorie, taux), base = _taux(tva), _nombre(tva, "ram:BasisAmount")
        attendue = bases.pop((categorie, taux), ZERO)
        yield from _comparer(f"BR-{categorie}-08", f"base à {taux} %", base, attendue)
        montant, calcule = _nombre(tva, "ram:CalculatedAmount"), arrondir(base * taux / 100)
        if abs(montant - calcule) > tolerance:
            yield f"BR-CO-17 : TVA à {taux} % de {montant} au lieu de {calcule}."
    for categorie, taux in bases:
        yield f"BR-{categorie}-01 : la TVA à {taux} % n'est pas ventilée."


def _tolerance(racine: etree._Element, reglement: etree._Element) -> Decimal:
    genre = racine.findtext("rsm:ExchangedDocument/ram:TypeCode", "", NOMS)
    suit = reglement.find("ram:InvoiceReferencedDocument", NOMS) is not None
    return RELIQUAT if suit and genre in {"380", "381"} else ZERO


def _comparer(regle: str, nom: str, lu: Decimal, calcule: Decimal) -> Iterator[str]:
    if lu != calcule:
        yield f"{regle} : {nom} de {lu} au lieu de {calcule}."


def _remises(reglement: etree._Element | None) -> Decimal:
    return _total(reglement, frais=False)


def _frais(reglement: etree._Element | None) -> Decimal:
    return _total(reglement, frais=True)


def _total(reglement: etree._Element | None, *, frais: bool) -> Decimal:
    toutes = [] if reglement is None else reglement.findall(_REMISE, NOMS)
    voulues = (une for une in toutes if _est_un_frais(une) == frais)
    return sum((_nombre(une, "ram:ActualAmount") for une in voulues), ZERO)


def _est_un_frais(remise: etree._Element) -> bool:
    """BG-21 or BG-28 (a charge) rather than BG-20 or BG-27 (an allowance)."""
    return remise.findtext("ram:ChargeIndicator/udt:Indicator", "", NOMS).strip() in {"true", "1"}


def _taxes(reglement: etree._Element) -> list[etree._Element]:
    return reglement.findall("ram:ApplicableTradeTax", NOMS)


def _taux(taxe: etree._Element | None) -> Taux:
    if taxe is None:
        raise ValueError("une TVA manque.")
    categorie = taxe.findtext("ram:CategoryCode", "", NOMS)
    return categorie, _nombre(taxe, "ram:RateApplicablePercent", ZERO)


def _net(ligne: etree._Element) -> Decimal:
    somme = f"{_LIGNE}/ram:SpecifiedTradeSettlementLineMonetarySummation"
    return _nombre(ligne, f"{somme}/ram:LineTotalAmount")


def _nombre(element: etree._Element | None, chemin: str, defaut: Decimal | None = None) -> Decimal:
    texte = None if element is None else element.findtext(chemin, None, NOMS)
    if texte is not None:
        return Decimal(texte.strip())
    if defaut is None:
        raise ValueError(f"il manque {chemin.rpartition(':')[2]}.")
    return defaut
