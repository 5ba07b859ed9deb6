"""The forms of the pages by which people come in."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from artjardin.erreurs import ErreurMetier


class Formulaire(forms.Form):
    """A form of these pages, and what a service refused of it."""

    refus: ErreurMetier | None = None


def _mot_de_passe(etiquette: str, *, quoi: str, aide: str = "") -> forms.CharField:
    """`quoi`: what the browser's password manager is told (HTML autocomplete)."""
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": quoi})
    return forms.CharField(
        label=etiquette, max_length=128, strip=False, widget=widget, help_text=aide
    )


class EntreeForm(Formulaire):
    """Names and labels of Django's own, which password managers know."""

    username = forms.EmailField(
        label="Adresse e-mail",
        max_length=254,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "username", "autofocus": True, "inputmode": "email"}
        ),
    )
    password = _mot_de_passe("Mot de passe", quoi="current-password")


class CodeWidget(UnfoldAdminTextInputWidget):
    """Empty again after a refusal: a code is never corrected, the next one is typed."""

    def format_value(self, value: Any) -> None:
        return None


def _code(aide: str, **attributs: Any) -> forms.CharField:
    widget = CodeWidget(attrs={"autocomplete": "one-time-code"} | attributs)
    return forms.CharField(label="Code", max_length=40, help_text=aide, widget=widget)


class CodeForm(Formulaire):
    code = _code("Les six chiffres de l'application, ou un code de secours.", autofocus=True)


class PremierCodeForm(Formulaire):
    """Of a factor that waits: only the phone can tell. The steps above it are read first."""

    code = _code("Les six chiffres que montre l'application.", inputmode="numeric")


class ConfirmationForm(Formulaire):
    """For who has no second factor: the password stands for the fresh code."""

    mot_de_passe = _mot_de_passe("Mot de passe", quoi="current-password")


class DesactivationForm(CodeForm, ConfirmationForm):
    field_order = ["mot_de_passe", "code"]


class OubliForm(Formulaire):
    email = forms.EmailField(
        label="Adresse e-mail du compte",
        max_length=254,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "username", "autofocus": True}),
    )


class ChoixForm(Formulaire):
    mot_de_passe = _mot_de_passe(
        "Nouveau mot de passe",
        quoi="new-password",
        aide="Au moins 12 caractères, sans rapport avec votre nom ; quelques mots font l'affaire.",
    )
    encore = _mot_de_passe("Le même, encore une fois", quoi="new-password")

    def clean(self) -> dict[str, Any]:
        champs = super().clean() or self.cleaned_data
        if champs.get("mot_de_passe") != champs.pop("encore", None):
            self.add_error("encore", "Les deux mots de passe diffèrent.")
        return champs


class ChangementForm(ChoixForm):
    actuel = _mot_de_passe("Mot de passe actuel", quoi="current-password")
    field_order = ["actuel", "mot_de_passe", "encore"]
