"""What the documents of the reminders freeze when they are promised: the letter, the statement."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from artjardin.qr import qr_png
from artjardin.storage.models import Document
from artjardin.storage.services import promettre_document
from artjardin.textes import en_html, remplir
from clients.models import Client
from facturation.documents import compte_fige
from relances.decompte import Decompte, LigneDeDecompte
from relances.messages import reference, somme, trou_inconnu, valeurs_de, virement
from relances.models import Modele, Niveau
from relances.models.messages import BLOCS

Ligne = Mapping[str, Any]


def promettre_lettre(
    client: Client,
    *,
    niveau: Niveau,
    le: date,
    lignes: Sequence[Ligne],
    nom: str,
    modele: Modele,
    decompte: Decompte | None = None,
) -> Document:
    """Promise the letter of this level about these invoices, all it says frozen. Raise Invalide.

    Each line has numero, date, echeance, objet, total_ttc, regle and solde (euros), retard (days).
    """
    return promettre_document(
        client,
        genre="lettre_relance",
        nom=nom,
        affiche=f"Relance-{client.code}-{le}",
        le=le,
        client=client.pk,
        contexte=contexte_de_lettre(
            client,
            niveau={"nom": niveau.nom, "jours": niveau.jours, "ton": niveau.ton},
            le=le,
            lignes=lignes,
            modele=modele,
            decompte=decompte,
        ),
    )


def contexte_de_lettre(
    client: Client,
    *,
    niveau: Mapping[str, Any],
    le: date,
    lignes: Sequence[Ligne],
    modele: Modele,
    decompte: Decompte | None = None,
) -> dict[str, Any]:
    """All that a letter says, as JSON. Raise Invalide for a hole that nothing fills."""
    _exiger_le_sien(client, decompte)
    fige = compte_fige(client, le=le, lignes=lignes, total=somme(lignes))
    fige |= {
        "niveau": niveau,
        "virement": virement(fige["client"], fige["emetteur"], lignes),
        "reference": reference(fige["client"], lignes),
        "decompte": decompte_fige(decompte) if decompte and decompte.accessoires else None,
    }
    return fige | _rediger(modele, fige, lignes, le=le)


def promettre_decompte(client: Client, decompte: Decompte) -> Document:
    """Promise the statement of what a client owes apart from its invoices.

    The same content gives the same document.
    """
    _exiger_le_sien(client, decompte)
    contexte = compte_fige(client, le=decompte.au, lignes=[], total=decompte.total)
    contexte |= {"decompte": decompte_fige(decompte)}
    marque = hashlib.sha256(orjson.dumps(contexte, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
    return promettre_document(
        client,
        genre="decompte",
        nom=f"{client.code}-{client.pk}-{decompte.au:%Y%m%d}-{marque}",
        affiche=f"Decompte-{client.code}-{decompte.au}",
        le=decompte.au,
        client=client.pk,
        contexte=contexte,
    )


def decompte_fige(decompte: Decompte) -> dict[str, Any]:
    """A statement of interest as JSON: amounts and dates are text."""
    return {
        "au": decompte.au.isoformat(),
        "consommateur": decompte.consommateur,
        "lignes": [_ligne_figee(ligne) for ligne in decompte.lignes],
        "principal": str(decompte.principal),
        "interets": str(decompte.interets),
        "indemnites": str(decompte.indemnites),
        "accessoires": str(decompte.accessoires),
        "total": str(decompte.total),
    }


def contexte_a_dessiner(contexte: Mapping[str, Any]) -> dict[str, Any]:
    """A frozen context with its transfer code drawn. Those frozen before have none."""
    code = contexte.get("virement")
    image = f"data:image/png;base64,{b64encode(qr_png(code)).decode()}" if code else ""
    return {**contexte, "qr": image}


def _exiger_le_sien(client: Client, decompte: Decompte | None) -> None:
    if decompte is not None and decompte.client_id != client.pk:
        raise AssertionError("Un décompte n'est remis qu'au client qu'il concerne.")


def _rediger(
    modele: Modele, fige: Mapping[str, Any], lignes: Sequence[Ligne], *, le: date
) -> dict[str, Any]:
    """The text of the office with its holes filled: pieces of HTML, and names of blocks."""
    emetteur = fige["emetteur"]
    valeurs = valeurs_de(
        fige["client"],
        emetteur,
        lignes,
        jour=le,
        niveau=fige["niveau"]["nom"],
        contact=contact_par_lettre(emetteur),
    )
    try:
        html = en_html(
            modele.lettre,
            valeurs=valeurs,
            blocs={bloc: f"{{{bloc}}}" for bloc in BLOCS},
            paragraphe="<p>{}</p>",
        )
        objet = remplir(modele.objet, valeurs)
    except KeyError as erreur:
        raise trou_inconnu(modele, erreur) from erreur
    return {"objet": objet, "morceaux": html.split("\n")}


def contact_par_lettre(emetteur: Mapping[str, Any]) -> str:
    """How to reach the firm, after « joindre », in a letter.

    >>> contact_par_lettre({"telephone": "02 41 00 00 00", "email": "a@b.fr"})
    'au 02 41 00 00 00 ou à a@b.fr'
    >>> contact_par_lettre({"telephone": "", "email": ""})
    'par courrier'
    """
    telephone, email = emetteur["telephone"], emetteur["email"]
    moyens = [f"au {telephone}" if telephone else "", f"à {email}" if email else ""]
    return " ou ".join(filter(None, moyens)) or "par courrier"


def _ligne_figee(ligne: LigneDeDecompte) -> dict[str, Any]:
    return {
        "numero": ligne.numero,
        "date": ligne.emise_le.isoformat(),
        "echeance": ligne.echeance.isoformat(),
        "principal": str(ligne.principal),
        "interets": str(ligne.interets),
        "indemnite": str(ligne.indemnite),
        "total": str(ligne.principal + ligne.interets + ligne.indemnite),
        "periodes": [
            {
                "du": periode.du.isoformat(),
                "au": periode.au.isoformat(),
                "principal": str(periode.principal),
                "taux": str(periode.taux),
                "jours": periode.jours,
                "montant": str(periode.montant),
            }
            for periode in ligne.periodes
        ],
    }
