"""Accounts as the office manages them: opened, changed, closed, always journaled."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import Jeton, Role, User
from artjardin.accounts.services import creer_utilisateur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide

CHAMPS = ["email", "prenom", "nom", "is_active"]


@transaction.atomic
def ouvrir_compte(
    *, email: str, mot_de_passe: str, role: Role, par: Auteur, prenom: str = "", nom: str = ""
) -> User:
    """Open an account with one role. Raise Invalide (weak password, bad address) or Conflit."""
    user = creer_utilisateur(
        email=email, mot_de_passe=mot_de_passe, role=role, prenom=prenom, nom=nom
    )
    _valider(user)
    consigner(user, "compte.ouvert", par=par, apres=_photo(user))
    return user


@transaction.atomic
def modifier_compte(
    user: User, *, par: Auteur, roles: Collection[str] | None = None, **champs: Any
) -> User:
    """Change an account, its roles, or close it (`is_active=False`).

    Raise Invalide by field, or Conflit when no active patron would be left.
    """
    patrons = User.objects.filter(groups__name=Role.PATRON, is_active=True)
    # Two patrons closing each other
    list(patrons.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    actuel = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    avant = _photo(actuel)
    for champ, valeur in champs.items():
        setattr(actuel, champ, valeur)
    _valider(actuel)
    actuel.save()
    if roles is not None:
        actuel.groups.set(Group.objects.filter(name__in=roles))
    if not patrons.all().exists():
        raise Conflit("Il faut garder au moins un patron actif.", code="dernier_patron")
    if avant != (apres := _photo(actuel)):
        consigner(actuel, "compte.modifie", par=par, avant=avant, apres=apres)
    return actuel


@transaction.atomic
def changer_mot_de_passe(user: User, mot_de_passe: str, *, par: Auteur) -> User:
    """Set a password and revoke the tokens of every device. Raise Invalide when too weak."""
    actuel = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    try:
        validate_password(mot_de_passe, actuel)
    except ValidationError as erreur:
        raise Invalide("Mot de passe trop faible.", champs={"mot_de_passe": erreur.messages}) from (
            erreur
        )
    actuel.set_password(mot_de_passe)
    actuel.save(update_fields=["password"])
    suivre_un_nouveau_mot_de_passe(actuel, par=par)
    return actuel


@transaction.atomic
def suivre_un_nouveau_mot_de_passe(user: User, *, par: Auteur) -> None:
    """Revoke the tokens of every device, and journal the change."""
    ouverts = Jeton.objects.filter(user=user, revoque_le=None)
    revoques = ouverts.update(revoque_le=timezone.now())
    consigner(user, "compte.mot_de_passe", par=par, jetons_revoques=revoques)


def _valider(user: User) -> None:
    user.email = user.email.strip().lower()
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as erreur:
        raise Invalide("La demande contient des erreurs.", champs=erreur.message_dict) from erreur


def _photo(user: User) -> dict[str, Any]:
    roles = user.groups.order_by("name").values_list("name", flat=True)
    return photo(user, CHAMPS) | {"roles": list(roles)}
