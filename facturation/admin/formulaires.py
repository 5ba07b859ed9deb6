"""The small forms of decisions, made for the document they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
)

from facturation.admin.bases import (
    champ_choix,
    champ_coche,
    champ_date,
    champ_montant,
    champ_pourcent,
    champ_texte,
    court,
    euros,
)
from facturation.models import Devis, Facture, LigneDevis, LigneFacture, Paiement
from facturation.models.facture import RETENUE_MAX
from facturation.montants import Tva
from facturation.services.annonces import reglage
from facturation.services.envois import obstacle_a

TOUT, PARTIE = "tout", "partie"
MODES = [paire for paire in Paiement.Mode.choices if paire[0] != Paiement.Mode.REPRISE]


def champ_retenue() -> forms.DecimalField:
    return champ_pourcent(
        label="Retenue de garantie (%)",
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(RETENUE_MAX),
        help_text=f"Ce que le client garde un an, {RETENUE_MAX} % au plus. Vide : aucune.",
    )


def form_d_emission(facture: Facture) -> type[forms.Form]:
    """The day of the issue, and whether the client gets it by mail."""
    evenement = reglage("avoir_emis" if facture.type == Facture.Type.AVOIR else "facture_emise")
    obstacle = evenement.au_client and obstacle_a(facture.client.email)
    a = f"personne : {obstacle}" if obstacle else facture.client.email
    prevu = f"envoyer à {a}" if evenement.au_client else "rien"
    choix = [("", f"Selon le réglage ({prevu})"), ("oui", "Envoyer"), ("non", "Ne pas envoyer")]
    champs = {
        "le": champ_date(label="Date d'émission"),
        "envoyer": forms.TypedChoiceField(
            label="Courriel au client",
            choices=choix,
            coerce=lambda reponse: reponse == "oui",
            empty_value=None,
            required=False,
            widget=UnfoldAdminSelectWidget,
        ),
    }
    return type("EmissionForm", (forms.Form,), champs)


def form_d_acceptation(devis: Devis) -> type[forms.Form]:
    """The options of a devis to tick, the day and the place of the signature."""
    options = [ligne for ligne in devis.lignes.all() if ligne.option]
    champs: dict[str, Any] = {}
    if options:
        champs["options"] = forms.TypedMultipleChoiceField(
            label="Options choisies par le client",
            coerce=int,
            required=False,
            choices=[(li.pk, f"{li.designation} : {euros(li.total_ht)} HT") for li in options],
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        )
    champs["le"] = champ_date(label="Signé le", initial=timezone.localdate)
    champs["conclusion"] = champ_choix(
        Devis.Conclusion.choices,
        label="Lieu de la signature",
        initial=devis.conclusion,
        help_text="Signé chez un particulier : rien n'est encaissé pendant sept jours.",
    )
    return _forme(forms.Form, **champs)


class RetenueForm(forms.Form):
    retenue_taux = champ_retenue()

    def clean_retenue_taux(self) -> Decimal:
        return self.cleaned_data["retenue_taux"] or Decimal(0)


class AcompteForm(forms.Form):
    """A percentage, or a round sum."""

    pourcentage = champ_pourcent(
        label="Pourcentage du devis", required=False, help_text="Par exemple 30."
    )
    montant = champ_montant(label="ou montant TTC (€)", required=False, min_value=Decimal("0.01"))

    def clean(self) -> dict[str, Any]:
        champs = super().clean() or self.cleaned_data
        donnes = [c for c in ("pourcentage", "montant") if champs.get(c) is not None]
        if not self.errors and len(donnes) != 1:
            self.add_error(None, "Donnez un pourcentage ou un montant, l'un des deux.")
        return champs


class SituationForm(RetenueForm):
    """The progress of each line, cumulative; what was invoiced is shown beside."""

    retenues: list[LigneDevis] = []
    deja: Mapping[int, Decimal] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for ligne in self.retenues:
            avant = self.deja.get(ligne.pk, Decimal(0))
            champ = champ_pourcent(
                label=ligne.designation,
                required=False,
                min_value=Decimal(0),
                max_value=Decimal(100),
                initial=f"{avant.normalize():f}",
            )
            champ.widget.attrs["style"] = "width: 7rem"
            self.fields[f"avancement.{ligne.pk}"] = champ

    def lignes(self) -> list[tuple[LigneDevis, str, forms.BoundField]]:
        """Each line, what was invoiced of it, and its field."""
        return [
            (
                ligne,
                f"{court(self.deja.get(ligne.pk, Decimal(0)))} %",
                self[f"avancement.{ligne.pk}"],
            )
            for ligne in self.retenues
        ]

    @property
    def avancement(self) -> dict[int, Decimal]:
        """The lines whose progress changed."""
        saisis = {li.pk: self.cleaned_data.get(f"avancement.{li.pk}") for li in self.retenues}
        return {
            pk: valeur
            for pk, valeur in saisis.items()
            if valeur is not None and valeur != self.deja.get(pk, Decimal(0))
        }

    def clean(self) -> dict[str, Any]:
        champs = super().clean() or self.cleaned_data
        if not self.errors and not self.avancement:
            self.add_error(None, "Aucun avancement n'a changé : il n'y a rien à facturer.")
        return champs | {"avancement": self.avancement}


def form_de_situation(devis: Devis, deja: Mapping[int, Decimal]) -> type[forms.Form]:
    return _forme(SituationForm, retenues=devis.retenues(), deja=deja)


class EncaissementForm(forms.Form):
    montant = champ_montant(label="Montant reçu (€)")
    mode = champ_choix(MODES, label="Mode")
    le = champ_date(label="Reçu le")
    reference = champ_texte(
        label="Référence",
        max_length=140,
        required=False,
        help_text="Numéro du chèque, libellé du virement…",
    )
    garder_le_surplus = champ_coche(
        label="Garder le surplus en crédit du client",
        help_text="Si le montant dépasse ce que la facture doit encore.",
    )


@dataclass(frozen=True)
class APartager:
    """One rate of what a credit note may still take."""

    tva: Tva
    justification: str

    @property
    def champ(self) -> str:
        return f"montant_{self.tva.taux}"


class AvoirForm(forms.Form):
    """All that is left of an invoice, or an amount HT by rate."""

    taux: list[APartager] = []

    motif = champ_texte(label="Motif", max_length=300, help_text="Il est écrit sur l'avoir.")
    etendue = forms.ChoiceField(
        label="Ce qui est crédité",
        choices=[(TOUT, "Tout ce qui reste de la facture"), (PARTIE, "Une partie :")],
        initial=TOUT,
        widget=UnfoldAdminRadioSelectWidget,
    )
    designation = champ_texte(
        label="Désignation de la partie", max_length=2000, required=False,
        help_text="Par exemple : remise pour retard. Vide : le motif.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for un in self.taux:
            self.fields[un.champ] = champ_montant(
                label=f"Montant HT au taux de {court(un.tva.taux)} %",
                required=False,
                min_value=Decimal("0.01"),
                help_text=f"Il reste {euros(un.tva.base)} HT à ce taux.",
            )

    def clean(self) -> dict[str, Any]:
        champs = super().clean() or self.cleaned_data
        en_partie = champs.get("etendue") == PARTIE
        donnes = any(champs.get(un.champ) for un in self.taux)
        if not self.errors and en_partie != donnes:
            texte = "Donnez au moins un montant." if en_partie else "Cochez « Une partie »."
            self.add_error("etendue", texte)
        return champs if self.errors or not en_partie else champs | {"lignes": self._lignes(champs)}

    def _lignes(self, champs: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {
                "designation": champs["designation"] or champs["motif"],
                "quantite": Decimal(1),
                "unite": "forfait",
                "prix_unitaire": champs[un.champ],
                "taux_tva": un.tva.taux,
                "justification_tva": un.justification,
            }
            for un in self.taux
            if champs.get(un.champ)
        ]


def form_d_avoir(facture: Facture, reste: Iterable[Tva]) -> type[forms.Form]:
    """Reduced rates keep the justification they have on the invoice."""
    lignes = LigneFacture.objects.filter(facture=facture).exclude(justification_tva="")
    justifications = dict(lignes.values_list("taux_tva", "justification_tva"))
    taux = [
        APartager(tva, justifications.get(tva.taux, f"Comme sur {facture}"))
        for tva in reste
        if tva.base
    ]
    return _forme(AvoirForm, taux=taux)


def _forme(base: Any, **attributs: Any) -> type[forms.Form]:
    """A form of this kind, for one document."""
    forme: Any = type(base.__name__, (base,), attributs)
    return forme


class ChoixDeFacture(forms.ModelChoiceField):
    def label_from_instance(self, facture: Any) -> str:
        echeance = court(facture.echeance)
        return f"{facture} : reste {euros(facture.solde)}, échéance {echeance}"


def form_d_imputation(ouvertes: Any) -> type[forms.Form]:
    """One of the open invoices, and how much of the credit it takes."""
    return _forme(
        forms.Form,
        facture=ChoixDeFacture(
            queryset=ouvertes, label="Facture", empty_label=None, widget=UnfoldAdminSelectWidget
        ),
        montant=champ_montant(
            label="Montant (€)",
            required=False,
            min_value=Decimal("0.01"),
            help_text="Vide : autant que possible.",
        ),
    )


class RemboursementForm(forms.Form):
    montant = champ_montant(label="Montant rendu (€)")
    mode = champ_choix(MODES, label="Mode")
    le = champ_date(label="Rendu le")
    motif = champ_texte(label="Motif", max_length=140)
