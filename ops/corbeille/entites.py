"""The entities of the trash by their name in addresses, and the right that each asks for."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from artjardin.softdelete.models import Lot, Supprimable
from artjardin.softdelete.parcours import du_lot
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.models import Devis, Facture

ENTITES: dict[str, type[Supprimable]] = {
    "clients": Client,
    "chantiers": Chantier,
    "interventions": Intervention,
    "devis": Devis,
    "factures": Facture,
}
VOIR = "clients.delete_client"  # the pages that show every entity
PARENTS: dict[type[Supprimable], list[str]] = {
    Client: [],
    Chantier: ["client"],
    Intervention: ["chantier"],
    Devis: ["client"],
    Facture: ["client"],
}


def modele_ou_404(entite: str) -> type[Supprimable]:
    if entite not in ENTITES:
        raise Http404
    return ENTITES[entite]


def entite_de(etiquette: str) -> str:
    """The entity of a model named `app.model`.

    >>> entite_de("chantiers.intervention")
    'interventions'
    """
    return next(nom for nom, m in ENTITES.items() if m._meta.label_lower == etiquette)


def droit_de(modele: type[Supprimable]) -> str:
    """Who sends a row to the trash sees it there, restores it and purges it."""
    return f"{modele._meta.app_label}.delete_{modele._meta.model_name}"


def exiger_les_droits(user: Any, objet: Supprimable) -> None:
    """Raise PermissionDenied unless this person may act on every model of the batch of a row."""
    modeles = du_lot(str(objet.supprime_lot))
    if not user.has_perms([droit_de(modele) for modele in modeles]):
        raise PermissionDenied


def jetes(modele: type[Supprimable]) -> Any:
    """The rows of a model that are in the trash and can come back."""
    presents = Lot.objects.en_corbeille().values("uuid")
    rangees = modele.tous.supprimes().filter(supprime_lot__in=presents)
    return rangees.select_related("supprime_par", *PARENTS[modele])
