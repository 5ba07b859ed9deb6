"""What the documents show, from frozen data only, and the promise of account statements."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import count, groupby
from operator import itemgetter
from typing import Any

from artjardin.argent import ZERO
from artjardin.qr import qr_png
from artjardin.storage.models import Document
from artjardin.storage.services import promettre_document
from clients.models import Client
from facturation.epc import epc
from facturation.models import Entreprise, Facture

ADRESSE = ("adresse", "code_postal", "ville")
EXONERATIONS = ("franchise", "autoliquidation")  # mentions drawn under the totals
ATTESTATIONS = ("tva_10", "tva_5_5")  # reduced rates that the client certifies
HORS_ETABLISSEMENT = ("domicile", "distance")

Ligne = Mapping[str, Any]  # a line of a frozen content


def contexte_facture(
    contenu: Mapping[str, Any], *, acquittee: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What the template of an invoice or credit note shows, from its frozen content.

    `acquittee` is for the copy of a paid one: `le` (ISO date) and `moyens` ("virement").
    """
    deductions = [ligne for ligne in contenu["lignes"] if _deduite(ligne)]
    lignes = [ligne for ligne in contenu["lignes"] if not _deduite(ligne)]
    net = Decimal(contenu["total_ttc"]) - Decimal((contenu["retenue"] or {}).get("montant", 0))
    return _commun(contenu, lignes) | {
        "deductions": deductions,
        "total_deductions": _somme(deductions),
        "net": net,
        "acquittee": acquittee,
        "qr": "" if acquittee or _sans_virement(contenu) else _qr(contenu, net),
    }


def _sans_virement(contenu: Mapping[str, Any]) -> bool:
    """Nobody pays a credit note; what the bank debits is not asked for twice."""
    return contenu["type"] == "avoir" or bool(contenu.get("prelevement"))


def contexte_devis(contenu: Mapping[str, Any]) -> dict[str, Any]:
    """What the template of a quote shows, from its frozen content.

    Options are numbered from 1 in `option`, so that the client can tick them.
    """
    rang = count(1)
    lignes = [
        {**ligne, "option": next(rang) if ligne["option"] else 0} for ligne in contenu["lignes"]
    ]
    options = [ligne for ligne in lignes if ligne["option"]]
    return _commun(contenu, lignes) | {
        "options": options,
        "total_options": sum((Decimal(ligne["total_ht"]) for ligne in options), ZERO),
        "retractable": contenu["conclusion"] in HORS_ETABLISSEMENT
        and contenu["destinataire"]["type"] == "particulier",
    }


def promettre_releve(
    client: Client, *, le: date, factures: Sequence[Facture], nom: str
) -> Document:
    """Promise the statement of these invoices, frozen as they stand on `le`.

    `factures` carry `solde` (euros), see FactureQuerySet.avec_solde.
    """
    par_echeance = sorted(factures, key=lambda facture: (facture.echeance, facture.pk))
    lignes = [ligne_de_compte(facture, le=le) for facture in par_echeance]
    total = sum((ligne["solde"] for ligne in lignes), ZERO)
    return promettre_document(
        client,
        genre="releve",
        nom=nom,
        affiche=f"Recapitulatif-{client.code}-{le}",
        le=le,
        client=client.pk,
        contexte=compte_fige(client, le=le, lignes=lignes, total=total),
    )


def compte_fige(
    client: Client, *, le: date, lignes: Iterable[Mapping[str, Any]], total: Decimal
) -> dict[str, Any]:
    """What a document about an account freezes: both parties, its lines and total, as JSON."""
    return {
        "le": le.isoformat(),
        "client": client.instantane(),
        "emetteur": Entreprise.la_notre().instantane(),
        "lignes": [{champ: _figer(valeur) for champ, valeur in li.items()} for li in lignes],
        "total": str(total),
    }


def ligne_de_compte(facture: Any, *, le: date) -> dict[str, Any]:
    """A row of a table of invoices, as of `le`. The invoice carries `solde` (euros)."""
    return {
        "numero": facture.numero,
        "date": facture.date,
        "echeance": facture.echeance,
        "objet": facture.objet,
        "total_ttc": facture.total_ttc,
        "regle": facture.total_ttc - facture.solde,
        "solde": facture.solde,
        "retard": max(0, (le - facture.echeance).days),
    }


def _figer(valeur: Any) -> Any:
    if isinstance(valeur, date):
        return valeur.isoformat()
    return str(valeur) if isinstance(valeur, Decimal) else valeur


def _commun(contenu: Mapping[str, Any], lignes: Sequence[Ligne]) -> dict[str, Any]:
    sections = [
        {"titre": titre, "lignes": groupe, "sous_total": _somme(groupe)}
        for titre, suite in groupby(lignes, key=itemgetter("section"))
        for groupe in [list(suite)]
    ]
    avec_remise = any(map(_remisee, lignes))
    avec_avancement = any(ligne.get("avancement") for ligne in lignes)
    return {
        "piece": contenu,
        "emetteur": contenu["emetteur"],
        "client": contenu["destinataire"],
        "lieu": _lieu(contenu),
        "sections": sections,
        "sous_totaux": len(sections) > 1,
        "avec_remise": avec_remise,
        "avec_avancement": avec_avancement,
        "colonnes": 5 + avec_remise + avec_avancement,
        "sans_tva": not any(Decimal(ligne["taux_tva"]) for ligne in contenu["lignes"]),
        "brut": _somme(lignes),
        "exonerations": [m for m in contenu["mentions"] if m["code"] in EXONERATIONS],
        "attestations": [m for m in contenu["mentions"] if m["code"] in ATTESTATIONS],
        "mentions": [
            m for m in contenu["mentions"] if m["code"] not in {*EXONERATIONS, *ATTESTATIONS}
        ],
    }


def _somme(lignes: Iterable[Ligne]) -> Decimal:
    """What these lines come to (euros HT), without the options."""
    montants = (Decimal(ligne["total_ht"]) for ligne in lignes if not ligne.get("option"))
    return sum(montants, ZERO)


def _deduite(ligne: Ligne) -> bool:
    return Decimal(ligne["quantite"]) < 0


def _remisee(ligne: Ligne) -> bool:
    return bool(Decimal(ligne["remise"]) or Decimal(ligne["remise_montant"]))


def _lieu(contenu: Mapping[str, Any]) -> Mapping[str, str]:
    """Where the works are, if not at the client's address."""
    lieu, client = contenu["lieu"], contenu["destinataire"]
    ailleurs = any(lieu.get(champ, "") != client.get(champ, "") for champ in ADRESSE)
    return lieu if lieu and ailleurs else {}


def _qr(contenu: Mapping[str, Any], montant: Decimal) -> str:
    """The code of the transfer as a data: address, "" where none is possible."""
    texte = epc(
        nom=contenu["emetteur"]["nom"],
        iban=contenu["emetteur"]["iban"],
        bic=contenu["emetteur"]["bic"],
        montant=montant,
        reference=contenu["numero"],
    )
    return f"data:image/png;base64,{b64encode(qr_png(texte)).decode()}" if texte else ""
