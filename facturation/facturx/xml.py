"""The frozen content of a facture or an avoir, written as CII XML of the EN 16931 profile. Pure.

The mapping is the one of EN 16931-1 (BT and BG numbers) with the French rules of XP Z12-012.
Input is the dict of `facturation.contenu`: strings, booleans, lists and dicts only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from threading import Lock
from typing import Any

from facturx import generate_xml

from artjardin.argent import ZERO, arrondir
from facturation.facturx.codes import (
    ANNUAIRE,
    COURRIEL,
    EXONERATIONS,
    ILLEGAUX,
    REMISE,
    SIREN,
    SUJETS,
    TYPES,
    UNITES,
    categorie,
)

Contenu = Mapping[str, Any]
SANS_OBJET = "Sans objet sur un avoir."
# Without a date or a place of delivery, generate_xml writes a nil that the XSD refuses.
LIVRAISON_VIDE = (
    b'<ram:ApplicableHeaderTradeDelivery xsi:nil="true"/>',
    b"<ram:ApplicableHeaderTradeDelivery/>",
)
# generate_xml extends a list of its own module at its first call: one thread at a time.
_verrou = Lock()


def xml_de(contenu: Contenu) -> bytes:
    """Write the XML, UTF-8. Characters that XML cannot carry are dropped.

    Raises ValueError when there is no line. The rest is what
    `facturation.facturx.conformite.manques` looks for before the issue: with a content that it
    refuses, the XML is not valid, or is not written at all (KeyError, ValueError).
    """
    if not contenu["lignes"]:
        raise ValueError("Une facture sans ligne n'a pas de Factur-X (BR-16).")
    propre = _nettoyer(contenu)
    donnees = _en_tete(propre) | _parties(propre) | _paiement(propre) | _montants(propre)
    with _verrou:
        xml: bytes = generate_xml(
            donnees, flavor="factur-x", level="en16931", check_xsd=False, check_schematron=False
        )
    return xml.replace(*LIVRAISON_VIDE)


def _nettoyer(valeur: Any) -> Any:
    if isinstance(valeur, str):
        return ILLEGAUX.sub("", valeur).strip()
    if isinstance(valeur, Mapping):
        return {clef: _nettoyer(element) for clef, element in valeur.items()}
    if isinstance(valeur, list):
        return [_nettoyer(element) for element in valeur]
    return valeur


def _en_tete(contenu: Contenu) -> dict[str, Any]:
    lieu = contenu["lieu"]
    return {
        "BT-1": contenu["numero"],
        "BT-2": contenu["date"],
        "BT-3": TYPES[contenu["type"]],
        "BT-5": "EUR",
        "BT-8": "5" if contenu["emetteur"]["tva_debits"] else "72",
        "BT-9": contenu["echeance"],
        "BT-13": contenu["reference_client"],
        "BT-20": _conditions(contenu),
        "BT-23": _cadre(contenu),
        "BT-72": contenu["prestation_le"],
        "BG-1": _notes(contenu),
        "BG-3": [
            {"BT-25": reference["numero"], "BT-26": reference["date"]}
            for reference in contenu["references"]
        ],
        "BG-13": _adresse(lieu) | {"name": lieu["nom"] or contenu["destinataire"]["nom"]}
        if lieu
        else None,
    }


def _cadre(contenu: Contenu) -> str:
    """BT-23: S1 supply of services, S4 final invoice of services after deposits."""
    return "S4" if contenu["type"] == "solde" and contenu["references"] else "S1"


def _conditions(contenu: Contenu) -> str:
    """BT-20; an avoir has no due date, so it says what it corrects (BR-CO-25)."""
    lignes = [contenu["conditions"]]
    if contenu["type"] == "avoir" and not contenu["conditions"]:
        corrigees = ", ".join(reference["numero"] for reference in contenu["references"])
        lignes = [f"Avoir sur {corrigees}"]
    if retenue := contenu["retenue"]:
        lignes.append(f"Retenue de garantie de {retenue['taux']} % : {retenue['montant']} € TTC.")
    return "\n".join(ligne for ligne in lignes if ligne)


def _notes(contenu: Contenu) -> list[dict[str, str]]:
    """BG-1: the object, the reason of an avoir, every mention; subject codes in B2B only.

    BR-FR-05 asks for its three notes on an avoir too, which is not paid late: "sans objet".
    """
    professionnel = contenu["destinataire"]["type"] == "professionnel"
    sujets = SUJETS if professionnel else {}
    mentions = [mention for mention in contenu["mentions"] if mention["texte"]]
    notes = [{"BT-22": texte} for texte in (contenu["objet"], contenu["motif"]) if texte]
    notes += [{"BT-22": une["texte"], "BT-21": sujets.get(une["code"], "")} for une in mentions]
    if professionnel and contenu["type"] == "avoir":
        absents = SUJETS.keys() - {mention["code"] for mention in mentions}
        notes += [{"BT-22": SANS_OBJET, "BT-21": SUJETS[code]} for code in sorted(absents)]
    if professionnel:
        notes.append({"BT-22": "B2B", "BT-21": "BAR"})
    return notes


def _parties(contenu: Contenu) -> dict[str, Any]:
    return {"BG-4": _vendeur(contenu["emetteur"]), "BG-7": _acheteur(contenu["destinataire"])}


def _vendeur(emetteur: Mapping[str, Any]) -> dict[str, Any]:
    """BG-4. Without a VAT number, a seller in franchise is known to the tax office by BT-32."""
    siren, tva = emetteur["siret"][:9], emetteur["tva_intracom"]
    juridique = (emetteur["forme"], emetteur["rcs"])
    contact = {"name": emetteur["nom"], "phone": emetteur["telephone"], "email": emetteur["email"]}
    return _adresse(emetteur) | {
        "name": emetteur["nom"],
        "legal_identifier": siren,
        "legal_identifier_schemeid": SIREN,
        "legal_info": ", ".join(mention for mention in juridique if mention),
        "vat_identifier": tva,
        "tax_identifier": siren if emetteur["franchise"] and not tva else "",
        "einvoicing_addr": siren,
        "einvoicing_addr_schemeid": ANNUAIRE,
        "contacts": [contact] if contact["phone"] or contact["email"] else [],
    }


def _acheteur(client: Mapping[str, Any]) -> dict[str, Any]:
    """BG-7. Only a professional has an address in the directory; others have an e-mail."""
    siren = "" if client["type"] == "particulier" else client["siret"][:9]
    professionnel = client["type"] == "professionnel"
    return _adresse(client) | {
        "name": client["nom"],
        "legal_identifier": siren,
        "legal_identifier_schemeid": SIREN,
        "vat_identifier": client["tva_intracom"],
        "einvoicing_addr": siren if professionnel else client["email"],
        "einvoicing_addr_schemeid": ANNUAIRE if professionnel else COURRIEL,
    }


def _adresse(partie: Mapping[str, str]) -> dict[str, str]:
    """A French postal address: two lines at most as typed, what follows on the third."""
    lignes = [ligne.strip() for ligne in partie["adresse"].splitlines() if ligne.strip()]
    une, deux, *suite = [*lignes, "", ""]
    return {
        "addr_l1": une,
        "addr_l2": deux,
        "addr_l3": ", ".join(ligne for ligne in suite if ligne),
        "postcode": partie["code_postal"],
        "city": partie["ville"],
        "country_code": "FR",
    }


def _paiement(contenu: Contenu) -> dict[str, Any]:
    """BG-16: SEPA debit, or transfer to the IBAN; "1", not defined, for the others and an avoir."""
    emetteur = contenu["emetteur"]
    if prelevement := contenu.get("prelevement"):
        return {
            "BT-81": "59",
            "BT-83": contenu["numero"],
            "BT-89": prelevement["rum"],
            "BT-90": prelevement["ics"],
            "BT-91": prelevement["iban"],
        }
    iban = "".join(emetteur["iban"].split())
    if not iban or contenu["type"] == "avoir":
        return {"BT-81": "1"}
    return {
        "BT-81": "58",
        "BT-83": contenu["numero"],
        "BT-84": iban,
        "BT-85": emetteur["nom"],
        "BT-86": emetteur["bic"],
    }


def _montants(contenu: Contenu) -> dict[str, Any]:
    exoneration, remises = contenu["exoneration"], contenu["remises"]
    lignes = contenu["lignes"]
    return {
        "BT-106": str(_somme(lignes, "total_ht")),
        "BT-107": str(_somme(remises, "montant")) if remises else None,
        "BT-109": _euros(contenu["total_ht"]),
        "BT-110": _euros(contenu["total_tva"]),
        "BT-112": _euros(contenu["total_ttc"]),
        "BT-115": _euros(contenu["total_ttc"]),
        "BG-20": [_remise(remise, exoneration) for remise in remises],
        "BG-23": [_tva(tva, contenu) for tva in contenu["tva"]],
        "BG-25": [_ligne(ligne, rang, exoneration) for rang, ligne in enumerate(lignes, start=1)],
    }


def _euros(montant: str) -> str:
    """The amount as written, but for a negative zero, which BR-AE-09 and BR-E-09 refuse.

    >>> _euros("-0.00"), _euros("-0.01")
    ('0.00', '-0.01')
    """
    return montant if Decimal(montant) else montant.removeprefix("-")


def _somme(elements: Sequence[Mapping[str, str]], champ: str) -> Decimal:
    return sum((Decimal(element[champ]) for element in elements), ZERO)


def _remise(remise: Mapping[str, str], exoneration: str) -> dict[str, str]:
    return {
        "amount": _euros(remise["montant"]),
        "reason": "Remise",
        "reason_code": REMISE,
        "vat_category_code": categorie(remise["taux"], exoneration),
        "vat_rate": remise["taux"],
    }


def _tva(tva: Mapping[str, str], contenu: Contenu) -> dict[str, str]:
    """BG-23; a rate of zero gives its reason (BR-E-10, BR-AE-10)."""
    exoneration = contenu["exoneration"]
    ventilation = {
        "BT-116": _euros(tva["base"]),
        "BT-117": _euros(tva["montant"]),
        "BT-118": categorie(tva["taux"], exoneration),
        "BT-119": tva["taux"],
    }
    if ventilation["BT-118"] == "S" or exoneration not in EXONERATIONS:
        return ventilation
    _, motif, texte = EXONERATIONS[exoneration]
    mentions = {mention["code"]: mention["texte"] for mention in contenu["mentions"]}
    return ventilation | {"BT-120": mentions.get(exoneration) or texte, "BT-121": motif}


def _ligne(ligne: Mapping[str, str], rang: int, exoneration: str) -> dict[str, Any]:
    """BG-25: the unit price is before discount; the discount in euros is what the net lacks."""
    nom, _, description = ligne["designation"].partition("\n")
    brut = arrondir(Decimal(ligne["quantite"]) * Decimal(ligne["prix_unitaire"]))
    remise = brut - Decimal(ligne["total_ht"])
    prix = _court(ligne["prix_unitaire"], decimales=2)
    return {
        "BT-126": str(rang),
        "BT-129": _court(ligne["quantite"], decimales=0),
        "BT-130": UNITES[ligne["unite"]],
        "BT-131": _euros(ligne["total_ht"]),
        "BT-146": prix,
        "BT-148": prix,
        "BT-151": categorie(ligne["taux_tva"], exoneration),
        "BT-152": ligne["taux_tva"],
        "BT-153": nom.strip(),
        "BT-154": description.strip(),
        "BG-27": [{"amount": str(remise), "reason": "Remise", "reason_code": REMISE}]
        if remise
        else [],
    }


def _court(nombre: str, *, decimales: int) -> str:
    """Drop the zeros on the right, keep at least `decimales` decimals.

    >>> _court("12.340000", decimales=2), _court("12.000000", decimales=2)
    ('12.34', '12.00')
    >>> _court("3.5000", decimales=0), _court("10.0000", decimales=0), _court("10", decimales=0)
    ('3.5', '10', '10')
    """
    entier, _, fraction = nombre.partition(".")
    fraction = fraction.rstrip("0").ljust(decimales, "0")
    return f"{entier}.{fraction}" if fraction else entier
