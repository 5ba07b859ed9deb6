"""The catalogue and the firm: changes are journaled like any other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from facturation.models import Entreprise, Prestation

CHAMPS = ["code", "designation", "unite", "prix_unitaire", "taux_tva", "active"]


@transaction.atomic
def enregistrer_prestation(
    prestation: Prestation, *, par: Auteur, champs: Iterable[str] = CHAMPS
) -> Prestation:
    """Add a line to the catalogue, or change in it the named `champs` alone; journal both ways."""
    verrouillees = Prestation.objects.select_for_update(no_key=True)
    actuelle = verrouillees.filter(pk=prestation.pk).first()
    if actuelle is None:
        prestation.save()
        consigner(prestation, "prestation.creee", par=par, apres=photo(prestation, CHAMPS))
        return prestation
    avant = photo(actuelle, CHAMPS)
    for champ in champs:
        setattr(actuelle, champ, getattr(prestation, champ))
    actuelle.save()
    apres = photo(actuelle, CHAMPS)
    consigner(actuelle, "prestation.modifiee", par=par, avant=avant, apres=apres)
    return actuelle


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
