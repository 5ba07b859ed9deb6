"""Coming in and going out, always journaled: sessions of the office, tokens of the devices."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from artjardin.accounts import services as comptes
from artjardin.accounts.auteur import Auteur, personne
from artjardin.accounts.models import Jeton, User
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from artjardin.erreurs import Invalide

REFUS_MAX = 100  # lines per address and per FENETRE: nobody fills the journal from outside
FENETRE = timedelta(hours=1)
REFUS = "session.refusee"


def ouvrir_session_api(
    *, email: str, mot_de_passe: str, appareil: str, de: Auteur
) -> tuple[str, Jeton]:
    """Give a token against email and password. Raise Invalide, once the refusal is journaled."""
    try:
        with transaction.atomic():
            secret, jeton = comptes.ouvrir_session_api(
                email=email, mot_de_passe=mot_de_passe, appareil=appareil
            )
            qui = personne(jeton.user, adresse=de.adresse, requete=de.requete)
            consigner(jeton.user, "session.jeton", par=qui, jeton=jeton.pk, appareil=jeton.appareil)
    except Invalide:
        noter_le_refus(email, de=de, voie="api")
        raise
    return secret, jeton


@transaction.atomic
def fermer_session_api(jeton: Jeton, *, par: Auteur) -> None:
    """Revoke the token of this device."""
    comptes.fermer_session_api(jeton)
    consigner(jeton.user, "session.jeton_revoque", par=par, jeton=jeton.pk)


def noter_le_refus(email: str, *, de: Auteur, voie: str) -> None:
    """Journal that someone was not let in: the account that was tried, else a masked address."""
    recents = Entree.objects.filter(
        action=REFUS, adresse=de.adresse, le__gte=timezone.now() - FENETRE
    )
    nombre = recents[:REFUS_MAX].count()
    if nombre < REFUS_MAX:
        compte = User.objects.filter(email__iexact=email.strip()).first()
        consigner(
            compte or User(email=masquee(email)),
            REFUS,
            par=de,
            voie=voie,
            suivants_tus=nombre == REFUS_MAX - 1,
        )


def masquee(email: str) -> str:
    """Enough of an address to recognise a slip of the fingers.

    >>> masquee("claire.moreau@essais.example"), masquee("claire")
    ('c…@essais.example', 'c…')
    """
    nom, arobase, domaine = email.strip().partition("@")
    return f"{nom[:1]}…{arobase}{domaine[:100]}"
