"""The life of a second factor: put in place, confirmed, replaced, taken away; journaled, told."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from artjardin.accounts import exigence, facteurs, verrous
from artjardin.accounts.auteur import Auteur
from artjardin.accounts.chiffrement import Illisible
from artjardin.accounts.models import Facteur, Jeton, User
from artjardin.accounts.services import courriels_des_patrons
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit
from artjardin.qr import qr_svg
from ops.comptes.appareils import fermer_partout
from ops.comptes.avis import avertir, avertir_la_personne
from ops.comptes.entrees import clef_du_code, identifier, refuser_le_code, verifier_le_code

ATTENTE = timedelta(minutes=15)  # given to scan the QR code and to type the first code


@dataclass(frozen=True)
class Preparation:
    """What an authenticator needs, shown this once."""

    secret: str
    uri: str
    qr_svg: str


def exiger_de_pouvoir_le_mettre(user: User, requete: Any) -> None:
    """Raise Interdit unless a code, or the password, was given within ten minutes: a session left
    open must not let somebody else's phone in. The first one of a compulsory factor needs none."""
    if facteurs.a_un_facteur(user) or not user.doit_avoir_un_facteur:
        exigence.exiger_un_code_frais(requete)


def preparer(user: User) -> Preparation:
    """A secret that waits for its first code; the confirmed factor, if any, still holds."""
    _, secret = facteurs.preparer(user)
    uri = facteurs.uri(user, secret)
    return Preparation(secret, uri, qr_svg(uri))


def preparation_en_cours(user: User) -> Preparation:
    """The factor that waits for its first code, shown again, or a new one."""
    if not attend_son_premier_code(user):
        return preparer(user)
    secret = facteurs.secret_en_attente(user)
    uri = facteurs.uri(user, secret)
    return Preparation(secret, uri, qr_svg(uri))


def attend_son_premier_code(user: User) -> bool:
    depuis = timezone.now() - ATTENTE
    return Facteur.objects.filter(user=user, confirmed=False, cree_le__gt=depuis).exists()


def confirmer(
    user: User, code: str, *, par: Auteur, jeton: Jeton | None = None, session: str | None = None
) -> list[str]:
    """Make the waiting factor the person's, close what is open elsewhere, give recovery codes.

    Raise Invalide (`code_refuse`), Conflit (`facteur_absent`) or TropDeDemandes.
    """
    if not attend_son_premier_code(user):
        raise Conflit("Ce QR code est trop ancien : demandez-en un autre.", code="facteur_absent")
    essai = verrous.compter(clef_du_code(user))
    return _confirmer(user, code, essai, par=par, jeton=jeton, session=session)


def _confirmer(
    user: User,
    code: str,
    essai: verrous.Essai,
    *,
    par: Auteur,
    jeton: Jeton | None,
    session: str | None,
) -> list[str]:
    with transaction.atomic():
        if bon := facteurs.confirmer(user, code):
            codes = facteurs.donner_des_codes(user)
            consigner(user, "facteur.active", par=par, etats=[user])
            fermer_partout(user, par=par, sauf=jeton, sauf_session=session)
            fait = "Un second facteur est en place sur votre compte."
            avertir_la_personne(user, "Second facteur activé", faits=[fait], de=par)
    if not bon:
        refuser_le_code(user, essai, de=par)
    verrous.ouvrir(essai.clef)
    return codes


def confirmer_ou_verifier(
    user: User,
    *,
    code: str,
    mot_de_passe: str,
    par: Auteur,
    jeton: Jeton | None,
    session: str | None,
) -> list[str]:
    """What `2fa/verify/` does: the first code of a factor that waits confirms it, and gives the
    recovery codes; else the code of the one in place, or the password of who has none.

    Raise Invalide, Conflit or TropDeDemandes.
    """
    if not attend_son_premier_code(user):
        verifier(user, code=code, mot_de_passe=mot_de_passe, par=par)
        return []
    essai = verrous.compter(clef_du_code(user))
    with suppress(Illisible):  # the one in place cannot be read: that is why another one waits
        if facteurs.verifier(user, code):  # of the phone in place
            verrous.ouvrir(essai.clef)
            consigner(user, "session.code_frais", par=par)
            return []
    return _confirmer(user, code, essai, par=par, jeton=jeton, session=session)


def verifier(user: User, *, par: Auteur, code: str = "", mot_de_passe: str = "") -> None:
    """A fresh code, or the password of who has no factor and need not have one.

    Raise Invalide, Conflit (`facteur_absent`) or TropDeDemandes.
    """
    if facteurs.a_un_facteur(user):
        verifier_le_code(user, code, de=par)
    elif user.doit_avoir_un_facteur or not mot_de_passe:
        raise Conflit("Ce compte n'a pas de second facteur.", code="facteur_absent")
    else:
        identifier(email=user.email, mot_de_passe=mot_de_passe, de=par, voie="confirmation")
    with transaction.atomic():
        consigner(user, "session.code_frais", par=par)


def regenerer_les_codes(user: User, code: str, *, par: Auteur) -> list[str]:
    """Ten new recovery codes against a code. Raise Conflit without a factor, Invalide."""
    _exiger_un_facteur(user)
    verifier_le_code(user, code, de=par)
    with transaction.atomic():
        codes = facteurs.donner_des_codes(user)
        consigner(user, "facteur.codes_renouveles", par=par)
        fait = "De nouveaux codes de secours ont été donnés ; les anciens ne valent plus rien."
        avertir_la_personne(user, "Nouveaux codes de secours", faits=[fait], de=par)
    return codes


def desactiver(user: User, *, mot_de_passe: str, code: str, par: Auteur) -> None:
    """Take one's own factor away, against password and code.

    Raise Conflit where it is compulsory, or without a factor; Invalide, TropDeDemandes.
    """
    _exiger_un_facteur(user)
    if user.doit_avoir_un_facteur:
        raise Conflit(
            "Le second facteur est obligatoire pour votre rôle.", code="facteur_obligatoire"
        )
    identifier(email=user.email, mot_de_passe=mot_de_passe, de=par, voie="facteur")
    verifier_le_code(user, code, de=par)
    with transaction.atomic():
        facteurs.retirer(user)
        consigner(user, "facteur.desactive", par=par, etats=[user])
        fait = "Votre compte n'a plus de second facteur."
        avertir_la_personne(user, "Second facteur désactivé", faits=[fait], de=par)


@transaction.atomic
def reinitialiser(user: User, *, par: Auteur) -> None:
    """Take another's factor away, for who lost phone and codes: they put a new one in place at the
    next login. Raise Conflit on oneself, or without a factor."""
    if par.user is not None and par.user.pk == user.pk:
        raise Conflit("Remplacez votre second facteur depuis « Ma sécurité ».", code="le_sien")
    if not facteurs.retirer(user):
        raise Conflit("Ce compte n'a pas de second facteur.", code="facteur_absent")
    verrous.ouvrir(clef_du_code(user))
    consigner(user, "facteur.reinitialise", par=par, etats=[user])
    fermer_partout(user, par=par)
    avertir(
        dict.fromkeys([user.email, *([par.user.email] if par.user else courriels_des_patrons())]),
        f"Second facteur remis à zéro : {user}",
        faits=[f"{par.nom} a retiré le second facteur du compte {user.email}."],
        de=par,
        conseil="Si personne ne l'a demandé, changez les mots de passe et prévenez un patron.",
    )


def _exiger_un_facteur(user: User) -> None:
    if not facteurs.a_un_facteur(user):
        raise Conflit("Ce compte n'a pas de second facteur.", code="facteur_absent")
