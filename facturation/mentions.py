"""Which mentions a document carries, and what the firm must have filled in for them. Pure.

The texts are rows of the database (models.Mention); the rules are droit-francais.md §1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

TAUX_EN_CODE = {Decimal(10): "tva_10", Decimal("5.5"): "tva_5_5"}
Contenu = Mapping[str, Any]


class Drapeaux(NamedTuple):
    """What the lines of a document ask for."""

    decennale: bool
    sap: bool


class Absence(NamedTuple):
    """Something missing: a rule of law, the field to fill in, a French sentence."""

    regle: str
    champ: str
    message: str


def codes_de_facture(contenu: Contenu, drapeaux: Drapeaux, *, consommateur: bool) -> list[str]:
    """Codes of the mentions of an invoice (C. com. L441-9; CGI ann. II 242 nonies A)."""
    codes = list(_communs(contenu, drapeaux, consommateur=consommateur))
    if contenu["type"] == "avoir":
        return [code for code in codes if code in {"franchise", "autoliquidation", "debits"}]
    if contenu["devis"]:  # the client certified the reduced rates there
        codes = [code for code in codes if code not in TAUX_EN_CODE.values()]
    if not consommateur:
        codes += ["escompte", "penalites", "indemnite"]
    return codes


def codes_de_devis(contenu: Contenu, drapeaux: Drapeaux, *, consommateur: bool) -> list[str]:
    """Codes of the mentions of a quote (arrêté 24/1/2017; C. conso L221-5, L221-10)."""
    codes = list(_communs(contenu, drapeaux, consommateur=consommateur))
    particulier = contenu["destinataire"]["type"] == "particulier"
    if consommateur:
        codes.insert(0, "gratuit")
    if particulier and contenu["conclusion"] != "etablissement":
        codes.append("retractation")
    if particulier and contenu["conclusion"] == "domicile":
        codes.append("sept_jours")
    return codes


def _communs(contenu: Contenu, drapeaux: Drapeaux, *, consommateur: bool) -> Iterator[str]:
    if contenu["exoneration"]:
        yield contenu["exoneration"]
    if contenu["emetteur"]["tva_debits"] and not contenu["exoneration"]:
        yield "debits"
    taux = {Decimal(ligne["taux_tva"]) for ligne in contenu["lignes"]}
    yield from (code for rare, code in TAUX_EN_CODE.items() if rare in taux)
    if drapeaux.decennale:
        yield "decennale"
    if drapeaux.sap and contenu["destinataire"]["type"] == "particulier":
        yield "sap"
    if consommateur:
        yield "mediateur"


def absences(contenu: Contenu, drapeaux: Drapeaux, *, consommateur: bool) -> list[Absence]:
    """What the law asks of the firm for this document and is not filled in."""
    firme = contenu["emetteur"]
    hors_bureaux = consommateur and contenu.get("conclusion") in {"domicile", "distance"}
    exigees = [
        ("C. com. R123-238", "forme", True, "la forme juridique et le capital (ou EI)"),
        ("C. com. R123-237", "rcs", "EI" not in firme["forme"].split(), "le RCS et sa ville"),
        ("C. conso L616-1", "mediateur", consommateur, "le médiateur de la consommation"),
        ("C. conso R111-1", "telephone", hors_bureaux, "le téléphone"),
        ("C. conso R111-1", "email", hors_bureaux, "l'adresse e-mail"),
        ("C. assur. L243-2", "assurance", drapeaux.decennale, "l'assurance décennale"),
        ("C. trav. D7233-1", "sap", drapeaux.sap and consommateur, "la déclaration SAP"),
    ]
    manques = [
        Absence(regle, f"entreprise.{champ}", f"Il manque {nom} de l'entreprise ({regle}).")
        for regle, champ, exigee, nom in exigees
        if exigee and not str(firme[champ]).strip()
    ]
    return [*manques, *_taux_sans_justification(contenu)]


def _taux_sans_justification(contenu: Contenu) -> Iterator[Absence]:
    for rang, ligne in enumerate(contenu["lignes"]):
        if Decimal(ligne["taux_tva"]) in TAUX_EN_CODE and not ligne["justification_tva"]:
            message = f"Ligne {rang + 1} : un taux réduit demande sa justification."
            yield Absence("CGI 279-0 bis", f"lignes.{rang}.justification_tva", message)


def dechets_absents(contenu: Contenu, *, sans_dechets: bool) -> list[Absence]:
    """The four items of the waste mention (C. env. L541-21-2-3, D541-45-1) not filled in."""
    noms = {
        "quantite": "la nature et la quantité des déchets",
        "tri": "les modalités de tri et d'enlèvement",
        "collecte": "les points de collecte des déchets",
        "cout": "le coût de gestion des déchets",
    }
    if sans_dechets:
        return []
    return [
        Absence(
            "C. env. D541-45-1",
            f"dechets_{champ}",
            f"Il manque {nom} : sur le devis, ou par défaut sur la page de l'entreprise.",
        )
        for champ, nom in noms.items()
        if not contenu["dechets"][champ].strip()
    ]


def rediger(codes: Iterable[str], textes: Mapping[str, str]) -> list[dict[str, str]]:
    """The mentions as frozen: `{"code", "texte"}`, in order, without those made inactive."""
    return [{"code": code, "texte": textes[code]} for code in codes if code in textes]
