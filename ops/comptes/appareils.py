"""Devices: which ones a person is known to use, and what is open on them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from artjardin.accounts import sessions
from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import Appareil, CleApi, Jeton, Lien, Session, User
from artjardin.accounts.models.personnes import normaliser
from artjardin.audit.services import consigner
from artjardin.erreurs import Invalide
from ops.comptes.avis import avertir_la_personne
from ops.comptes.navigateurs import en_clair

COOKIE = "appareil"
DUREE_DU_COOKIE = 400 * 24 * 3600  # seconds: the most that browsers keep


@dataclass(frozen=True)
class Ouverture:
    """A token or a session of a person, as shown to them."""

    id: str
    genre: str
    appareil: str
    adresse: str | None
    cree_le: datetime
    vu_le: datetime
    expire_le: datetime
    courante: bool


def nouveau_cookie() -> str:
    return secrets.token_urlsafe(32)


def empreinte_du_cookie(cookie: str) -> str:
    return hashlib.sha256(f"cookie:{cookie}".encode()).hexdigest()


def empreinte_d_un_client(appareil: str, navigateur: str) -> str:
    """A front end keeps no cookie: known by the name that it gives and by its software."""
    return hashlib.sha256(f"client:{appareil}:{navigateur}".encode()).hexdigest()


def est_connu(email: str, empreinte: str) -> Appareil | None:
    """The device, when the person of this address has come in from it before."""
    connus = Appareil.objects.filter(user__email=normaliser(email), empreinte=empreinte)
    return connus.first()


def reconnaitre(user: User, *, empreinte: str, nom: str, de: Auteur) -> None:
    """Note that this person came in from this device; a new one is told by mail, unless it is the
    first of all."""
    maintenant = timezone.now()
    premier = not Appareil.objects.filter(user=user).exists()
    appareil, nouveau = Appareil.objects.get_or_create(
        user=user, empreinte=empreinte, defaults={"nom": nom[:200]}
    )
    Appareil.objects.filter(pk=appareil.pk).update(derniere_le=maintenant)
    if nouveau and not premier:
        avertir_la_personne(
            user,
            "Connexion depuis un nouvel appareil",
            faits=[f"Votre compte {user.email} a été ouvert sur : {en_clair(nom)}."],
            de=de,
        )


def ouvertures(
    user: User, *, jeton: Jeton | None = None, session: str | None = None
) -> list[Ouverture]:
    """What is open for this person, the last seen first; `jeton`, `session`: that of the caller."""
    cle = sessions.hacher(session) if session else ""
    toutes = [_du_jeton(un, courant=jeton) for un in Jeton.objects.vivants().filter(user=user)]
    toutes += [_de_la_session(une, cle=cle) for une in Session.objects.vivantes().filter(user=user)]
    return sorted(toutes, key=lambda ouverture: ouverture.vu_le, reverse=True)


@transaction.atomic
def fermer(user: User, numero: str, *, par: Auteur) -> None:
    """Close one token or session of this person. Raise Invalide when it is not theirs."""
    genre, _, reste = numero.partition("-")
    if genre == "jeton" and reste.isdecimal():
        siens = Jeton.objects.vivants().filter(user=user, pk=int(reste[:18]))
        fermes = siens.update(revoque_le=timezone.now())
    else:
        siennes = Session.objects.filter(user=user, session_key__startswith=reste)
        fermes = siennes.delete()[0] if genre == "session" and len(reste) == SIGNES else 0
    if not fermes:
        raise Invalide("Cet accès n'est plus ouvert.", code="acces_inconnu")
    consigner(user, "session.acces_ferme", par=par, acces=numero)


@transaction.atomic
def fermer_partout(
    user: User, *, par: Auteur, sauf: Jeton | None = None, sauf_session: str | None = None
) -> int:
    """Close every token and session of a person, but the one given; return how many."""
    vivants = Jeton.objects.filter(user=user, revoque_le=None)
    if sauf is not None:
        vivants = vivants.exclude(pk=sauf.pk)
    fermes = vivants.update(revoque_le=timezone.now())
    fermes += sessions.fermer_toutes(user, sauf=sauf_session)
    consigner(user, "session.tout_ferme", par=par, fermes=fermes)
    return fermes


def fermer_tous_les_acces() -> int:
    """After a restoration: tokens, sessions, links and keys that have been revoked or used since
    the backup are alive again in it, and nobody can tell which. Return how many were closed."""
    maintenant = timezone.now()
    fermes = Jeton.objects.filter(revoque_le=None).update(revoque_le=maintenant)
    fermes += CleApi.objects.filter(revoquee_le=None).update(revoquee_le=maintenant)
    fermes += Lien.objects.filter(utilise_le=None, annule_le=None).update(annule_le=maintenant)
    return fermes + Session.objects.all().delete()[0]


SIGNES = 24  # of a session's hash, enough to name it


def _du_jeton(jeton: Jeton, *, courant: Jeton | None) -> Ouverture:
    fin = min(jeton.expire_le, jeton.vu_le + settings.JETON_INACTIVITE)
    return Ouverture(
        id=f"jeton-{jeton.pk}",
        genre="jeton",
        appareil=jeton.appareil,
        adresse=jeton.adresse,
        cree_le=jeton.cree_le,
        vu_le=jeton.vu_le,
        expire_le=fin,
        courante=courant is not None and courant.pk == jeton.pk,
    )


def _de_la_session(session: Session, *, cle: str) -> Ouverture:
    fin = min(session.cree_le + settings.SESSION_DUREE, session.vu_le + settings.SESSION_INACTIVITE)
    return Ouverture(
        id=f"session-{session.pk[:SIGNES]}",
        genre="session",
        appareil=session.appareil,
        adresse=session.adresse,
        cree_le=session.cree_le,
        vu_le=session.vu_le,
        expire_le=fin,
        courante=session.pk == cle,
    )
