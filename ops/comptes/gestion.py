"""Accounts as the office manages them: opened, changed, closed, always journaled."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from artjardin.accounts import liens, sessions, verrous
from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import Jeton, Lien, Role, User
from artjardin.accounts.models.personnes import normaliser
from artjardin.accounts.services import creer_utilisateur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from ops.comptes.appareils import fermer_partout
from ops.comptes.avis import annoncer_un_patron, avertir, avertir_la_personne
from ops.comptes.cles import revoquer_celles_de

PREVENIR = "Si vous ne vous y attendiez pas, prévenez un patron."
CHAMPS = ["email", "prenom", "nom", "is_active"]


@transaction.atomic
def ouvrir_compte(
    *, email: str, mot_de_passe: str, role: Role, par: Auteur, prenom: str = "", nom: str = ""
) -> User:
    """Open an account with one role. Raise Invalide (weak password, bad address) or Conflit."""
    user = creer_utilisateur(
        email=email, mot_de_passe=mot_de_passe, role=role, prenom=prenom, nom=nom
    )
    valider(user)
    consigner(user, "compte.ouvert", par=par, apres=photo_du_compte(user), etats=[user])
    if role == Role.PATRON:
        annoncer_un_patron(user, par=par)
    return user


@transaction.atomic
def modifier_compte(
    user: User, *, par: Auteur, roles: Collection[str] | None = None, **champs: Any
) -> User:
    """Change an account, its roles, or close it (`is_active=False`).

    Raise Invalide by field, or Conflit when no active patron would be left.
    """
    patrons = User.objects.filter(groups__name=Role.PATRON, is_active=True)
    patrons = patrons.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)  # who has come
    # Two patrons closing each other
    list(patrons.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    actuel = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    avant = photo_du_compte(actuel)
    for champ, valeur in champs.items():
        setattr(actuel, champ, valeur)
    valider(actuel)
    actuel.save()
    if roles is not None:
        actuel.groups.set(Group.objects.filter(name__in=roles))
    if not patrons.all().exists():
        raise Conflit("Il faut garder au moins un patron actif.", code="dernier_patron")
    if avant != (apres := photo_du_compte(actuel)):
        consigner(actuel, "compte.modifie", par=par, avant=avant, apres=apres, etats=[actuel])
        _suivre(actuel, avant, apres, par=par)
    return actuel


def _suivre(user: User, avant: dict[str, Any], apres: dict[str, Any], *, par: Auteur) -> None:
    """Whoever is closed out is out at once, with the keys that they know; who rises logs in again,
    with a factor; a new patron is told to the others, a new address or role to the person."""
    devenu_patron = Role.PATRON in apres["roles"] and Role.PATRON not in avant["roles"]
    parti = avant["is_active"] and not apres["is_active"]
    if parti or avant["roles"] != apres["roles"]:
        fermer_partout(user, par=par)
    if parti or (Role.PATRON in avant["roles"] and Role.PATRON not in apres["roles"]):
        revoquer_celles_de(user, par=par)
    if parti or avant["email"] != apres["email"]:
        liens.annuler(user, a=timezone.now())
    if devenu_patron:
        annoncer_un_patron(user, par=par)
    _dire_a_la_personne(user, avant, apres, par=par)


def _dire_a_la_personne(
    user: User, avant: dict[str, Any], apres: dict[str, Any], *, par: Auteur
) -> None:
    """At both addresses when it changes: whoever loses an account must learn it."""
    faits = []
    if avant["email"] != apres["email"]:
        faits.append(f"{par.nom} a changé l'adresse du compte : {apres['email']}.")
    if avant["roles"] != apres["roles"]:
        faits.append(f"{par.nom} a changé les rôles du compte : {', '.join(apres['roles'])}.")
    if faits:
        adresses = dict.fromkeys([avant["email"], apres["email"]])
        avertir(adresses, "Votre compte a changé", faits=faits, de=par, conseil=PREVENIR)


@transaction.atomic
def changer_mot_de_passe(
    user: User,
    mot_de_passe: str,
    *,
    par: Auteur,
    sauf: Jeton | None = None,
    sauf_session: str | None = None,
) -> User:
    """Set a password and close every access but the one given. Raise Invalide when too weak."""
    actuel = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    try:
        validate_password(mot_de_passe, actuel)
    except ValidationError as erreur:
        raise Invalide("Mot de passe trop faible.", champs={"mot_de_passe": erreur.messages}) from (
            erreur
        )
    actuel.set_password(mot_de_passe)
    actuel.save(update_fields=["password"])
    suivre_un_nouveau_mot_de_passe(actuel, par=par, sauf=sauf, sauf_session=sauf_session)
    return actuel


def changer_le_sien(
    user: User,
    *,
    actuel: str,
    nouveau: str,
    par: Auteur,
    sauf: Jeton | None = None,
    sauf_session: str | None = None,
) -> None:
    """One's own password against the present one; every other access is closed.

    Raise Invalide by field, or TropDeDemandes past five failures.
    """
    essai = verrous.compter(f"mdp-change:{user.pk}")
    if not user.check_password(actuel):
        raise Invalide(
            "La demande contient des erreurs.", champs={"actuel": ["Ce n'est pas le vôtre."]}
        )
    verrous.ouvrir(essai.clef)
    changer_mot_de_passe(user, nouveau, par=par, sauf=sauf, sauf_session=sauf_session)


@transaction.atomic
def fermer_les_acces(user: User, *, par: Auteur) -> int:
    """Close every token and session of somebody; return how many."""
    return fermer_partout(user, par=par)


@transaction.atomic
def suivre_un_nouveau_mot_de_passe(
    user: User,
    *,
    par: Auteur,
    sauf: Jeton | None = None,
    sauf_session: str | None = None,
    par_lien: str = "",
) -> None:
    """Close every access but this session, journal the change and tell the person.

    `par_lien`: the kind of link by which it was chosen.
    """
    ouverts = Jeton.objects.filter(user=user, revoque_le=None)
    if sauf is not None:
        ouverts = ouverts.exclude(pk=sauf.pk)
    revoques = ouverts.update(revoque_le=timezone.now())
    sessions.fermer_toutes(user, sauf=sauf_session)
    liens.annuler(user, a=timezone.now())
    details: dict[str, Any] = {"lien": par_lien} if par_lien else {}
    consigner(user, "compte.mot_de_passe", par=par, jetons_revoques=revoques, **details)
    if par_lien != Lien.Genre.INVITATION:
        fait = f"Le mot de passe du compte {user.email} a été changé par {par.nom}."
        avertir_la_personne(user, "Mot de passe changé", faits=[fait], de=par)


def valider(user: User) -> None:
    user.email = normaliser(user.email)
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as erreur:
        raise Invalide("La demande contient des erreurs.", champs=erreur.message_dict) from erreur


def photo_du_compte(user: User) -> dict[str, Any]:
    roles = user.groups.order_by("name").values_list("name", flat=True)
    return photo(user, CHAMPS) | {"roles": list(roles)}
