"""Accounts: who exists, with which role."""

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from artjardin.accounts.models import Role, User
from artjardin.erreurs import Conflit, Invalide


@transaction.atomic
def creer_utilisateur(
    *, email: str, mot_de_passe: str, role: Role, prenom: str = "", nom: str = ""
) -> User:
    """Create an active account with one role. Raise Invalide (weak password) or Conflit."""
    candidat = User(email=email, prenom=prenom, nom=nom)
    try:
        validate_password(mot_de_passe, candidat)
        with transaction.atomic():
            user = User.objects.create_user(email, mot_de_passe, prenom=prenom, nom=nom)
    except ValidationError as erreur:
        raise Invalide(
            "Mot de passe trop faible.", champs={"mot_de_passe": erreur.messages}
        ) from erreur
    except IntegrityError as erreur:
        raise Conflit(f"Un compte existe déjà pour {email}.", code="compte_existant") from erreur
    user.groups.add(Group.objects.get(name=role))
    return user


def courriels_des_patrons() -> list[str]:
    """Where the patrons are told: the addresses of the active ones."""
    patrons = User.objects.filter(is_active=True, groups__name=Role.PATRON)
    return list(patrons.order_by("email").values_list("email", flat=True))
