"""What the admin pages of documents share: looking without touching, deciding on a small page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from secrets import token_urlsafe
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.checks import ModelAdminChecks
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.dataclasses import UnfoldAction
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from artjardin.api.idempotence import une_seule_fois
from artjardin.argent import en_euros
from artjardin.erreurs import ErreurMetier
from clients.admin import porter_le_refus


@dataclass(frozen=True)
class Suite:
    """What a decision leaves: a message, and the object to show next."""

    message: str
    objet: models.Model


@dataclass(frozen=True)
class Decision:
    """A small page: what is about to happen, the fields it needs, one button."""

    titre: str
    bouton: str
    texte: str = ""
    formulaire: type[forms.Form] = forms.Form
    initial: dict[str, Any] | None = None
    grave: bool = False
    gabarit: str = "admin/decision.html"


class Decideur(ModelAdmin):
    """Decisions are asked on a page of their own and made by POST, never by a link."""

    checks_class = ModelAdminChecks  # unfold's own asks the database, even before it exists

    def objet_ou_404(self, request: HttpRequest, object_id: str) -> Any:
        objet = self.get_object(request, unquote(object_id))
        if objet is None:
            raise Http404
        if not self.has_view_permission(request, objet):
            raise PermissionDenied
        return objet

    def decider(
        self, request: HttpRequest, objet: Any, decision: Decision, agir: Callable[..., Suite]
    ) -> HttpResponse:
        """Ask, then call `agir` with the form's fields; a refusal is written on the page.

        The page bears a token that serves once: a double click does nothing twice.
        """
        recu = request.POST if request.method == "POST" else None
        jeton = request.POST.get("jeton") or token_urlsafe(16)
        form = decision.formulaire(recu, initial=decision.initial)
        if form.is_valid():
            try:
                with transaction.atomic():
                    une_seule_fois(int(request.user.pk or 0), jeton)
                    suite = agir(**form.cleaned_data)
            except ErreurMetier as erreur:
                porter_le_refus(form, erreur)
            else:
                messages.success(request, suite.message)
                return HttpResponseRedirect(page_de(suite.objet))
        contexte = self.admin_site.each_context(request) | {
            "title": decision.titre,
            "decision": decision,
            "form": form,
            "jeton": jeton,
            "objet": objet,
            "retour": page_de(objet),
            "opts": self.opts,
        }
        return TemplateResponse(request, decision.gabarit, contexte)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only the buttons that the state of this object allows."""
        actions = super().get_actions_detail(request, object_id)
        objet = self.get_object(request, unquote(str(object_id)))
        permises = self.possibles(objet) if objet else set()
        return [a for a in actions if a.method.original_function_name in permises]

    def possibles(self, objet: Any) -> set[str]:
        """The names of the decisions that fit this object."""
        return set(self._extract_action_names(self.actions_detail))


class Consultation(ModelAdmin):
    """Rows to look at: written elsewhere, changed by nobody here."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EnLecture:
    """An inline that only shows; it is seen by whoever sees its parent."""

    hide_title = True
    extra = max_num = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class MotifForm(forms.Form):
    motif = forms.CharField(max_length=140, widget=UnfoldAdminTextInputWidget)


def champ_date(**options: Any) -> forms.DateField:
    """A date chosen with the browser's own calendar."""
    return forms.DateField(widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}), **options)


def champ_montant(**options: Any) -> forms.DecimalField:
    """Euros."""
    pas = UnfoldAdminDecimalFieldWidget(attrs={"step": "0.01", "inputmode": "decimal"})
    return forms.DecimalField(max_digits=12, decimal_places=2, widget=pas, **options)


def champ_pourcent(**options: Any) -> forms.DecimalField:
    pas = UnfoldAdminDecimalFieldWidget(attrs={"step": "0.01", "inputmode": "decimal"})
    return forms.DecimalField(max_digits=5, decimal_places=2, widget=pas, **options)


def champ_choix(choix: Iterable[Any], **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=list(choix), widget=UnfoldAdminSelectWidget, **options)


def champ_texte(**options: Any) -> forms.CharField:
    return forms.CharField(widget=UnfoldAdminTextInputWidget, **options)


def champ_coche(**options: Any) -> forms.BooleanField:
    return forms.BooleanField(required=False, widget=UnfoldBooleanWidget, **options)


def page_de(objet: models.Model) -> str:
    """Its page; the list of its kind when it is not a row yet."""
    nom = f"admin:{objet._meta.app_label}_{objet._meta.model_name}"
    return reverse(f"{nom}_change", args=[objet.pk]) if objet.pk else reverse(f"{nom}_changelist")


def lien(objet: models.Model | None, texte: str = "") -> SafeString | str:
    """A link to the admin page of an object."""
    if objet is None:
        return "–"
    classes = "text-primary-600 hover:underline dark:text-primary-500"
    return format_html('<a class="{}" href="{}">{}</a>', classes, page_de(objet), texte or objet)


def colonne(champ: str, titre: str) -> Callable[[Any, Any], str]:
    """A field of an admin class, as a column or a line: own title, short dates and numbers."""

    @display(description=titre, ordering=champ)
    def montrer(_page: Any, objet: Any) -> str:
        valeur = getattr(objet, champ)
        return sur_une_ligne(valeur) if isinstance(valeur, dt.date | Decimal) else court(valeur)

    return montrer


def court(valeur: Any) -> str:
    """A value as a table shows it.

    >>> court(dt.date(2026, 11, 24)), court(Decimal("23.0000")), court(None)
    ('24/11/2026', '23', '–')
    """
    if isinstance(valeur, dt.datetime):
        return f"{timezone.localtime(valeur):%d/%m/%Y %H:%M}"
    if isinstance(valeur, dt.date):
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, Decimal):
        return f"{valeur.normalize():f}".replace(".", ",")
    return "–" if valeur is None or valeur == "" else str(valeur)


def sur_une_ligne(valeur: Any) -> SafeString:
    return format_html('<span class="whitespace-nowrap">{}</span>', court(valeur))


def euros(montant: Decimal | None) -> str:
    return "–" if montant is None else en_euros(montant)


def prix(montant: Decimal) -> str:
    """A unit price, in euros, with the decimals it has and two at least.

    >>> prix(Decimal("7.200000")), prix(Decimal("0.125000"))
    ('7,20\\xa0€', '0,125\\xa0€')
    """
    assez = montant.quantize(Decimal("0.01"))
    texte = f"{assez if assez == montant else montant.normalize():f}"
    return f"{texte.replace('.', ',')}\N{NO-BREAK SPACE}€"


def sans_bouton(champ: Any) -> Any:
    """A choice among what exists: nothing is created or removed from within a document."""
    if champ is not None:
        for bouton in ("add", "change", "delete", "view"):
            setattr(champ.widget, f"can_{bouton}_related", False)
    return champ
