"""Clients in the office's admin, and the base of every admin page that goes by the services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.admin import ModelAdmin

from artjardin.accounts.auteur import Auteur
from artjardin.api.portee import rechercher
from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from artjardin.softdelete.services import supprimer
from clients import services
from clients.admin_a_portee import AdminAPortee
from clients.models import Client


def refus_en_message(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A refusal of the services comes back as a message on the same page; nothing was written."""

    @wraps(vue)
    def proteger(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return vue(self, request, *args, **kwargs)
        except ErreurMetier as erreur:
            messages.error(request, _phrase(erreur))
            return HttpResponseRedirect(request.get_full_path())

    return proteger


def _phrase(erreur: ErreurMetier) -> str:
    details = [texte for textes in erreur.champs.values() for texte in textes]
    autres = [texte for texte in dict.fromkeys(details) if texte not in erreur.message]
    return " ".join([erreur.message, *autres])


def porter_le_refus(form: Any, erreur: ErreurMetier) -> None:
    """Write a refusal on the form, each message by its field when the form has it."""
    ailleurs = [] if erreur.champs.keys() & form.fields.keys() else [erreur.message]
    for champ, textes in erreur.champs.items():
        for texte in textes:
            if champ in form.fields:
                form.add_error(champ, texte)
            elif not any(texte in dit for dit in ailleurs):
                ailleurs.append(texte)
    for texte in ailleurs:
        form.add_error(None, texte)


class RefusSurLeFormulaire(ModelAdmin):
    """A refusal of the services is a message, and stands by its fields; what was typed stays."""

    @refus_en_message
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ErreurMetier as erreur:
            if request.method != "POST":
                raise
            messages.error(request, _phrase(erreur))
            request.refus = erreur  # type: ignore[attr-defined]
        return super().changeform_view(request, *args, **kwargs)  # the same form, now refused

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        base: Any = super().get_form(request, *args, **kwargs)
        refus: ErreurMetier | None = getattr(request, "refus", None)
        return base if refus is None else _refusant(base, self.champs_refuses(refus))

    def champs_refuses(self, refus: ErreurMetier) -> Mapping[str, Sequence[str]]:
        """What the services refused, by the fields of the form."""
        return refus.champs


def _refusant(base: Any, refus: Mapping[str, Sequence[str]]) -> Any:
    """The same form, never valid, with what the services refused by its fields."""

    class Refuse(base):
        def is_valid(self) -> bool:
            return super().is_valid() and False

        def clean(self) -> Any:
            champs = super().clean()
            for champ in refus.keys() & self.fields.keys():
                self.add_error(champ, list(refus[champ]))
            return champs

    return Refuse


class AdminParServices(AdminAPortee, RefusSurLeFormulaire):
    """Saves by the services that the subclass names, and deletes to the trash.

    So what is done here is checked and journaled as by the API, and nothing is destroyed.
    """

    creer: Callable[..., Any]  # (champs, *, par)
    modifier: Callable[..., Any]  # (objet, champs, *, par)

    search_fields: Sequence[str] = ["pk"]  # shows the box; the model's `rechercher` does the work
    show_full_result_count = False
    list_per_page = 50

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        par = auteur_de(request)
        if change:
            champs = {champ: form.cleaned_data[champ] for champ in form.changed_data}
            fait = self.modifier(obj, champs, par=par)
        else:
            fait = self.creer(form.cleaned_data, par=par)
        vars(obj).update(vars(fait))

    def save_related(self, *args: Any) -> None:
        """Done by the services."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        supprimer(obj, par=auteur_de(request))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """All of them, or none."""
        for objet in queryset:
            supprimer(objet, par=auteur_de(request))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """What goes along is found by `supprimer`, and comes back with it."""
        noms = [str(objet) for objet in objs]
        return noms, {self.opts.verbose_name_plural: len(noms)}, set(), []

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        demande = search_term.replace("\x00", "").strip()[:100]
        return (rechercher(queryset, demande, request.user) if demande else queryset), False

    @refus_en_message
    def changelist_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().changelist_view(*args, **kwargs)

    @refus_en_message
    def delete_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().delete_view(*args, **kwargs)


class HorsRelances(admin.SimpleListFilter):
    title = "relances"
    parameter_name = "exclu"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("oui", "Hors relances"), ("non", "À relancer")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        exclus = Client.exclusion_en_cours(au=timezone.localdate())
        if self.value() is None:
            return queryset
        return queryset.filter(exclus) if self.value() == "oui" else queryset.exclude(exclus)


class ClientForm(forms.ModelForm):
    def _get_validation_exclusions(self) -> set[str]:
        """An empty code is given by the service."""
        exclus = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclus if self.cleaned_data.get("code") else exclus | {"code"}


@admin.register(Client)
class ClientAdmin(AdminParServices):
    form = ClientForm
    list_display = ["code", "nom_affiche", "type", "ville", "tel", "email", "a_relancer"]
    list_display_links = ["code", "nom_affiche"]
    list_filter = ["type", HorsRelances]
    readonly_fields = ["exclusion_le", "exclusion_par", "cree_le"]
    fieldsets = [
        (None, {"fields": [("code", "type"), "raison_sociale", ("civilite", "prenom", "nom")]}),
        ("Coordonnées", {"fields": [("email", "telephone"), "adresse", ("code_postal", "ville")]}),
        (
            "Facturation",
            {"fields": [("siret", "tva_intracom"), ("delai_jours", "fin_de_mois")]},
        ),
        (
            "Hors relances",
            {
                "fields": [("exclusion_motif", "exclusion_fin"), ("exclusion_le", "exclusion_par")],
                "description": "Un motif exclut le client des relances, dès aujourd'hui et "
                "jusqu'à la date donnée (incluse). Videz le motif pour le relancer de nouveau.",
            },
        ),
        ("Notes", {"fields": ["notes", "cree_le"]}),
    ]

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        if self.est_limite(request):
            return ["code", "nom_affiche", "type", "tel"]
        return super().get_list_display(request)

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        return ["type"] if self.est_limite(request) else super().get_list_filter(request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The crews see who it is and how to call; the address of the works is the site's."""
        if self.est_limite(request):
            return [(None, {"fields": services.CHAMPS_D_EQUIPE})]
        return super().get_fieldsets(request, obj)

    def history_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """What was changed of a client names fields that the crews do not see."""
        if self.est_limite(request) and self.get_object(request, object_id):
            raise PermissionDenied
        return super().history_view(request, object_id, *args, **kwargs)

    @admin.display(description="Nom", ordering="nom_tri")
    def nom_affiche(self, client: Client) -> str:
        return client.designation

    @admin.display(description="Téléphone")
    def tel(self, client: Client) -> str:
        return client.telephone_lisible

    @admin.display(description="Relances", boolean=True)
    def a_relancer(self, client: Client) -> bool:
        return not client.est_exclu(au=timezone.localdate())

    @transaction.atomic
    def creer(self, champs: dict[str, Any], *, par: Auteur) -> Client:
        motif, fin = champs.pop("exclusion_motif"), champs.pop("exclusion_fin")
        client = services.creer_client(par=par, **champs)
        if motif or fin:
            client = services.exclure_des_relances(client, motif=motif, jusqu_au=fin, par=par)
        return client

    @transaction.atomic
    def modifier(self, objet: Client, champs: dict[str, Any], *, par: Auteur) -> Client:
        voulus = {champ: champs.pop(champ) for champ in services.EXCLUSION if champ in champs}
        client = services.modifier_client(objet, par=par, **champs)
        if not voulus:
            return client
        if objet.exclusion_motif or (objet.exclusion_fin and not objet.exclusion_le):
            return services.exclure_des_relances(
                client, motif=objet.exclusion_motif, jusqu_au=objet.exclusion_fin, par=par
            )
        return services.reprendre_les_relances(client, par=par)
