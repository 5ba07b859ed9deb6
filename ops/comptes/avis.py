"""What a person, or the patrons, are told by mail of what happens to an account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import User
from artjardin.accounts.services import courriels_des_patrons
from artjardin.accounts.verrous import Essai
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from artjardin.outbox.services.promesses import contenu_du_gabarit, promettre_a_chacun

GENRE = "compte_avis"
VERROU = "session.verrouillee"
SI_CE_N_EST_PAS_VOUS = (
    "Si ce n'est pas vous, changez votre mot de passe, fermez les autres accès (« Ma sécurité ») "
    "et prévenez un patron."
)


def avertir(
    adresses: Iterable[str], objet: str, *, faits: Iterable[str], de: Auteur, conseil: str = ""
) -> None:
    """One mail to each: what was done, when, from where, and what to do if it was not wanted."""
    le = timezone.localtime()
    contexte = {
        "titre": objet,
        "faits": list(faits),
        "quand": f"{le:%d/%m/%Y} à {le:%H} h {le:%M}",
        "adresse": de.adresse,
        "conseil": conseil,
    }
    contenu = contenu_du_gabarit(GENRE, objet=objet, contexte=contexte)
    promettre_a_chacun(adresses, genre=GENRE, contenu=contenu, bcc=[])


def avertir_la_personne(user: User, objet: str, *, faits: Iterable[str], de: Auteur) -> None:
    avertir([user.email], objet, faits=faits, de=de, conseil=SI_CE_N_EST_PAS_VOUS)


def annoncer_un_verrou(user: User, essai: Essai, *, quoi: str, de: Auteur) -> None:
    """Journal a lock that closes, and tell the person and the patrons, at most once a day: whoever
    knows an address must not fill their mailboxes. `quoi`: of what."""
    fin = timezone.localtime(essai.jusqu_a)
    dit = not _deja_dit(user, quoi)
    consigner(user, VERROU, par=de, quoi=quoi, jusqu_a=fin.isoformat(), dit=dit)
    if not dit:
        return
    avertir(
        dict.fromkeys([user.email, *courriels_des_patrons()]),
        f"Compte verrouillé : {user}",
        faits=[
            f"Cinq essais refusés ({quoi}) sur le compte {user.email}.",
            f"Il n'est plus possible d'essayer avant le {fin:%d/%m/%Y} à {fin:%H} h {fin:%M}.",
            "S'il se verrouille encore d'ici demain, seul le journal le dira.",
        ],
        de=de,
        conseil="Si ces essais ne sont pas les vôtres, quelqu'un cherche à entrer : prévenez un "
        "patron. Le verrou s'ouvre de lui-même.",
    )


def _deja_dit(user: User, quoi: str) -> bool:
    """A lock of the code is told even after one of the password: the password was found."""
    siens = Entree.objects.filter(objet_type=user._meta.label_lower, objet_id=user.pk)
    dits = siens.filter(action=VERROU, details__quoi=quoi).exclude(details__dit=False)
    return dits.filter(le__gt=timezone.now() - timedelta(days=1)).exists()


def annoncer_un_patron(user: User, *, par: Auteur) -> None:
    """Tell the other patrons that there is one more."""
    autres = [adresse for adresse in courriels_des_patrons() if adresse != user.email]
    avertir(
        autres,
        f"Nouveau patron : {user}",
        faits=[f"{par.nom} a donné le rôle de patron au compte {user.email}."],
        de=par,
        conseil="Si personne d'entre vous ne l'a voulu, désactivez ce compte (Utilisateurs).",
    )
