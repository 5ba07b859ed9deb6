"""Links to choose a password: signed, for one use, and nowhere in the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils import timezone

from artjardin.accounts.models import Lien, User
from artjardin.erreurs import Invalide

_signature = Signer(salt="artjardin.accounts.lien", sep=".")
REFUS = "Ce lien a déjà servi, a expiré ou a été remplacé : demandez-en un autre."


@transaction.atomic
def creer_lien(user: User, genre: str) -> Lien:
    """A new link for this person, in place of all others."""
    maintenant = timezone.now()
    duree: timedelta = Lien.DUREES[Lien.Genre(genre)]
    annuler(user, a=maintenant)
    return Lien.objects.create(user=user, genre=genre, expire_le=maintenant + duree)


def annuler(user: User, *, a: datetime) -> int:
    """Make every link of this person worthless; return how many were not yet."""
    return Lien.objects.filter(user=user, utilise_le=None, annule_le=None).update(annule_le=a)


def secret_du_lien(lien: Lien) -> str:
    """What the mail holds: the same each time, made of the key of this installation."""
    return _signature.sign(_texte(lien))


def _texte(lien: Lien) -> str:
    return f"{lien.pk}-{lien.user_id}-{int(lien.expire_le.timestamp())}"


def lire_lien(secret: str, *, verrouiller: bool = False) -> Lien:
    """The link that still serves, whose person may come in. Raise Invalide, the same for all."""
    try:
        texte = _signature.unsign(secret)
        numero = int(texte.partition("-")[0])
    except (BadSignature, ValueError):
        raise Invalide(REFUS, code="lien_refuse") from None
    liens = Lien.objects.select_related("user").filter(pk=numero, user__is_active=True)
    lien = (liens.select_for_update(of=("self",)) if verrouiller else liens).first()
    # After a restoration, the same number may be another person's
    if lien is None or _texte(lien) != texte or not lien.sert(a=timezone.now()):
        raise Invalide(REFUS, code="lien_refuse")
    return lien
