"""Coming in and going out, always journaled: password, then code, then a token or a session."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

from django.contrib.auth import HASH_SESSION_KEY, authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp import login as otp_login

from artjardin.accounts import facteurs, jetons, sessions, verrous
from artjardin.accounts.auteur import Auteur, personne
from artjardin.accounts.chiffrement import Illisible
from artjardin.accounts.models import Facteur, Jeton, User
from artjardin.accounts.models.personnes import normaliser
from artjardin.api.limites import limiter_l_adresse, rendre, reseau
from artjardin.api.requetes import auteur_de
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from artjardin.erreurs import Indisponible, Invalide, TropDeDemandes
from ops.comptes.appareils import empreinte_d_un_client, est_connu, reconnaitre
from ops.comptes.avis import annoncer_un_verrou, avertir_la_personne

journal = logging.getLogger(__name__)
REFUS_MAX = 100  # lines per address and per FENETRE: nobody fills the journal from outside
FENETRE = timedelta(hours=1)
REFUS = "session.refusee"
PAR_ADRESSE, QUART = 40, timedelta(minutes=15)


def identifier(
    *, email: str, mot_de_passe: str, de: Auteur, voie: str, empreinte: str = ""
) -> User:
    """The person of this address and password; `empreinte`: of the device that asks.

    Raise Invalide, the same for every cause, or TropDeDemandes past five failures in a quarter of
    an hour. Those of a device that the person has used are counted apart: whoever knows an address
    cannot keep its owner out.
    """
    limiter_l_adresse("connexion", de.adresse, maximum=PAR_ADRESSE, par=QUART)
    clef = clef_du_mot_de_passe(email, empreinte)
    try:
        essai = verrous.compter(clef, croissant=False)
    except TropDeDemandes:
        noter_le_refus(email, de=de, voie=voie)
        raise
    user = authenticate(username=email, password=mot_de_passe)
    if not isinstance(user, User):
        noter_le_refus(email, de=de, voie=voie)
        _annoncer(User.objects.filter(email=normaliser(email)).first(), essai, de=de)
        raise Invalide("Adresse ou mot de passe incorrect.", code="identifiants_refuses")
    verrous.ouvrir(clef)
    rendre("connexion", reseau(de.adresse))
    return user


def clef_du_mot_de_passe(email: str, empreinte: str = "") -> str:
    """The name of the lock of an address, or of this address on a device that it has used."""
    nom = hashlib.sha256(normaliser(email).encode()).hexdigest()[:32]
    connu = est_connu(email, empreinte) if empreinte else None
    return f"mdp:{nom}:{connu.pk}" if connu else f"mdp:{nom}"


def verifier_le_code(user: User, code: str, *, de: Auteur) -> None:
    """Accept a code of the phone, or a recovery code, once. Raise Invalide, or TropDeDemandes past
    five failures, whatever the number of processes (verrous)."""
    essai = verrous.compter(clef_du_code(user))
    try:
        comment = facteurs.verifier(user, code)
    except Illisible as erreur:
        journal.exception("le second facteur du compte %s ne se lit pas", user.pk)
        verrous.rendre(essai.clef)  # our fault: the recovery codes must stay within reach
        raise Indisponible(
            "Votre second facteur ne peut pas être lu : prenez un code de secours, ou demandez à "
            "un patron de le remettre à zéro.",
            code="facteur_illisible",
        ) from erreur
    if not comment:
        refuser_le_code(user, essai, de=de)
    verrous.ouvrir(essai.clef)
    if comment == "secours":
        _dire_le_secours(user, de=de)


def refuser_le_code(user: User, essai: verrous.Essai, *, de: Auteur) -> None:
    """Journal a wrong code, and raise Invalide."""
    consigner(user, "facteur.code_refuse", par=de)
    _annoncer(user, essai, de=de, quoi="code du second facteur")
    raise Invalide(
        "Code refusé : attendez le suivant, et vérifiez l'heure du téléphone.", code="code_refuse"
    )


def clef_du_code(user: User) -> str:
    return f"code:{user.pk}"


def ouvrir_session_api(
    *, email: str, mot_de_passe: str, code: str, appareil: str, navigateur: str, de: Auteur
) -> tuple[str, Jeton]:
    """Give a token against email, password, and the code of who has a second factor.

    Raise Invalide (`identifiants_refuses`, `code_requis`, `code_refuse`) or TropDeDemandes, once
    the refusal is journaled.
    """
    # Its name and software can be guessed: no count of its own, unlike the cookie of a browser
    user = identifier(email=email, mot_de_passe=mot_de_passe, de=de, voie="api")
    verifie = facteurs.a_un_facteur(user)
    if verifie and not code:
        raise Invalide("Donnez aussi le code du second facteur.", code="code_requis")
    if verifie:
        verifier_le_code(user, code, de=de)
    empreinte = empreinte_d_un_client(appareil, navigateur)
    with transaction.atomic():
        _exiger_inchange(user, verifie=verifie)
        secret, jeton = jetons.creer_jeton(
            user, appareil=appareil, adresse=de.adresse, verifie=verifie
        )
        qui = personne(user, adresse=de.adresse, requete=de.requete)
        suivre_l_entree(user, par=qui, empreinte=empreinte, appareil=appareil or navigateur)
        consigner(user, "session.jeton", par=qui, jeton=jeton.pk, appareil=jeton.appareil)
    return secret, jeton


@transaction.atomic
def ouvrir_la_session(
    requete: HttpRequest, user: User, *, verifie: bool, empreinte: str, navigateur: str, de: Auteur
) -> None:
    """Open the office's pages to a person whose password, and code if `verifie`, were good."""
    _exiger_inchange(user, verifie=verifie)
    login(requete, user, backend="django.contrib.auth.backends.ModelBackend")
    sessions.commencer(requete, appareil=navigateur, adresse=de.adresse)
    if verifie:
        verifier_la_session(requete)
        sessions.noter_le_code(requete)
    par = personne(user, adresse=de.adresse, requete=de.requete)
    suivre_l_entree(user, par=par, empreinte=empreinte, appareil=navigateur)
    consigner(user, "session.ouverte", par=par, verifie=verifie)


def _exiger_inchange(user: User, *, verifie: bool) -> None:
    """Under the account's lock: refuse what was checked when it has changed meanwhile, so that who
    is being closed out gets no new access."""
    actuel = facteurs.verrouiller_le_compte(user)
    tenu = actuel.is_active and actuel.password == user.password
    if not tenu or facteurs.a_un_facteur(actuel) is not verifie:
        raise Invalide("Adresse ou mot de passe incorrect.", code="identifiants_refuses")


def verifier_la_session(requete: HttpRequest) -> None:
    """Tell django-otp by which factor this session is verified; nothing without a factor."""
    facteur = Facteur.objects.filter(user_id=requete.user.pk, confirmed=True).first()
    if facteur is not None:
        otp_login(requete, facteur)


def verifier_le_jeton(jeton: Jeton) -> None:
    """Note that this token has shown the second factor; nothing without a factor."""
    if facteurs.a_un_facteur(jeton.user):
        jeton.verifie_le = timezone.now()
        jeton.save(update_fields=["verifie_le"])


def garder_la_session(requete: HttpRequest, user: User) -> None:
    """This session goes on after its person's password changed; its key does not."""
    requete.session[HASH_SESSION_KEY] = User.objects.get(pk=user.pk).get_session_auth_hash()
    requete.session.cycle_key()


@transaction.atomic
def fermer_session(requete: HttpRequest) -> None:
    """End a session of the office."""
    if isinstance(requete.user, User):
        consigner(requete.user, "session.fermee", par=auteur_de(requete))
    logout(requete)


def suivre_l_entree(user: User, *, par: Auteur, empreinte: str, appareil: str) -> None:
    """What every entry leaves: its date, its device."""
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    reconnaitre(user, empreinte=empreinte, nom=appareil, de=par)


@transaction.atomic
def fermer_session_api(jeton: Jeton, *, par: Auteur) -> None:
    """Revoke the token of this device."""
    Jeton.objects.filter(pk=jeton.pk, revoque_le=None).update(revoque_le=timezone.now())
    consigner(jeton.user, "session.jeton_revoque", par=par, jeton=jeton.pk)


def noter_le_refus(email: str, *, de: Auteur, voie: str) -> None:
    """Journal that someone was not let in: the account that was tried, else a masked address."""
    recents = Entree.objects.filter(
        action=REFUS, adresse=de.adresse, le__gte=timezone.now() - FENETRE
    )
    nombre = recents[:REFUS_MAX].count()
    if nombre < REFUS_MAX:
        compte = User.objects.filter(email=normaliser(email)).first()
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


@transaction.atomic
def _annoncer(
    user: User | None, essai: verrous.Essai, *, de: Auteur, quoi: str = "mot de passe"
) -> None:
    if user is not None and essai.dernier:
        annoncer_un_verrou(user, essai, quoi=quoi, de=de)


@transaction.atomic
def _dire_le_secours(user: User, *, de: Auteur) -> None:
    restants = facteurs.codes_restants(user)
    par = personne(user, adresse=de.adresse, requete=de.requete)
    consigner(user, "facteur.code_de_secours", par=par, restants=restants)
    avertir_la_personne(
        user,
        "Un code de secours a servi",
        faits=[f"Un code de secours de votre compte a servi ; il en reste {restants}."],
        de=de,
    )
