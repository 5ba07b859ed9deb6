"""What is told of a quote: the words for the holes of its mails, and its PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string

from artjardin.accounts.auteur import Auteur
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from clients.models import Client
from facturation.models import Devis, Entreprise, Evenement, Facture
from facturation.services.annonces import Annonce, Bloc, annoncer, reglage
from facturation.templatetags.presentation import date_fr, date_longue, euros

Code = Evenement.Code


def annoncer_le_devis(
    code: str,
    devis: Devis,
    *,
    par: Auteur,
    document: Document | None = None,
    envoyer: bool | None = None,
    deja: Courriel | None = None,
) -> list[Courriel]:
    """Tell an event of a devis, in the caller's transaction; return the mails promised."""
    evenement = reglage(code)
    if evenement.vers == Evenement.Vers.AUCUN and not envoyer:
        return []
    annonce = annonce_du_devis(code, devis, document=document)
    return annoncer(evenement, annonce, par=par, envoyer=envoyer, deja=deja)


def annonce_du_devis(code: str, devis: Devis, *, document: Document | None = None) -> Annonce:
    """What there is to say of an event of a devis."""
    entreprise = devis.emetteur or Entreprise.la_notre().instantane()
    montant = devis.marche().ttc if code == Code.DEVIS_ACCEPTE else devis.total_ttc
    return Annonce(
        sujet=devis,
        client=devis.client,
        entreprise=entreprise,
        valeurs={
            **mots_communs(devis, client=devis.client, entreprise=entreprise),
            "montant": f"{euros(montant)} TTC",
            "validite": date_longue(devis.valide_jusqu_au) if devis.valide_jusqu_au else "",
            "signe_le": date_longue(devis.signe_le) if devis.signe_le else "",
            "options": _options(devis),
            "motif": f"Motif : {devis.motif_refus}" if devis.motif_refus else "",
        },
        blocs={"fiche": _fiche(code, devis, montant=montant)},
        pieces=[document] if document else [],
        genre="devis" if code in {Code.DEVIS_FINALISE, Code.DEVIS_ENVOYE} else code,
    )


def mots_communs(
    piece: Devis | Facture, *, client: Client, entreprise: Mapping[str, Any]
) -> dict[str, str]:
    """The words that any document has."""
    appelez = (
        f"appelez-nous au {entreprise['telephone']} ou " if entreprise.get("telephone") else ""
    )
    return {
        "document": str(piece),
        "numero": piece.numero or "",
        "date": date_fr(piece.date) if piece.date else "",
        "objet": piece.objet,
        "client": piece.destinataire.get("nom") or client.nom_complet,
        "entreprise": entreprise["nom"],
        "contact": f"{appelez}répondez à ce message",
    }


def fiche(**contexte: Any) -> Bloc:
    """What the document is about, its amount, and the date that counts."""
    return Bloc(
        render_to_string("courriels/fiche.txt", contexte),
        render_to_string("courriels/fiche.html", contexte),
    )


def _fiche(code: str, devis: Devis, *, montant: Any) -> Bloc:
    en_cours = code in {Code.DEVIS_FINALISE, Code.DEVIS_ENVOYE}
    terme = devis.valide_jusqu_au if en_cours else None
    return fiche(objet=devis.objet, montant=montant, libelle="Valable jusqu'au", terme=terme)


def _options(devis: Devis) -> str:
    choisies = set(devis.options_retenues)
    if not choisies:
        return ""
    noms = [li.designation.partition("\n")[0] for li in devis.lignes.all() if li.rang in choisies]
    return f"{'Option retenue' if len(noms) == 1 else 'Options retenues'} : {' ; '.join(noms)}."
