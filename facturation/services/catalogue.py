"""The catalogue and the firm: changes are journaled like any other."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from facturation.models import Entreprise, Prestation


def consigner_prestation(prestation: Prestation, action: str, *, par: Auteur) -> Prestation:
    """Journal a change of the catalogue, in the caller's transaction."""
    champs = ["code", "designation", "unite", "prix_unitaire", "taux_tva", "active"]
    consigner(prestation, action, par=par, apres=photo(prestation, champs))
    return prestation


@transaction.atomic
def modifier_entreprise(*, par: Auteur, **champs: Any) -> Entreprise:
    """Change the firm's data; issued documents keep what they froze. Raise ValidationError."""
    entreprise = Entreprise.objects.select_for_update(no_key=True).get(pk=1)
    avant = entreprise.instantane()
    for champ, valeur in champs.items():
        setattr(entreprise, champ, valeur)
    entreprise.full_clean()
    entreprise.save()
    consigner(
        entreprise, "entreprise.modifiee", par=par, avant=avant, apres=entreprise.instantane()
    )
    return entreprise
