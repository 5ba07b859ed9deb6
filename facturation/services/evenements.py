"""The table of automatic mails, as the office changes it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from clients.services import valider
from facturation.models import Entreprise, Evenement


@transaction.atomic
def regler_envoi(code: str, *, par: Auteur, **champs: Any) -> Evenement:
    """Change to whom, and in which words, an event is told from now on. Raise Invalide, by field.

    What is already promised keeps its words.
    """
    evenement = Evenement.objects.select_for_update(no_key=True).get(pk=code)
    reglables = list(Evenement.REGLABLES)
    avant = photo(evenement, reglables)
    for champ in champs.keys() & set(reglables):
        setattr(evenement, champ, champs[champ])
    valider(evenement)
    evenement.save(update_fields=reglables)
    apres = photo(evenement, reglables)
    consigner(
        Entreprise.la_notre(), f"envoi.{code}", par=par, avant=avant, apres=apres, etats=[evenement]
    )
    return evenement
