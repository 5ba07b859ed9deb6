"""What a person does with their own account in the office: second factor, codes, accesses."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
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
)
from ops.comptes.pages import ensuite, montrer, page_d_entree, refus_sur


@page_d_entree
@login_required
def second_facteur(requete: HttpRequest) -> HttpResponse:
    """Put a factor in place, or replace it: QR code, first code, then the recovery codes."""
    user = _soi(requete)
    if facteurs.a_un_facteur(user):
        exigence.exiger_un_code_frais(requete)
    formulaire = CodeForm(requete.POST or None)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire, champ="code"):
            codes = facteur.confirmer(
                user,
                formulaire.cleaned_data["code"],
                par=auteur_de(requete),
                session=requete.session.session_key,
            )
            entrees.verifier_la_session(requete)
            exigence.noter_le_code(requete)
            return _montrer_les_codes(requete, codes)
    preparation = facteur.preparation_en_cours(user)
    return montrer(
        requete, "comptes/second_facteur.html", "Second facteur", formulaire,
        {"preparation": preparation, "obligatoire": user.doit_avoir_un_facteur},
    )  # fmt: skip


@page_d_entree
@login_required
def codes_de_secours(requete: HttpRequest) -> HttpResponse:
    """Ten new recovery codes against a code."""
    formulaire = CodeForm(requete.POST or None)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire, champ="code"):
            code = formulaire.cleaned_data["code"]
            codes = facteur.regenerer_les_codes(_soi(requete), code, par=auteur_de(requete))
            return _montrer_les_codes(requete, codes)
    return montrer(requete, "comptes/nouveaux_codes.html", "Codes de secours", formulaire)


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
    return montrer(requete, "comptes/code_frais.html", "Confirmez que c'est vous", formulaire)


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
    return montrer(requete, "comptes/desactiver.html", "Désactiver le second facteur", formulaire)


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
    return montrer(requete, "comptes/mot_de_passe.html", "Changer mon mot de passe", formulaire)


@page_d_entree
@login_required
def ma_securite(requete: HttpRequest) -> HttpResponse:
    """The state of one's account, and what is open."""
    user = _soi(requete)
    contexte: dict[str, Any] = {
        "actif": facteurs.a_un_facteur(user),
        "obligatoire": user.doit_avoir_un_facteur,
        "codes_restants": facteurs.codes_restants(user),
        "ouvertures": appareils.ouvertures(user, session=requete.session.session_key),
    }
    return montrer(requete, "comptes/ma_securite.html", "Ma sécurité", CodeForm(), contexte)


@require_POST
@login_required
def fermer_un_acces(requete: HttpRequest, numero: str) -> HttpResponse:
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
    messages.success(
        requete, f"{fermes} autres accès fermés." if fermes else "Rien d'autre d'ouvert."
    )
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


def _montrer_les_codes(requete: HttpRequest, codes: list[str]) -> HttpResponse:
    """In the answer itself: they are stored nowhere in clear."""
    return montrer(
        requete, "comptes/codes.html", "Vos codes de secours", CodeForm(), {"codes": codes}
    )


def _soi(requete: HttpRequest) -> User:
    return User.objects.get(pk=requete.user.pk or 0)
