"""What a document lacks to become a valid Factur-X, asked before it is issued. Pure, no lxml.

Each rule bears its name in EN 16931 (BR-…), XP Z12-012 (BR-FR-…) or the article of law. A content
without any of these passes the XSD, the EN 16931 schematron and, between professionals, BR-FR.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from stdnum import iban as norme_iban

from facturation.facturx.chiffres import lignes_fautives, sommes_fautives
from facturation.facturx.codes import EXONERATIONS, ILLEGAUX, SUJETS, TYPES, Manque

__all__ = ["Manque", "manques", "manques_du_devis"]

Contenu = Mapping[str, Any]
NUMERO = re.compile(r"[A-Za-z0-9+\-_/]{1,35}")
JOUR = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
SIRET = re.compile(r"[0-9]{14}")
BIC = re.compile(r"[A-Z0-9]{8}([A-Z0-9]{3})?")
TVA_FRANCAISE = re.compile(r"FR[0-9A-Z]{2}[0-9]{9}")
# BR-CO-09: the prefixes of VAT numbers of the Union, and of Northern Ireland
TVA_EUROPEENNE = re.compile(
    r"(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)"
    r"[0-9A-Z+*]{2,12}"
)
ADRESSE = {"adresse": "l'adresse", "code_postal": "le code postal", "ville": "la ville"}
DATES = {
    "date": ("BR-FR-03_BT-2", "La date d'émission"),
    "echeance": ("BR-FR-03_BT-9", "L'échéance"),
    "prestation_le": ("BR-FR-03_BT-72", "La date de la prestation"),
}
B2B = {
    "penalites": "les pénalités de retard",
    "indemnite": "l'indemnité de recouvrement de 40 €",
    "escompte": "l'escompte",
}


def manques(contenu: Contenu) -> list[Manque]:
    """What forbids the issue of a facture or an avoir, in the order of the document; [] when
    nothing does. Fast enough for the issue itself: some hundreds of microseconds, no process.
    """
    return [manque for controle in _CONTROLES for manque in controle(contenu)]


def manques_du_devis(contenu: Contenu) -> list[Manque]:
    """The same for a devis, which has no XML: what its factures would be refused for later."""
    controles = (_vendeur, _nom_du_client, _exoneration, _caracteres)
    return [manque for controle in controles for manque in controle(contenu)]


def _document(contenu: Contenu) -> Iterator[Manque]:
    if contenu["type"] not in TYPES:
        yield Manque("BR-FR-04_BT-3", "type", "Ce type de document n'existe pas.")
    if not NUMERO.fullmatch(contenu["numero"]):
        yield Manque(
            "BR-FR-02_BT-1",
            "numero",
            "Le numéro a 35 caractères au plus : lettres sans accent, chiffres, + - _ ou /.",
        )
    for champ, (regle, nom) in DATES.items():
        if (jour := contenu[champ]) is not None and not _est_un_jour(jour):
            yield Manque(regle, champ, f"{nom} n'est pas une date entre 2000 et 2099.")
    if contenu["date"] is None:
        yield Manque("BR-03", "date", "Il manque la date d'émission.")


def _echeance(contenu: Contenu) -> Iterator[Manque]:
    echeance, emise = contenu["echeance"], contenu["date"]
    if echeance is None and contenu["type"] != "avoir":
        yield Manque("BR-CO-25", "echeance", "Il manque la date d'échéance.")
    elif echeance and emise and echeance < emise and contenu["type"] != "acompte":
        message = "L'échéance ne peut pas précéder la date d'émission."
        yield Manque("BR-FR-CO-07_BT-9", "echeance", message)


def _references(contenu: Contenu) -> Iterator[Manque]:
    references = contenu["references"]
    if contenu["type"] == "avoir" and not references:
        message = "Un avoir cite le numéro et la date de la facture qu'il corrige."
        yield Manque("BR-FR-CO-05_BT-3", "references", message)
    for reference in references:
        numero, jour = reference["numero"], reference["date"]
        if not NUMERO.fullmatch(numero):
            message = f"Le numéro de la facture citée « {numero} » ne convient pas à Factur-X."
            yield Manque("BR-FR-02_BT-25", "references", message)
        if jour is None or not _est_un_jour(jour):
            message = f"Il manque la date de la facture citée « {numero} »."
            yield Manque("BR-FR-03_BT-26", "references", message)


def _vendeur(contenu: Contenu) -> Iterator[Manque]:
    firme = contenu["emetteur"]
    if not _rempli(firme["nom"]):
        yield Manque("BR-06", "entreprise.nom", "Il manque le nom de l'entreprise.")
    yield from _adresse(firme, "entreprise", "BR-08", "de l'entreprise")
    if not SIRET.fullmatch(firme["siret"]):
        message = "Il manque le SIRET de l'entreprise (14 chiffres)."
        yield Manque("BR-FR-10_BT-30", "entreprise.siret", message)
    tva = firme["tva_intracom"]
    if not tva and not firme["franchise"]:
        message = "Il manque le numéro de TVA de l'entreprise."
        yield Manque("BR-S-02", "entreprise.tva_intracom", message)
    if tva and not TVA_FRANCAISE.fullmatch(tva):
        message = "Le numéro de TVA de l'entreprise s'écrit FR, deux signes et le SIREN."
        yield Manque("BR-CO-09", "entreprise.tva_intracom", message)


def _banque(contenu: Contenu) -> Iterator[Manque]:
    iban, bic = contenu["emetteur"]["iban"], contenu["emetteur"]["bic"]
    if iban and not norme_iban.is_valid(iban):
        message = "L'IBAN de l'entreprise est faux : vérifiez-le, sa clef ne convient pas."
        yield Manque("BR-50", "entreprise.iban", message)
    if bic and not BIC.fullmatch(bic):
        yield Manque("BT-86", "entreprise.bic", "Le BIC de l'entreprise a 8 ou 11 caractères.")


def _nom_du_client(contenu: Contenu) -> Iterator[Manque]:
    if not _rempli(contenu["destinataire"]["nom"]):
        yield Manque("BR-07", "client.nom", "Il manque le nom du client.")


def _acheteur(contenu: Contenu) -> Iterator[Manque]:
    client = contenu["destinataire"]
    yield from _nom_du_client(contenu)
    yield from _adresse(client, "client", "BR-10", "du client")
    siret, tva = client["siret"], client["tva_intracom"]
    if client["type"] == "professionnel" and not siret:
        message = "Il manque le SIRET du client, obligatoire pour un professionnel."
        yield Manque("BR-FR-11_BT-47", "client.siret", message)
    if siret and not SIRET.fullmatch(siret):
        yield Manque("BR-FR-32-LEGALID", "client.siret", "Le SIRET du client a 14 chiffres.")
    if tva and not TVA_EUROPEENNE.fullmatch(tva):
        message = "Le numéro de TVA du client commence par un code de pays (FR…)."
        yield Manque("BR-CO-09", "client.tva_intracom", message)


def _adresse(partie: Mapping[str, str], champ: str, regle: str, de: str) -> Iterator[Manque]:
    for element, nom in ADRESSE.items():
        if not _rempli(partie[element]):
            yield Manque(regle, f"{champ}.{element}", f"Il manque {nom} {de}.")


def _exoneration(contenu: Contenu) -> Iterator[Manque]:
    """A rate of zero has one reason, and the reason its conditions (CGI 293 B, 283-2 nonies)."""
    motif = contenu["exoneration"]
    nulle = any(ligne["taux_tva"] == "0.00" for ligne in contenu["lignes"])
    if nulle and motif not in EXONERATIONS:
        message = "Un taux de 0 % demande son motif : franchise ou autoliquidation."
        yield Manque("BR-E-10", "exoneration", message)
    if motif and not nulle:
        message = "Un motif d'exonération est donné et aucune ligne n'est à 0 %."
        yield Manque("BR-E-01", "exoneration", message)
    yield from _franchise(contenu)
    if motif == "autoliquidation":
        yield from _autoliquidation(contenu["destinataire"])


def _franchise(contenu: Contenu) -> Iterator[Manque]:
    franchise, motif = contenu["emetteur"]["franchise"], contenu["exoneration"]
    if franchise and any(ligne["taux_tva"] != "0.00" for ligne in contenu["lignes"]):
        message = "En franchise, aucune TVA n'est facturée : mettez toutes les lignes à 0 %."
        yield Manque("CGI 293 B", "lignes", message)
    if franchise and motif == "autoliquidation":
        message = "En franchise, l'autoliquidation ne s'applique pas."
        yield Manque("BOI-RES-TVA-000269", "exoneration", message)
    if not franchise and motif == "franchise":
        message = "L'entreprise n'est pas en franchise : la TVA est due."
        yield Manque("CGI 293 B", "exoneration", message)


def _autoliquidation(client: Mapping[str, str]) -> Iterator[Manque]:
    if client["type"] != "professionnel":
        message = "L'autoliquidation ne concerne qu'un client professionnel assujetti."
        yield Manque("CGI 283-2 nonies", "exoneration", message)
    if not client["tva_intracom"]:
        message = "Il manque le numéro de TVA du client, qui doit la TVA (autoliquidation)."
        yield Manque("BR-AE-02", "client.tva_intracom", message)


def _mentions(contenu: Contenu) -> Iterator[Manque]:
    textes = [mention["code"] for mention in contenu["mentions"] if _rempli(mention["texte"])]
    genre, avoir = contenu["destinataire"]["type"], contenu["type"] == "avoir"
    for code, nom in B2B.items():
        if genre == "professionnel" and code not in textes and not avoir:
            message = f"Il manque la mention sur {nom}, obligatoire entre professionnels."
            yield Manque(f"BR-FR-05_BT-22_{SUJETS[code]}", "mentions", message)
        if genre == "professionnel" and textes.count(code) > 1:
            message = f"La mention sur {nom} est en double."
            yield Manque(f"BR-FR-06_BT-21_{SUJETS[code]}", "mentions", message)
        if genre == "particulier" and code in textes and code != "escompte":
            message = f"La mention sur {nom} est interdite pour un particulier."
            yield Manque("CPCE L111-8", "mentions", message)
    if (motif := contenu["exoneration"]) in EXONERATIONS and motif not in textes:
        message = f"Il manque la mention « {EXONERATIONS[motif][2]} »."
        yield Manque("CGI ann. II 242 nonies A", "mentions", message)


def _caracteres(contenu: Contenu) -> Iterator[Manque]:
    for chemin, texte in _textes(contenu, ""):
        if ILLEGAUX.search(texte):
            message = "Ce texte contient des caractères de commande : retapez-le."
            yield Manque("XML 1.0", chemin, message)


def _textes(valeur: Any, chemin: str) -> Iterator[tuple[str, str]]:
    if isinstance(valeur, str):
        yield chemin, valeur
    elif isinstance(valeur, dict):
        for clef, element in valeur.items():
            yield from _textes(element, f"{chemin}.{clef}" if chemin else clef)
    elif isinstance(valeur, list):
        for rang, element in enumerate(valeur):
            yield from _textes(element, f"{chemin}.{rang}")


def _est_un_jour(texte: str) -> bool:
    if not JOUR.fullmatch(texte):
        return False
    try:
        date.fromisoformat(texte)
    except ValueError:
        return False
    return True


def _rempli(texte: str) -> bool:
    return bool(ILLEGAUX.sub("", texte).strip())


_CONTROLES: tuple[Callable[[Contenu], Iterator[Manque]], ...] = (
    _document,
    _echeance,
    _references,
    _vendeur,
    _banque,
    _acheteur,
    _exoneration,
    _mentions,
    lignes_fautives,
    sommes_fautives,
    _caracteres,
)
