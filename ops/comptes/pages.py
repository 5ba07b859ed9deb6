"""Coming in by the pages of the office: password, then code; forgotten password, invitation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from artjardin.accounts import facteurs
from artjardin.accounts.liens import lire_lien
from artjardin.accounts.models import User
from artjardin.api.requetes import inconnu
from artjardin.erreurs import ErreurMetier, TropDeDemandes
from ops import tasks
from ops.comptes import appareils, entrees, liens
from ops.comptes.formulaires import ChoixForm, CodeForm, EntreeForm, Formulaire, OubliForm

ATTENTE, VALIDITE = "attend_son_code", timedelta(minutes=10)  # between password and code
NU, BUREAU = "comptes/cadre_nu.html", "comptes/cadre_bureau.html"
Vue = Callable[..., HttpResponse]


def page_d_entree(vue: Vue) -> Vue:
    """What they share: kept by no cache, proved against forgery, no secret in logs."""
    protegee = csrf_protect(sensitive_post_parameters()(vue))
    return never_cache(require_http_methods(["GET", "HEAD", "POST"])(protegee))


@page_d_entree
def entrer(requete: HttpRequest) -> HttpResponse:
    """E-mail and password; whoever has a second factor is then asked for its code."""
    if requete.user.is_authenticated and requete.method != "POST":
        return HttpResponseRedirect(ensuite(requete))
    formulaire = EntreeForm(requete.POST or None)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire):
            return _suivre_le_mot_de_passe(requete, formulaire.cleaned_data)
    return montrer(requete, "comptes/entrer.html", "Connexion", formulaire)


@page_d_entree
def entrer_le_code(requete: HttpRequest) -> HttpResponse:
    """The second step, within ten minutes of the first."""
    user = _qui_attend(requete)
    if user is None:
        messages.info(requete, "Donnez d'abord votre adresse et votre mot de passe.")
        return HttpResponseRedirect(reverse("admin:login"))
    formulaire = CodeForm(requete.POST or None)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire, champ="code"):
            code, de = formulaire.cleaned_data["code"], inconnu(requete)
            entrees.verifier_le_code(user, code, de=de)
            suite = requete.session.pop(ATTENTE)["ensuite"]
            return _ouvrir(requete, user, verifie=True, suite=suite)
    contexte = {"qui": user, "ensuite": requete.session[ATTENTE]["ensuite"]}
    return montrer(requete, "comptes/code.html", "Votre code", formulaire, contexte)


@never_cache
@csrf_protect
def sortir(requete: HttpRequest) -> HttpResponse:
    """The end of a session of the office."""
    if requete.method == "POST" and requete.user.is_authenticated:
        entrees.fermer_session(requete)
        contexte = {"entrer": reverse("admin:login")}
        return montrer(requete, "comptes/sorti.html", "À bientôt", Formulaire(), contexte)
    return admin.site.logout(requete)


@page_d_entree
def oublier(requete: HttpRequest) -> HttpResponse:
    """Ask for a link by mail; the page says the same whether the account exists or not."""
    formulaire = OubliForm(requete.POST or None)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire):
            email, de = formulaire.cleaned_data["email"], inconnu(requete)
            liens.limiter_les_oublis(email, de=de)
            tasks.envoyer_un_oubli.delay(email, adresse=de.adresse, requete=de.requete)
            return montrer(requete, "comptes/oubli_envoye.html", "Mot de passe oublié", formulaire)
    return montrer(requete, "comptes/oubli.html", "Mot de passe oublié", formulaire)


@page_d_entree
def choisir(requete: HttpRequest, secret: str) -> HttpResponse:
    """The page of a link: choose a password, once."""
    formulaire = ChoixForm(requete.POST or None)
    try:
        liens.limiter_les_choix(de=inconnu(requete))
        user = lire_lien(secret).user
    except ErreurMetier as refus:
        contexte = {"raison": refus.message, "demander": reverse("oubli")}
        return montrer(requete, "comptes/lien_refuse.html", "Lien refusé", formulaire, contexte)
    if requete.method == "POST" and formulaire.is_valid():
        with refus_sur(formulaire):
            mot = formulaire.cleaned_data["mot_de_passe"]
            liens.choisir_le_mot_de_passe(secret, mot, de=inconnu(requete))
            messages.success(requete, "Votre mot de passe est choisi : connectez-vous.")
            return HttpResponseRedirect(reverse("admin:login"))
    return montrer(
        requete, "comptes/choisir.html", "Choisir un mot de passe", formulaire, {"qui": user}
    )


def ensuite(requete: HttpRequest, *, sinon: str = "admin:index") -> str:
    """Where `next` leads, on this site only; else the page named `sinon`."""
    voulu = requete.POST.get("next") or requete.GET.get("next") or ""
    sur = url_has_allowed_host_and_scheme(
        voulu, allowed_hosts={requete.get_host()}, require_https=requete.is_secure()
    )
    return voulu if sur and not voulu.startswith("/admin/login") else reverse(sinon)


def confirmer_d_abord(vers: str) -> HttpResponse:
    """To the page that asks for a fresh code, which then leads to `vers`."""
    return HttpResponseRedirect(f"{reverse('code-frais')}?{urlencode({'next': vers})}")


def montrer(
    requete: HttpRequest,
    gabarit: str,
    titre: str,
    formulaire: Formulaire,
    contexte: dict[str, Any] | None = None,
    *,
    cadre: str = NU,
) -> HttpResponse:
    """A page with its form, in the bare frame or in that of the office; 429 once locked."""
    commun = admin.site.each_context(requete) | {"title": titre, "form": formulaire}
    commun |= {"ensuite": ensuite(requete), "cadre": cadre, "site_url": None}
    reponse = TemplateResponse(requete, gabarit, commun | (contexte or {}))
    if isinstance(formulaire.refus, TropDeDemandes):
        reponse.status_code = 429
        reponse["Retry-After"] = str(math.ceil(formulaire.refus.attente.total_seconds()))
    return reponse


@contextmanager
def refus_sur(formulaire: Formulaire, *, champ: str | None = None) -> Iterator[None]:
    """Show on the form what a service refuses; the page is then drawn again."""
    try:
        yield
    except ErreurMetier as refus:
        formulaire.refus = refus
        dits = [(nom, texte) for nom, textes in refus.champs.items() for texte in textes]
        for nom, texte in dits or [(champ or "", refus.message)]:
            formulaire.add_error(nom if nom in formulaire.fields else None, texte)


def _suivre_le_mot_de_passe(requete: HttpRequest, champs: dict[str, str]) -> HttpResponse:
    cookie = requete.COOKIES.get(appareils.COOKIE, "")
    user = entrees.identifier(
        email=champs["username"],
        mot_de_passe=champs["password"],
        de=inconnu(requete),
        voie="bureau",
        empreinte=appareils.empreinte_du_cookie(cookie) if cookie else "",
    )
    if not facteurs.a_un_facteur(user):
        return _ouvrir(requete, user, verifie=False, suite=ensuite(requete))
    requete.session.cycle_key()
    requete.session[ATTENTE] = {
        "user": user.pk,
        "mot_de_passe": user.get_session_auth_hash(),
        "le": timezone.now().isoformat(),
        "ensuite": ensuite(requete),
    }
    return HttpResponseRedirect(reverse("code-de-connexion"))


def _qui_attend(requete: HttpRequest) -> User | None:
    """Whose password was good in this session not long ago, and has not changed since."""
    attente = requete.session.get(ATTENTE)
    if attente is None or datetime.fromisoformat(attente["le"]) < timezone.now() - VALIDITE:
        return None
    user = User.objects.filter(pk=attente["user"], is_active=True).first()
    tenu = user is not None and user.get_session_auth_hash() == attente["mot_de_passe"]
    return user if tenu else None


def _ouvrir(requete: HttpRequest, user: User, *, verifie: bool, suite: str) -> HttpResponse:
    """Open the session, and leave the cookie by which this device is known."""
    cookie = requete.COOKIES.get(appareils.COOKIE) or appareils.nouveau_cookie()
    entrees.ouvrir_la_session(
        requete,
        user,
        verifie=verifie,
        empreinte=appareils.empreinte_du_cookie(cookie),
        navigateur=requete.headers.get("User-Agent", "")[:200],
        de=inconnu(requete),
    )
    reponse = HttpResponseRedirect(suite)
    reponse.set_cookie(
        appareils.COOKIE,
        cookie,
        max_age=appareils.DUREE_DU_COOKIE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return reponse
