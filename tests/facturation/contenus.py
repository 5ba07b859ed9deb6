"""Contents as `facturation.contenu` freezes them, by hand or drawn by Hypothesis, then damaged.

Nets come from `net_de_ligne`; sums, VAT and totals are done here on their own.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from artjardin.argent import arrondir
from facturation.montants import net_de_ligne

EMETTEUR = {
    "nom": "Art & Jardin",
    "forme": "SARL au capital de 20 000 €",
    "adresse": "12 rue des Lices\nBâtiment B",
    "code_postal": "49100",
    "ville": "Angers",
    "siret": "73282932000074",
    "rcs": "Angers 732 829 320",
    "tva_intracom": "FR44732829320",
    "franchise": False,
    "tva_debits": False,
    "telephone": "+33241000000",
    "email": "bureau@art-jardin.example",
    "iban": "FR7630006000011234567890189",
    "bic": "AGRIFRPP",
    "assurance": "",
    "mediateur": "",
    "sap": "",
    "couleur": "#2c5a3a",
    "logo": None,
}
CLIENTS = {
    "particulier": {
        "code": "C-0001",
        "type": "particulier",
        "siret": "",
        "tva_intracom": "",
        "email": "alice@exemple.example",
        "adresse": "3 allée des Tilleuls",
        "code_postal": "49000",
        "ville": "Angers",
        "nom": "Mme Alice Martin",
    },
    "professionnel": {
        "code": "C-0002",
        "type": "professionnel",
        "siret": "44306184100047",
        "tva_intracom": "FR64443061841",
        "email": "compta@batisseur.example",
        "adresse": "8 quai Gambetta",
        "code_postal": "44000",
        "ville": "Nantes",
        "nom": "Bâtisseur SAS",
    },
}
CLIENTS["syndic"] = CLIENTS["professionnel"] | {"code": "C-0003", "type": "syndic"}
LIEU = {
    "nom": "Parc du château",
    "adresse": "1 place du Château",
    "code_postal": "49100",
    "ville": "Angers",
}
B2B = [
    {"code": "escompte", "texte": "Escompte pour paiement anticipé : néant."},
    {"code": "penalites", "texte": "Pénalités de retard : taux BCE majoré de 10 points."},
    {"code": "indemnite", "texte": "Indemnité forfaitaire de recouvrement : 40 €."},
]
MENTIONS = {
    "franchise": {"code": "franchise", "texte": "TVA non applicable, article 293 B du CGI"},
    "autoliquidation": {"code": "autoliquidation", "texte": "Autoliquidation"},
}
REFERENCE = {"type": "facture", "numero": "FAC-2026-0001", "date": "2026-09-30"}
Contenu = dict[str, Any]


def ligne(
    prix: str = "100.000000",
    quantite: str = "1.0000",
    *,
    taux: str = "20.00",
    remise: str = "0.00",
    remise_montant: str = "0.00",
    designation: str = "Taille de haie",
    unite: str = "u",
) -> dict[str, Any]:
    """A line with its net."""
    net = net_de_ligne(
        quantite=Decimal(quantite),
        prix_unitaire=Decimal(prix),
        remise=Decimal(remise),
        remise_montant=Decimal(remise_montant),
    )
    return {
        "section": "",
        "designation": designation,
        "quantite": quantite,
        "unite": unite,
        "prix_unitaire": prix,
        "remise": remise,
        "remise_montant": remise_montant,
        "taux_tva": taux,
        "justification_tva": "",
        "total_ht": f"{net:.2f}",
        "avancement": None,
    }


def contenu(
    *lignes: dict[str, Any],
    type: str = "facture",  # noqa: A002
    client: str = "professionnel",
    exoneration: str = "",
    remises: dict[str, str] | None = None,
    reliquat: str = "0.00",
    **champs: Any,
) -> Contenu:
    """A coherent document; `remises` in euros HT by rate, `reliquat` is VAT added at first rate."""
    franchise = {"franchise": True, "tva_intracom": ""} if exoneration == "franchise" else {}
    mentions = [*([MENTIONS[exoneration]] if exoneration else [])]
    avoir = type == "avoir"
    if client == "professionnel" and not avoir:
        mentions += B2B
    fixe = {
        "type": type,
        "numero": "AVO-2026-0001" if avoir else "FAC-2026-0002",
        "date": "2026-11-22",
        "echeance": None if avoir else "2026-12-22",
        "objet": "Entretien du parc",
        "motif": "Haie non taillée" if avoir else "",
        "conditions": "",
        "prestation_le": None,
        "reference_client": "",
        "exoneration": exoneration,
        "emetteur": EMETTEUR | franchise,
        "destinataire": dict(CLIENTS[client]),
        "lieu": {},
        "devis": None,
        "references": [REFERENCE] if type in {"avoir", "solde", "situation"} else [],
        "remise_taux": "0.00",
        "remise_montant": "0.00",
        "mentions": mentions,
        "retenue": None,
    }
    chiffres = _chiffres(list(lignes or (ligne(),)), remises or {}, Decimal(reliquat))
    return copy.deepcopy(fixe | chiffres | champs)


def _chiffres(lignes: list[dict[str, Any]], remises: dict[str, str], reliquat: Decimal) -> Contenu:
    bases: defaultdict[str, Decimal] = defaultdict(Decimal)
    for une in lignes:
        bases[une["taux_tva"]] += Decimal(une["total_ht"])
    for taux, montant in remises.items():
        bases[taux] -= Decimal(montant)
    tva = {taux: arrondir(base * Decimal(taux) / 100) for taux, base in bases.items()}
    premier = next(iter(tva))
    tva[premier] += reliquat if Decimal(premier) else 0
    ht, taxe = sum(bases.values()), sum(tva.values())
    return {
        "lignes": lignes,
        "remises": [{"taux": taux, "montant": montant} for taux, montant in remises.items()],
        "tva": [
            {"taux": taux, "base": f"{base:.2f}", "montant": f"{tva[taux]:.2f}"}
            for taux, base in bases.items()
        ],
        "total_ht": f"{ht:.2f}",
        "total_tva": f"{taxe:.2f}",
        "total_ttc": f"{ht + taxe:.2f}",
    }


TYPES = ["facture", "acompte", "situation", "solde", "avoir"]
UNITES = ["u", "h", "m", "m2", "m3", "t", "forfait"]
LISIBLES = st.characters(exclude_categories=["Cs", "Cc", "Cn"])
TEXTES = st.text(LISIBLES, min_size=1, max_size=30).map(lambda texte: f"é{texte}")
FACULTATIFS = st.just("") | TEXTES


def _decimaux(minimum: str, maximum: str, places: int) -> st.SearchStrategy[str]:
    valeurs = st.decimals(minimum, maximum, places=places, allow_nan=False, allow_infinity=False)
    return valeurs.map(lambda valeur: f"{valeur:.{places}f}")


@st.composite
def _lignes(draw: Any, taux: str, *, gratuite: bool) -> dict[str, Any]:
    quantite = draw(_decimaux("0.0001", "999.9999", 4))
    prix = draw(_decimaux("0.000000" if gratuite else "0.000001", "9999.999999", 6))
    brut = arrondir(Decimal(quantite) * Decimal(prix))
    genre = draw(st.sampled_from(["aucune", "taux", "montant"]))
    return ligne(
        prix,
        quantite,
        taux=taux,
        remise=draw(_decimaux("0.00", "100.00", 2)) if genre == "taux" else "0.00",
        remise_montant=draw(_decimaux("0.00", f"{brut}", 2)) if genre == "montant" else "0.00",
        designation=draw(TEXTES),
        unite=draw(st.sampled_from(UNITES)),
    )


def _regimes(client: str) -> st.SearchStrategy[str]:
    motifs = ["", "", "franchise"]
    return st.sampled_from([*motifs, "autoliquidation"] if client == "professionnel" else motifs)


@st.composite
def contenus(draw: Any) -> Contenu:
    """Any coherent document, of any type, to any client, under any regime."""
    genre, client = draw(st.sampled_from(TYPES)), draw(st.sampled_from(sorted(CLIENTS)))
    regime = draw(_regimes(client))
    possibles = {"": ["20.00", "10.00", "5.50"], "franchise": ["0.00"]}.get(
        regime, ["0.00", "20.00"]
    )
    taux = draw(st.lists(st.sampled_from(possibles), min_size=1, max_size=3))
    taux += [] if not regime or "0.00" in taux else ["0.00"]
    gratuite = client != "professionnel"
    lignes = [draw(_lignes(un, gratuite=gratuite)) for un in taux]
    remises = draw(_remises(lignes))
    if genre == "solde":
        deduite = st.tuples(_decimaux("0.01", "999.99", 2), st.sampled_from(taux))
        lignes += [
            ligne(f"{prix}0000", "-1.0000", taux=un, unite="forfait", designation="Acompte")
            for prix, un in draw(st.lists(deduite, max_size=2))
        ]
    suit = genre in {"solde", "situation", "avoir"}
    reliquat = draw(_decimaux("-0.05", "0.05", 2)) if suit else "0.00"
    return contenu(
        *lignes,
        type=genre,
        client=client,
        exoneration=regime,
        remises=remises,
        reliquat=reliquat,
        **draw(_habillage()),
    )


@st.composite
def _remises(draw: Any, lignes: list[dict[str, Any]]) -> dict[str, str]:
    if draw(st.booleans()):
        return {}
    part = Decimal(draw(_decimaux("0.01", "100.00", 2))) / 100
    bases: defaultdict[str, Decimal] = defaultdict(Decimal)
    for une in lignes:
        bases[une["taux_tva"]] += Decimal(une["total_ht"])
    remises = {taux: arrondir(base * part) for taux, base in bases.items()}
    return {taux: f"{montant:.2f}" for taux, montant in remises.items() if montant}


@st.composite
def _habillage(draw: Any) -> dict[str, Any]:
    retenue = {"taux": "5.00", "montant": "12.34"}
    return {
        "objet": draw(FACULTATIFS),
        "conditions": draw(FACULTATIFS),
        "reference_client": draw(FACULTATIFS),
        "prestation_le": draw(st.none() | st.just("2026-11-20")),
        "lieu": draw(st.sampled_from([{}, LIEU, LIEU | {"nom": ""}])),
        "retenue": draw(st.sampled_from([None, retenue])),
    }


BIZARRERIES = [
    "", " ", "\n", "\N{NO-BREAK SPACE}", "a\x00b", "\x08", "\ud800", "\ufffe", "é" * 40,
    "<&>\"']]>",
    "0", "-1", "1e3", "NaN", "12.345", "1.2345678", "-5.00", "0.00", "5.50", "20.00", "19.60",
    "9" * 25, "\N{ARABIC-INDIC DIGIT THREE}", "2026-02-30", "1999-12-31", "2026-12-31", "20260101",
    "ZZ123", "FR", "DE123456789", "732829320", "73282932000074", "FR7630006000011234567890188",
    "particulier", "professionnel", "syndic", "avoir", "acompte", "solde", "facture", "autre",
    "franchise", "autoliquidation", "penalites", "indemnite", "h", "forfait",
]  # fmt: skip


@st.composite
def contenus_abimes(draw: Any) -> Contenu:
    """A coherent document with one to three values changed, entries lost or repeated."""
    abime = draw(contenus())
    for _ in range(draw(st.integers(1, 3))):
        _abimer(draw, abime)
    return abime


def _abimer(draw: Any, racine: Contenu) -> None:
    parent, clef = draw(st.sampled_from(list(_feuilles(racine))))
    valeur = parent[clef]
    if isinstance(valeur, bool):
        parent[clef] = not valeur
    elif isinstance(valeur, list) and valeur:
        rang = draw(st.integers(0, len(valeur) - 1))
        parent[clef] = draw(
            st.sampled_from([[], valeur[:rang] + valeur[rang + 1 :], [*valeur, valeur[rang]]])
        )
    elif isinstance(valeur, str):
        vide = [None] if clef in {"echeance", "prestation_le"} else []
        parent[clef] = draw(st.sampled_from([*vide, *BIZARRERIES]))
    elif clef in {"echeance", "prestation_le"}:
        parent[clef] = draw(st.sampled_from(BIZARRERIES))


def _feuilles(valeur: Any) -> Any:
    """Every place of the tree: (container, key)."""
    paires = valeur.items() if isinstance(valeur, dict) else enumerate(valeur)
    for clef, element in paires:
        if isinstance(element, dict | list):
            yield from _feuilles(element)
        if not isinstance(element, dict):
            yield valeur, clef
