"""The trash in the office's admin: what lies there, what each choice would do, restore, purge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from artjardin.accounts import exigence
from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from artjardin.softdelete.models import Lot, Supprimable
from artjardin.softdelete.passages import seuil_des_passages
from artjardin.softdelete.services import restaurer
from clients.models import Client
from facturation.admin.bases import champ_texte
from ops.comptes.pages import confirmer_d_abord
from ops.corbeille import effacement
from ops.corbeille.comptes import comptes_ouverts
from ops.corbeille.entites import (
    ENTITES,
    VOIR,
    droit_de,
    entite_de,
    exiger_les_droits,
    jetes,
    modele_ou_404,
)
from ops.corbeille.lectures import fiche, lots_par_uuid, statistiques
from ops.corbeille.passage import purger_les_echus
from ops.corbeille.purge import exiger_la_confirmation, purger_a_la_main
from ops.corbeille.vues import TOUT
from ops.tasks import noter_l_effacement

PAR_PAGE = 50
DERNIERS = 20  # batches shown on the first page


class RechercheForm(forms.Form):
    recherche = champ_texte(required=False, max_length=100, label="Rechercher")


def accueil(request: HttpRequest) -> HttpResponse:
    """Counts by entity, and the last batches."""
    _exiger(request, VOIR)
    chiffres = statistiques()
    entites = [
        {"nom": nom, "titre": m._meta.verbose_name_plural, **chiffres["par_entite"][nom]}
        for nom, m in ENTITES.items()
    ]
    return _page(
        request,
        "accueil",
        "Corbeille",
        chiffres=chiffres,
        entites=entites,
        ouverts=comptes_ouverts(),
        lots=_derniers_lots(),
        echus=_echus(),
        mot=TOUT,
    )


def liste(request: HttpRequest, entite: str) -> HttpResponse:
    """The rows of an entity, searched by the model's own search."""
    modele = _modele(request, entite)
    demande = request.GET.get("recherche", "").replace("\x00", "").strip()[:100]
    rangees = jetes(modele).order_by("-supprime_le", "-pk")
    trouvees = Paginator(rangees.rechercher(demande) if demande else rangees, PAR_PAGE)
    page = trouvees.get_page(request.GET.get("page"))
    lots = lots_par_uuid(page.object_list)
    lignes = [{"objet": une, "lot": lots[une.supprime_lot]} for une in page.object_list]
    return _page(
        request,
        "liste",
        f"Corbeille : {modele._meta.verbose_name_plural}",
        entite=entite,
        entites=[(nom, m._meta.verbose_name_plural) for nom, m in ENTITES.items()],
        lignes=lignes,
        page=page,
        demande=demande,
        recherche=RechercheForm(initial={"recherche": demande}),
    )


def detail(request: HttpRequest, entite: str, pk: int) -> HttpResponse:
    """One row: its batch, what a restore brings back, what a purge would destroy or keep."""
    objet = _objet(request, entite, pk)
    etat = fiche(objet)
    racine = entite_de(etat.lot.racine_type)
    return _page(request, "detail", str(objet), entite=entite, fiche=etat, racine=racine)


@require_POST
def ramener(request: HttpRequest, entite: str, pk: int) -> HttpResponse:
    objet = _objet(request, entite, pk)
    options = {nom: nom in request.POST for nom in ("seul", "malgre_les_doublons")}
    if not options["seul"]:
        exiger_les_droits(request.user, objet)

    def agir() -> str:
        comptes = restaurer(objet, par=auteur_de(request), **options)
        return f"« {objet} » est restauré ({sum(comptes.values())} élément(s))."

    return _faire(request, agir, sinon=reverse("corbeille-detail", args=[entite, pk]))


@require_POST
def purger(request: HttpRequest, entite: str, pk: int) -> HttpResponse:
    objet = _objet(request, entite, pk)
    exiger_les_droits(request.user, objet)

    def agir() -> str:
        saisie = request.POST.get("confirmation", "")
        fait = purger_a_la_main(
            objet, confirmation=saisie, par=auteur_de(request), **_renoncement(request)
        )
        detruits, gardes = sum(fait.detruits.values()), sum(fait.anonymises.values())
        return f"Purge faite : {detruits} détruit(s), {gardes} gardé(s) sans nom."

    return _faire(request, agir, sinon=reverse("corbeille-detail", args=[entite, pk]))


@require_POST
def purger_tout(request: HttpRequest) -> HttpResponse:
    """All that is due, after the word was typed."""
    _exiger(request, VOIR)

    def agir() -> str:
        exiger_la_confirmation(request.POST.get("confirmation", ""), [TOUT])
        execution = purger_les_echus(par=auteur_de(request), confirme=True)
        return f"Purge faite : {execution.get_resultat_display().lower()}."

    return _faire(request, agir, sinon=reverse("corbeille"))


def effacer(request: HttpRequest, pk: int) -> HttpResponse:
    """Erasing a person on request: what goes, what stays and why, then the typed name."""
    _exiger(request, VOIR)
    client = get_object_or_404(Client.tous, pk=pk)
    if request.method == "POST":

        def agir() -> str:
            saisie = request.POST.get("confirmation", "")
            effacement.effacer(
                client, confirmation=saisie, par=auteur_de(request), **_renoncement(request)
            )
            noter_l_effacement()
            return f"Effacé : « Client anonymisé n° {client.pk} » est dans la corbeille."

        return _faire(request, agir, sinon=request.get_full_path())
    return _page(
        request,
        "effacer",
        "Effacer une personne (RGPD)",
        client=client,
        mots=effacement.mots_du_client(client),
        refus=effacement.refus_d_effacer(client),
        pertes=effacement.pertes_d_effacer(client),
        reste=effacement.ce_qui_reste(client),
    )


def _faire(request: HttpRequest, agir: Callable[[], str], *, sinon: str) -> HttpResponse:
    """Act after a fresh code, say it and show the trash; a refusal is said where it was asked."""
    if exigence.frais_jusqu_a(request) is None:
        return confirmer_d_abord(sinon)
    try:
        fait = agir()
    except ErreurMetier as refus:
        messages.error(request, refus.message)
        return HttpResponseRedirect(sinon)
    messages.success(request, fait)
    return HttpResponseRedirect(reverse("corbeille"))


def _objet(request: HttpRequest, entite: str, pk: int) -> Supprimable:
    return get_object_or_404(jetes(_modele(request, entite)), pk=pk)


def _modele(request: HttpRequest, entite: str) -> type[Supprimable]:
    modele = modele_ou_404(entite)
    _exiger(request, droit_de(modele))
    return modele


def _exiger(request: HttpRequest, droit: str) -> None:
    if not request.user.has_perm(droit):
        raise PermissionDenied


def _echus() -> int:
    presents = Lot.objects.en_corbeille()
    return presents.echus(a=timezone.now(), seuil=seuil_des_passages()).count()


def _renoncement(request: HttpRequest) -> dict[str, Any]:
    """What a person typed to give up what is left to invoice."""
    return {"renoncer": "renoncer" in request.POST, "motif": request.POST.get("motif", "")[:300]}


def _derniers_lots() -> list[dict[str, Any]]:
    """The last batches, each with its root, or with what is left of it when the root is back."""
    lots = list(Lot.objects.en_corbeille().order_by("-pk")[:DERNIERS])
    presents: dict[Any, tuple[str, int]] = {}
    for nom, modele in reversed(ENTITES.items()):  # the root comes last: parents first, oldest
        leurs = jetes(modele).filter(supprime_lot__in=[lot.uuid for lot in lots]).order_by("-pk")
        presents |= {lot: (nom, pk) for lot, pk in leurs.values_list("supprime_lot", "pk")}
    return [
        {"lot": lot, "ici": presents[lot.uuid], "combien": sum(lot.comptes.values())}
        | {"genre": ENTITES[entite_de(lot.racine_type)]._meta.verbose_name}
        for lot in lots
        if lot.uuid in presents
    ]


def _page(request: HttpRequest, gabarit: str, titre: str, **contexte: Any) -> HttpResponse:
    """Without a fresh code, a link to give one stands where the forms that act would."""
    commun = admin.site.each_context(request) | {"title": titre}
    commun |= {"code_frais": exigence.frais_jusqu_a(request), "ici": request.get_full_path()}
    return TemplateResponse(request, f"admin/corbeille/{gabarit}.html", commun | contexte)
