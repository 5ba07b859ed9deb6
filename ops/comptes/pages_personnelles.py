"""What a person does with their own account in the office: second factor, codes, accesses."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from artjardin.accounts import exigence, facteurs
from artjardin.accounts.models import User
from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from ops.comptes import appareils, entrees, facteur, gestion
from ops.comptes.formulaires import (
    ChangementForm,
    CodeForm,
    ConfirmationForm,
    DesactivationForm,
    Formulaire,
    PremierCodeForm,
)
from ops.comptes.navigateurs import en_clair
from ops.comptes.pages import BUREAU, NU, ensuite, montrer, page_d_entree, refus_sur

PEU = 3  # recovery codes left: time to ask for others
GROUPE = 4  # letters of the key between two spaces: it is typed by hand


@page_d_entree
@login_required
def second_facteur(requete: HttpRequest) -> HttpResponse:
    """Put a factor in place, or replace it: QR code, first code, then the recovery codes."""
    user = _soi(requete)
    facteur.exiger_de_pouvoir_le_mettre(user, requete)
    actif = facteurs.a_un_facteur(user)
    formulaire = PremierCodeForm(requete.POST or None)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire, champ="code"):
            return _confirmer(requete, user, formulaire.cleaned_data["code"])
    force = user.doit_avoir_un_facteur and not actif
    preparation = facteur.preparation_en_cours(user)
    contexte = {
        "preparation": preparation,
        "cle": " ".join(wrap(preparation.secret, GROUPE)),
        "actif": actif,
        "force": force,
        "ensuite": _retour(requete, force=force),
    }
    titre = "Remplacer le second facteur" if actif else "Mettre en place le second facteur"
    return montrer(
        requete,
        "comptes/second_facteur.html",
        titre,
        formulaire,
        contexte,
        cadre=NU if force else BUREAU,
    )


@page_d_entree
@login_required
def codes_de_secours(requete: HttpRequest) -> HttpResponse:
    """Ten new recovery codes against a code."""
    formulaire = CodeForm(requete.POST or None)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire, champ="code"):
            code = formulaire.cleaned_data["code"]
            codes = facteur.regenerer_les_codes(_soi(requete), code, par=auteur_de(requete))
            return _montrer_les_codes(requete, codes, suite=reverse("ma-securite"))
    gabarit, titre = "comptes/nouveaux_codes.html", "Nouveaux codes de secours"
    return montrer(requete, gabarit, titre, formulaire, cadre=BUREAU)


@page_d_entree
@login_required
def code_frais(requete: HttpRequest) -> HttpResponse:
    """Before a grave act: a code, or the password of who has no second factor."""
    user = _soi(requete)
    genre = CodeForm if facteurs.a_un_facteur(user) else ConfirmationForm
    formulaire = genre(requete.POST or None)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire):
            facteur.verifier(user, **formulaire.cleaned_data, par=auteur_de(requete))
            exigence.noter_le_code(requete)
            return HttpResponseRedirect(ensuite(requete))
    gabarit, titre = "comptes/code_frais.html", "Confirmez que c'est vous"
    return montrer(requete, gabarit, titre, formulaire, cadre=BUREAU)


@page_d_entree
@login_required
def desactiver(requete: HttpRequest) -> HttpResponse:
    """Take one's factor away, where it is not compulsory."""
    formulaire = DesactivationForm(requete.POST or None)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire):
            facteur.desactiver(_soi(requete), **formulaire.cleaned_data, par=auteur_de(requete))
            messages.success(requete, "Votre compte n'a plus de second facteur.")
            return HttpResponseRedirect(reverse("ma-securite"))
    gabarit, titre = "comptes/desactiver.html", "Désactiver le second facteur"
    return montrer(requete, gabarit, titre, formulaire, cadre=BUREAU)


@page_d_entree
@login_required
def changer_le_mien(requete: HttpRequest) -> HttpResponse:
    """One's own password; every other access is closed."""
    formulaire = ChangementForm(requete.POST or None)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire):
            _changer(requete, formulaire.cleaned_data)
            messages.success(requete, "Votre mot de passe est changé.")
            return HttpResponseRedirect(reverse("ma-securite"))
    gabarit, titre = "comptes/mot_de_passe.html", "Changer mon mot de passe"
    return montrer(requete, gabarit, titre, formulaire, cadre=BUREAU)


@page_d_entree
@login_required
def ma_securite(requete: HttpRequest) -> HttpResponse:
    """The state of one's account, and what is open."""
    user = _soi(requete)
    ouvertures = appareils.ouvertures(user, session=requete.session.session_key)
    restants = facteurs.codes_restants(user)
    contexte: dict[str, Any] = {
        "actif": facteurs.a_un_facteur(user),
        "obligatoire": user.doit_avoir_un_facteur,
        "codes_restants": restants,
        "peu_de_codes": restants < PEU,
        "ouvertures": [(une, en_clair(une.appareil)) for une in ouvertures],
    }
    gabarit, titre = "comptes/ma_securite.html", "Ma sécurité"
    return montrer(requete, gabarit, titre, Formulaire(), contexte, cadre=BUREAU)


@require_POST
@login_required
def fermer_un_acces(requete: HttpRequest, numero: str) -> HttpResponse:
    """Close a token or a session of one's own."""
    try:
        appareils.fermer(_soi(requete), numero, par=auteur_de(requete))
        messages.success(requete, "Cet accès est fermé.")
    except ErreurMetier as refus:
        messages.error(requete, refus.message)
    return HttpResponseRedirect(reverse("ma-securite"))


@require_POST
@login_required
def fermer_les_autres(requete: HttpRequest) -> HttpResponse:
    """Close every access but this one."""
    cle = requete.session.session_key
    fermes = appareils.fermer_partout(_soi(requete), par=auteur_de(requete), sauf_session=cle)
    pluriel = "s" if fermes > 1 else ""
    dit = f"{fermes} autre{pluriel} accès fermé{pluriel}." if fermes else "Rien d'autre d'ouvert."
    messages.success(requete, dit)
    return HttpResponseRedirect(reverse("ma-securite"))


def _changer(requete: HttpRequest, champs: dict[str, str]) -> None:
    user = _soi(requete)
    cle = requete.session.session_key
    gestion.changer_le_sien(
        user,
        actuel=champs["actuel"],
        nouveau=champs["mot_de_passe"],
        par=auteur_de(requete),
        sauf_session=cle,
    )
    entrees.garder_la_session(requete, user)


def _confirmer(requete: HttpRequest, user: User, code: str) -> HttpResponse:
    """The first code was good: this session is verified, the other ones are closed."""
    par, cle = auteur_de(requete), requete.session.session_key
    force = user.doit_avoir_un_facteur and not facteurs.a_un_facteur(user)
    codes = facteur.confirmer(user, code, par=par, session=cle)
    entrees.verifier_la_session(requete)
    exigence.noter_le_code(requete)
    return _montrer_les_codes(requete, codes, suite=_retour(requete, force=force))


def _retour(requete: HttpRequest, *, force: bool) -> str:
    """Where the setup leads: on the way in, to what was asked; else to one's own page."""
    return ensuite(requete, sinon="admin:index" if force else "ma-securite")


def _montrer_les_codes(requete: HttpRequest, codes: list[str], *, suite: str) -> HttpResponse:
    """In the answer itself: they are stored nowhere in clear."""
    contexte = {"codes": codes, "texte": _a_garder(requete, codes), "ensuite": suite}
    titre = "Vos codes de secours"
    return montrer(requete, "comptes/codes.html", titre, Formulaire(), contexte)


def _a_garder(requete: HttpRequest, codes: list[str]) -> str:
    """What the file to keep holds."""
    le = timezone.localtime()
    entete = f"Codes de secours de {requete.user}, Art & Jardin, {le:%d/%m/%Y}"
    return "\n".join([entete, "Chacun sert une fois, à la place du code du téléphone.", "", *codes])


def _soi(requete: HttpRequest) -> User:
    return User.objects.get(pk=requete.user.pk or 0)
