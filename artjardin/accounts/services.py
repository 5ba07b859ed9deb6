"""Accounts: who exists, with which role."""

from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from artjardin.accounts import jetons
from artjardin.accounts.models import Jeton, Role, User
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


def ouvrir_session_api(*, email: str, mot_de_passe: str, appareil: str = "") -> tuple[str, Jeton]:
    """Check email and password and give a token. Raise Invalide, the same for every cause."""
    user = authenticate(username=email, password=mot_de_passe)
    if not isinstance(user, User):
        raise Invalide("Adresse ou mot de passe incorrect.", code="identifiants_refuses")
    return jetons.creer_jeton(user, appareil=appareil)


def fermer_session_api(jeton: Jeton) -> None:
    Jeton.objects.filter(pk=jeton.pk, revoque_le=None).update(revoque_le=timezone.now())


def courriels_des_patrons() -> list[str]:
    """Where the patrons are told: the addresses of the active ones."""
    patrons = User.objects.filter(is_active=True, groups__name=Role.PATRON)
    return list(patrons.order_by("email").values_list("email", flat=True))
