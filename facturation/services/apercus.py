"""What an event would say today, of the last document that it fits. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from artjardin.outbox.services import Contenu
from facturation.models import Devis, Evenement, Facture
from facturation.services.annonces import Annonce, rediger
from facturation.services.annonces_devis import annonce_du_devis
from facturation.services.annonces_factures import annonce_du_paiement, de_l_emission

Code, Statut = Evenement.Code, Devis.Statut
DU_DEVIS: dict[str, Any] = {
    Code.DEVIS_CREE: {"statut": Statut.BROUILLON},
    Code.DEVIS_FINALISE: {"numero__isnull": False},
    Code.DEVIS_ENVOYE: {"numero__isnull": False},
    Code.DEVIS_ACCEPTE: {"statut": Statut.ACCEPTE},
    Code.DEVIS_REFUSE: {"statut": Statut.REFUSE},
    Code.DEVIS_EXPIRE: {"statut": Statut.EXPIRE},
}


@dataclass(frozen=True)
class Apercu:
    """The messages of an event about a real document; None: that side is never told."""

    document: Devis | Facture
    client: Contenu | None
    entreprise: Contenu | None


def apercu(evenement: Evenement, *, par: str) -> Apercu | None:
    """The messages as they would be written now, or None while there is no such document."""
    annonce = _annonce(evenement)
    if annonce is None:
        return None
    sort = f"Un message part au client, à {annonce.client.email or '(pas d’adresse)'}."
    internes = {**annonce.valeurs, "sort": sort, "par": par}
    return Apercu(
        annonce.sujet,
        rediger(evenement.objet, evenement.texte, annonce, valeurs=annonce.valeurs)
        if evenement.texte
        else None,
        rediger(
            evenement.objet_interne,
            evenement.texte_interne,
            annonce,
            valeurs=internes,
            interne=True,
        )
        if evenement.texte_interne
        else None,
    )


def _annonce(evenement: Evenement) -> Annonce | None:
    code = evenement.pk
    if code in DU_DEVIS:
        devis = Devis.objects.filter(**DU_DEVIS[code]).order_by("-pk").first()
        return annonce_du_devis(code, devis) if devis else None
    factures: Any = Facture.objects.exclude(serie=Facture.SERIE_REPRISE).order_by("-pk")
    if code == Code.FACTURE_PAYEE:
        payees = factures.emises().avec_solde().filter(solde__lte=0, imputations__isnull=False)
        facture = payees.first()
        return annonce_du_paiement(facture) if facture else None
    if code == Code.AVOIR_EMIS:
        facture = factures.filter(statut="emise", type=Facture.Type.AVOIR).first()
    else:
        facture = factures.emises().first() if code == Code.FACTURE_EMISE else None
    return de_l_emission(facture, document=None, evenement=evenement)[1] if facture else None
