"""The catalogue and the firm: changes are journaled like any other."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from facturation.models import Entreprise, Prestation

CHAMPS = ["code", "designation", "unite", "prix_unitaire", "taux_tva", "active"]


@transaction.atomic
def enregistrer_prestation(prestation: Prestation, *, par: Auteur) -> Prestation:
    """Save a new or changed line of the catalogue and journal it, before and after."""
    actuelles = Prestation.objects.select_for_update(no_key=True).filter(pk=prestation.pk)
    avant = [photo(actuelle, CHAMPS) for actuelle in actuelles]
    prestation.save()
    action = "prestation.modifiee" if avant else "prestation.creee"
    consigner(
        prestation,
        action,
        par=par,
        avant=avant[0] if avant else None,
        apres=photo(prestation, CHAMPS),
    )
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
