"""What a firm also meets: a deposit, a situation, a credit note, a new version, credit left."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from artjardin.accounts.auteur import Auteur
from chantiers.models import Chantier
from facturation import services
from facturation.models import Devis, Facture

CAS = 4  # accepted devis that are invoiced by parts
ACOMPTE = Decimal(30)
AVANCEMENT = Decimal(40)
RETENUE = Decimal(5)
GESTE = Decimal("25.00")


def jouer_les_cas(devis: Sequence[Devis], *, par: Auteur) -> None:
    """Play each case once, dated today, on documents that the year has left."""
    acceptes = [un for un in devis if un.statut == Devis.Statut.ACCEPTE and _a_facturer(un)][:CAS]
    if len(acceptes) == CAS:
        acompte, situation, soldee, _ = acceptes
        _part(acompte, par=par, type="acompte", pourcentage=ACOMPTE)
        _part(situation, par=par, type="situation", pourcentage=AVANCEMENT, retenue_taux=RETENUE)
        _part(soldee, par=par, type="acompte", pourcentage=ACOMPTE)
        _part(soldee, par=par, type="solde")
    _geste_commercial(par=par)
    envoyes = [un for un in devis if un.statut == Devis.Statut.ENVOYE]
    if envoyes:
        revision = services.reviser_devis(envoyes[0], par=par)
        services.finaliser_devis(revision, par=par)


def _a_facturer(devis: Devis) -> bool:
    commence = devis.chantier is not None and devis.chantier.statut == Chantier.Statut.EN_COURS
    return commence and not devis.factures.exists()


def _part(devis: Devis, *, par: Auteur, **demande: Any) -> None:
    brouillon = services.facturer_devis(devis, par=par, demande=services.Demande(**demande))
    services.emettre_facture(brouillon, par=par)


def _geste_commercial(*, par: Auteur) -> None:
    """A credit note on a paid invoice: the client has credit until it is used or given back."""
    reglees: Any = Facture.objects.emises().avec_solde().filter(solde=0)
    payee = reglees.order_by("-date", "-pk").first()
    if payee is None:
        return
    ligne = {
        "designation": "Geste commercial : massif arrosé trop tard",
        "quantite": Decimal(1),
        "prix_unitaire": min(GESTE, payee.total_ht),
    }
    avoir = services.faire_un_avoir(payee, motif="Geste commercial", lignes=[ligne], par=par)
    services.emettre_facture(avoir, par=par)
