"""Fields that a fresh code opens (accounts.exigence): read until then, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import flatten
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from artjardin.accounts import exigence
from clients.admin import RefusSurLeFormulaire


class ChampsGraves(RefusSurLeFormulaire):
    """`champs_graves` are read-only, with a link to give a code; an object is added after a code.

    `acte` says what the code is for. A code that went stale while the page was open loses nothing:
    the form comes back as it was typed.
    """

    champs_graves: frozenset[str]
    acte: str

    def add_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if self.has_add_permission(request):
            exigence.exiger_un_code_frais(request)
        return super().add_view(request, *args, **options)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixes = [*super().get_readonly_fields(request, obj)]
        return [*fixes, *sorted(self.champs_graves)] if self.est_ferme(request, obj) else fixes

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        ensembles = super().get_fieldsets(request, obj)
        if not (self.est_ferme(request, obj) and self.has_change_permission(request, obj)):
            return ensembles
        return [(nom, self._avec_le_lien(request, options)) for nom, options in ensembles]

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **options: Any) -> Any:
        base = super().get_form(request, obj, *args, **options)
        if obj is None or exigence.frais_jusqu_a(request) is not None:
            return base
        return _garder(base, self.champs_graves, request)

    def est_ferme(self, request: HttpRequest, obj: Any) -> bool:
        """Whether these fields are only read; what was typed in them is shown again."""
        tape = not self.champs_graves.isdisjoint(request.POST)
        return obj is not None and not tape and exigence.frais_jusqu_a(request) is None

    def _avec_le_lien(self, request: HttpRequest, options: Any) -> Any:
        if self.champs_graves.isdisjoint(flatten(options["fields"])):
            return options
        texte = f"Confirmer par un code pour modifier {self.acte}"
        return options | {"description": lien_du_code(request, texte)}


def lien_du_code(request: HttpRequest, texte: str, *, ailleurs: bool = False) -> SafeString:
    """A link to the page that asks for a code and comes back; `ailleurs`: in another tab."""
    return format_html(
        '<a class="text-primary-600 hover:underline dark:text-primary-500" href="{}?{}"{}>{}</a>',
        reverse("code-frais"),
        urlencode({"next": request.get_full_path()}),
        SafeString(' target="_blank"') if ailleurs else "",
        texte,
    )


def _garder(base: Any, graves: frozenset[str], request: HttpRequest) -> Any:
    """The same form, not valid once it changes one of these fields."""
    nettoyer: Callable[[Any], Any] = base.clean

    def clean(form: Any) -> Any:
        champs = nettoyer(form)
        for champ in graves.intersection(form.changed_data):
            lien = lien_du_code(request, "confirmez par un code", ailleurs=True)
            form.add_error(
                champ, format_html("Dans un autre onglet, {}, puis enregistrez ici.", lien)
            )
        return champs

    return type(base.__name__, (base,), {"clean": clean})
