"""Keys: of machines, made by a patron, shown once, revoked at once; and the ring, turned."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from artjardin.accounts import cles, facteurs
from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import CleApi, User
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide

DUREE_MAX = timedelta(days=366)


@transaction.atomic
def creer_cle(*, nom: str, portee: str, expire_le: datetime, par: Auteur) -> tuple[str, CleApi]:
    """The secret, shown this once, and its row. Raise Invalide: past, or beyond a year."""
    maintenant = timezone.now()
    if not maintenant < expire_le <= maintenant + DUREE_MAX:
        dit = "Une date à venir, à un an au plus."
        raise Invalide("La demande contient des erreurs.", champs={"expire_le": [dit]})
    if not isinstance(par.user, User):
        raise Conflit("Une clé se crée au nom d'une personne.", code="sans_personne")
    try:
        secret, cle = cles.creer_cle(nom=nom, portee=portee, expire_le=expire_le, par=par.user)
    except ValidationError as erreur:
        raise Invalide("La demande contient des erreurs.", champs=erreur.message_dict) from erreur
    consigner(cle, "cle_api.creee", par=par, apres=photo(cle, ["nom", "portee", "expire_le"]))
    return secret, cle


@transaction.atomic
def revoquer_cle(cle: CleApi, *, par: Auteur) -> CleApi:
    """The key opens nothing any more. Raise Conflit when it was revoked already."""
    actuelle = CleApi.objects.select_for_update().get(pk=cle.pk)
    if actuelle.revoquee_le is not None:
        raise Conflit("Cette clé est déjà révoquée.", code="deja_revoquee")
    actuelle.revoquee_le = timezone.now()
    actuelle.save(update_fields=["revoquee_le"])
    consigner(actuelle, "cle_api.revoquee", par=par)
    return actuelle


def revoquer_celles_de(user: User, *, par: Auteur) -> None:
    """Whoever made a key knows it: theirs go when they leave, or are patrons no more."""
    for cle in CleApi.objects.vivantes().filter(creee_par=user).order_by("pk"):
        revoquer_cle(cle, par=par)


@transaction.atomic
def tourner_les_cles(*, par: Auteur) -> tuple[int, str, list[str]]:
    """Put every second factor under the current key of the ring: how many were, the name of that
    key, and the accounts whose secret no key opens (left as they are)."""
    tournes, illisibles = facteurs.tourner()
    for facteur in tournes:
        consigner(facteur.user, "facteur.rechiffre", par=par, clef=facteurs.trousseau().courante)
    perdus = [facteur.user.email for facteur in illisibles]
    return len(tournes), facteurs.trousseau().courante, perdus
