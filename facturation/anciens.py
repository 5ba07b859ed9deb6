"""Documents issued before mentions were frozen: what their PDF, if still promised, needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facturation import mentions
from facturation.models import Mention

IDENTITE = {"franchise": False, "tva_debits": False, "sap": "", "couleur": "#2c5a3a", "logo": None}


def completer(contenu: Mapping[str, Any]) -> dict[str, Any]:
    """The content of such an invoice, with the mentions that the law asked for on its day.

    Then, a firm without a VAT number was in franchise, and its insurance was always named.
    """
    firme = IDENTITE | contenu["emetteur"]
    nulle = any(ligne["taux_tva"] == "0.00" for ligne in contenu["lignes"])
    firme["franchise"] = nulle and not firme["tva_intracom"]
    complet = {**contenu, "emetteur": firme, "exoneration": "franchise" if nulle else ""}
    drapeaux = mentions.Drapeaux(decennale=bool(firme["assurance"]), sap=False)
    consommateur = contenu["destinataire"]["type"] != "professionnel"
    codes = mentions.codes_de_facture(complet, drapeaux, consommateur=consommateur)
    textes = {m.code: m.rediger(firme) for m in Mention.objects.filter(active=True)}
    return complet | {"mentions": mentions.rediger(codes, textes)}
