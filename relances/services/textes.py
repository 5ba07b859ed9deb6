"""Changing what the office owns: the texts of the reminders, and the legal rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit
from relances.models import Modele, TauxLegal

TEXTE = ["objet", "courriel", "lettre"]
TAUX = ["debut", "bce", "legal"]


@transaction.atomic
def modifier_modele(modele: Modele, *, par: Auteur, **champs: str) -> Modele:
    """Change a text. Raise ValidationError, by field, for a hole that nothing fills.

    Letters and mails already promised keep what they said.
    """
    actuel = Modele.objects.select_for_update(no_key=True).get(pk=modele.pk)
    avant = photo(actuel, TEXTE)
    for champ in TEXTE:
        setattr(actuel, champ, champs.get(champ, getattr(actuel, champ)).replace("\r\n", "\n"))
    actuel.full_clean()
    apres = photo(actuel, TEXTE)
    if apres != avant:
        actuel.save(update_fields=TEXTE)
        changes = [champ for champ in TEXTE if avant[champ] != apres[champ]]
        consigner(
            actuel,
            "modele.modifie",
            par=par,
            avant={champ: avant[champ] for champ in changes},
            apres={champ: apres[champ] for champ in changes},
            etats=[actuel],
        )
    return actuel


@transaction.atomic
def ajouter_taux(*, debut: date, bce: Decimal, legal: Decimal, par: Auteur) -> TauxLegal:
    """Enter the rates of a half-year (percent). Raise ValidationError, or Conflit."""
    if TauxLegal.objects.filter(debut=debut).exists():
        raise Conflit("Les taux de ce semestre sont déjà saisis.", code="taux_deja_saisi")
    taux = TauxLegal(debut=debut, bce=bce, legal=legal)
    taux.full_clean()
    taux.save()
    consigner(taux, "taux.ajoute", par=par, apres=photo(taux, TAUX), etats=[taux])
    return taux


@transaction.atomic
def corriger_taux(taux: TauxLegal, *, par: Auteur, bce: Decimal, legal: Decimal) -> TauxLegal:
    """Correct the rates of a half-year (percent). Raise ValidationError.

    Statements already made keep theirs.
    """
    actuel = TauxLegal.objects.select_for_update(no_key=True).get(pk=taux.pk)
    avant = photo(actuel, TAUX)
    actuel.bce, actuel.legal = bce, legal
    actuel.full_clean()
    actuel.save(update_fields=["bce", "legal"])
    apres = photo(actuel, TAUX)
    consigner(actuel, "taux.corrige", par=par, avant=avant, apres=apres, etats=[actuel])
    return actuel
