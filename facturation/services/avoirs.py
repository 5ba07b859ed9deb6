"""Credit notes: the only correction of an issued invoice (CGI 289 I-5, V)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from artjardin.accounts.auteur import Auteur
from artjardin.erreurs import Conflit, Invalide
from facturation.models import Facture, LigneFacture
from facturation.services.ecriture import Ligne, rediger
from facturation.services.marche import COPIES, motif_si_utile
from facturation.services.reste import reste_a_crediter
from facturation.services.verrous import verrouiller_le_compte


@transaction.atomic
def faire_un_avoir(
    facture: Facture, *, motif: str, par: Auteur, lignes: Sequence[Ligne] | None = None
) -> Facture:
    """Prepare the draft credit note of an issued invoice; without `lignes`, of all that is left.

    Also for a client in the trash: it then bears the parties of the invoice, and is not mailed.
    Raise Invalide without a reason, Conflit for a draft, a credit note, or when nothing is left to
    credit. What exceeds the rest is refused when it is issued.
    """
    if not motif.strip():
        raise Invalide("Un avoir demande un motif.", champs={"motif": ["Donnez un motif."]})
    _, verrouillees = verrouiller_le_compte(facture.client_id, [facture.pk])
    facture = verrouillees[0] if verrouillees else facture
    if facture.statut != Facture.Statut.EMISE or facture.type == Facture.Type.AVOIR:
        raise Conflit("Un avoir se fait sur une facture émise.", code="avoir_impossible")
    if facture.avoirs.filter(statut=Facture.Statut.BROUILLON).exists():
        raise Conflit(
            "Cette facture a déjà un avoir en brouillon : émettez-le ou supprimez-le.",
            code="avoir_en_brouillon",
        )
    if not any(tva.base or tva.montant for tva in reste_a_crediter(facture).values()):
        raise Conflit("Il ne reste rien à créditer sur cette facture.", code="avoir_trop_grand")
    tout = lignes is None and facture.lignes.exists() and not _deja_creditee(facture)
    if lignes is None:
        lignes = _copies(facture) if tout else _restes(facture)
    avoir = Facture(
        type=Facture.Type.AVOIR,
        client=facture.client,
        chantier=facture.chantier,
        origine=facture,
        objet=f"Avoir sur la {_nom(facture)}",
        motif=motif.strip(),
        exoneration=motif_si_utile(facture.exoneration, lignes),
        remise_taux=facture.remise_taux if tout else Decimal(0),
        remise_montant=facture.remise_montant if tout else Decimal(0),
    )
    return rediger(avoir, lignes, par=par, action="avoir.prepare")


def _deja_creditee(facture: Facture) -> bool:
    return facture.avoirs.filter(statut=Facture.Statut.EMISE).exists()


def _copies(facture: Facture) -> list[Ligne]:
    suivi = ["ligne_devis_id", "deduit_id"]
    return [{c: getattr(ligne, c) for c in [*COPIES, *suivi]} for ligne in facture.lignes.all()]


def _restes(facture: Facture) -> list[Ligne]:
    """One line per rate, for what earlier credit notes, or the previous software, leave."""
    justifications = {
        ligne.taux_tva: ligne.justification_tva
        for ligne in LigneFacture.objects.filter(facture=facture)
    }
    lignes: list[dict[str, Any]] = [
        {
            "designation": f"Reste de la {_nom(facture)} du {facture.date:%d/%m/%Y}",
            "quantite": Decimal(1),
            "unite": "forfait",
            "prix_unitaire": tva.base,
            "taux_tva": tva.taux,
            "justification_tva": justifications.get(tva.taux) or f"Comme la {_nom(facture)}",
        }
        for tva in reste_a_crediter(facture).values()
        if tva.base or tva.montant
    ]
    return list(lignes)


def _nom(facture: Facture) -> str:
    """As in a sentence: « facture d'acompte FAC-2026-0003 »."""
    return f"{facture.get_type_display().lower()} {facture.numero}"
