"""Invitations and forgotten passwords: a link by mail, for one person, once."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from artjardin.accounts import liens, verrous
from artjardin.accounts.auteur import Auteur, personne
from artjardin.accounts.models import Lien, Role, User
from artjardin.accounts.models.personnes import normaliser
from artjardin.api.limites import limiter, limiter_l_adresse
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel
from artjardin.outbox.secrets import MARQUE
from artjardin.outbox.services.promesses import contenu_du_gabarit, promettre
from ops.comptes.avis import annoncer_un_patron
from ops.comptes.entrees import clef_du_mot_de_passe
from ops.comptes.gestion import photo_du_compte, suivre_un_nouveau_mot_de_passe, valider

GENRE, DEMANDE = "compte_lien", "compte.lien_demande"
OBJETS = {
    Lien.Genre.INVITATION: "Votre compte Art & Jardin",
    Lien.Genre.OUBLI: "Choisir un nouveau mot de passe",
}
HEURE, PAR_ADRESSE, PAR_COMPTE = timedelta(hours=1), 10, 3


@transaction.atomic
def inviter(*, email: str, role: Role, par: Auteur, prenom: str = "", nom: str = "") -> User:
    """Open an account without a password, and mail the link to choose one, good for 72 hours.

    Raise Invalide (bad address) or Conflit (`compte_existant`).
    """
    candidat = User(email=email, prenom=prenom, nom=nom)
    candidat.set_unusable_password()
    if User.objects.filter(email=normaliser(email)).exists():
        raise Conflit(f"Un compte existe déjà pour {email}.", code="compte_existant")
    valider(candidat)
    try:
        with transaction.atomic():
            candidat.save()
    except IntegrityError as erreur:
        raise Conflit(f"Un compte existe déjà pour {email}.", code="compte_existant") from erreur
    candidat.groups.add(Group.objects.get(name=role))
    apres = photo_du_compte(candidat)
    consigner(candidat, "compte.invite", par=par, apres=apres, etats=[candidat])
    _envoyer(candidat, Lien.Genre.INVITATION, par=par)
    if role == Role.PATRON:
        annoncer_un_patron(candidat, par=par)
    return candidat


@transaction.atomic
def reinviter(user: User, *, par: Auteur) -> Lien:
    """Another invitation; the one before is worth nothing. Raise Conflit once a password is set,
    or on a closed account."""
    actuel = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    if actuel.has_usable_password():
        raise Conflit("Cette personne a déjà son mot de passe.", code="deja_venue")
    if not actuel.is_active:
        raise Conflit("Ce compte est désactivé.", code="compte_desactive")
    lien = _envoyer(actuel, Lien.Genre.INVITATION, par=par)
    consigner(actuel, "compte.reinvite", par=par)
    return lien


@transaction.atomic
def envoyer_un_lien(user: User, *, par: Auteur) -> Lien:
    """Mail somebody a link to choose another password, good for one hour. Raise Conflit on a
    closed account, or one that still has an invitation to use."""
    actuel = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    if not actuel.is_active:
        raise Conflit("Ce compte est désactivé.", code="compte_desactive")
    if not actuel.has_usable_password():
        raise Conflit("Cette personne n'est pas encore venue : réinvitez-la.", code="invitee")
    lien = _envoyer(actuel, Lien.Genre.OUBLI, par=par)
    consigner(actuel, "compte.lien_envoye", par=par)
    return lien


def limiter_les_oublis(email: str, *, de: Auteur) -> None:
    """Raise TropDeDemandes when too many links were asked from there, or for this address, whether
    or not an account has it."""
    limiter_l_adresse("oubli-adresse", de.adresse, maximum=PAR_ADRESSE, par=HEURE)
    limiter("oubli-compte", normaliser(email), maximum=PAR_COMPTE, par=HEURE)


def limiter_les_choix(*, de: Auteur) -> None:
    """Raise TropDeDemandes when too many links were tried from there."""
    limiter_l_adresse("lien-adresse", de.adresse, maximum=20, par=HEURE)


@transaction.atomic
def envoyer_un_oubli(email: str, *, de: Auteur) -> None:
    """Mail a link, good for one hour, if an open account has this address; say nothing either way.

    Made by a task: the answer to who asks takes as long in both cases. A task may be run again: one
    demand makes one mail.
    """
    compte = User.objects.select_for_update(no_key=True, of=("self",))
    user = compte.filter(email=normaliser(email), is_active=True).first()
    if user is not None and not _deja_fait(
        user, de
    ):  # who has not come yet is invited again: an hour would be too short
        venu = user.has_usable_password()
        _envoyer(user, Lien.Genre.OUBLI if venu else Lien.Genre.INVITATION, par=de)
        consigner(user, DEMANDE, par=de)


def _deja_fait(user: User, de: Auteur) -> bool:
    faites = Entree.objects.filter(objet_type=user._meta.label_lower, objet_id=user.pk)
    return bool(de.requete) and faites.filter(action=DEMANDE, requete=de.requete).exists()


def choisir_le_mot_de_passe(secret: str, mot_de_passe: str, *, de: Auteur) -> User:
    """Use the link: set the password, close every access of before. The second factor stays.

    Raise Invalide: `lien_refuse`, or the password is too weak (the link still serves then).
    """
    with transaction.atomic():
        lien = liens.lire_lien(secret, verrouiller=True)
        user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=lien.user_id)
        try:
            validate_password(mot_de_passe, user)
        except ValidationError as erreur:
            champs = {"mot_de_passe": erreur.messages}
            raise Invalide("Mot de passe trop faible.", champs=champs) from erreur
        user.set_password(mot_de_passe)
        user.save(update_fields=["password"])
        lien.utilise_le = timezone.now()
        lien.save(update_fields=["utilise_le"])
        liens.annuler(user, a=lien.utilise_le)
        par = personne(user, adresse=de.adresse, requete=de.requete)
        suivre_un_nouveau_mot_de_passe(user, par=par, par_lien=lien.genre)
    verrous.ouvrir(clef_du_mot_de_passe(user.email))
    return user


def adresse_du_lien(courriel: Courriel) -> str:
    """What takes the place of MARQUE as the mail leaves (branchements.COURRIEL_SECRETS)."""
    lien = Lien.objects.get(pk=courriel.sujet_id or 0)
    return f"{adresse_du_site()}/acces/{liens.secret_du_lien(lien)}/"


def motif_de_ne_plus_l_envoyer(courriel: Courriel) -> str:
    """A link that serves no more is not mailed (branchements.COURRIEL_GARDES)."""
    lien = Lien.objects.filter(pk=courriel.sujet_id or 0).first()
    sert = lien is not None and lien.sert(a=timezone.now())
    return "" if sert else "Ce lien a expiré ou a été remplacé."


def adresse_du_site() -> str:
    """Of this installation, never of what the request says: whoever asks would choose the link."""
    if settings.ADRESSE_PUBLIQUE:
        return settings.ADRESSE_PUBLIQUE
    if settings.EMBARQUE:
        return f"http://{settings.HOTE}:{settings.PORT}"
    return f"https://{settings.ALLOWED_HOSTS[0].lstrip('.')}"


def _envoyer(user: User, genre: Lien.Genre, *, par: Auteur) -> Lien:
    lien = liens.creer_lien(user, genre)
    fin = timezone.localtime(lien.expire_le)
    contexte = {
        "titre": OBJETS[genre],
        "invitation": genre == Lien.Genre.INVITATION,
        "demande": par.user is None,
        "prenom": user.prenom,
        "par": par.nom,
        "lien": MARQUE,
        "fin": f"{fin:%d/%m/%Y} à {fin:%H} h {fin:%M}",
    }
    contenu = contenu_du_gabarit(GENRE, objet=OBJETS[genre], contexte=contexte)
    promettre(genre=GENRE, a=[user.email], contenu=contenu, sujet=lien, bcc=[])
    return lien
