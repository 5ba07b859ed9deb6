"""Shapes of the accounts: what a request may ask, and the answers for the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from rest_framework import serializers

AU_PLUS_TOT = date(1900, 1, 1)
AU_PLUS = relativedelta(years=10)  # of a turnover, which lists its months
MESSAGES_DU_JOUR: dict[str, Any] = {
    "invalid": "Une date s'écrit AAAA-MM-JJ, par exemple 2026-03-31.",
    "datetime": "Donnez un jour, sans heure.",
}


def verifier_le_jour(jour: date) -> None:
    """Raise ValidationError for a day to come, whose movements are not known, or too old."""
    if jour > timezone.localdate():
        raise serializers.ValidationError("Cette date est dans le futur.")
    if jour < AU_PLUS_TOT:
        raise serializers.ValidationError("Cette date précède 1900.")


class ChoixDeSortie(serializers.ChoiceField):
    """The form of the answer, JSON unless told."""

    def __init__(self, *sorties: str) -> None:
        messages: dict[str, Any] = {"invalid_choice": f"Sorties possibles : {', '.join(sorties)}."}
        super().__init__(
            choices=[(sortie, sortie.upper()) for sortie in sorties],
            default="json",
            error_messages=messages,
            help_text="Forme de la réponse ; json par défaut.",
        )


def champ_jour(aide: str) -> serializers.DateField:
    return serializers.DateField(
        required=False,
        validators=[verifier_le_jour],
        error_messages=MESSAGES_DU_JOUR,
        help_text=aide,
    )


class DemandeDeBalance(serializers.Serializer):
    """`au`: today in Paris by default."""

    au = champ_jour("Dernier jour compris ; aujourd'hui par défaut.")
    sortie: Any = ChoixDeSortie("json", "csv", "pdf")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.setdefault("au", timezone.localdate())
        return attrs


class DemandeDeReleve(DemandeDeBalance):
    """`du`: the first of January of the year of `au` by default."""

    du = champ_jour("Premier jour compris ; par défaut le 1er janvier de l'année de « au ».")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        attrs.setdefault("du", self.debut(attrs["au"]))
        if attrs["du"] > attrs["au"]:
            message = f"Cette date dépasse la fin de la période, le {attrs['au']:%d/%m/%Y}."
            raise serializers.ValidationError({"du": message})
        return attrs

    def debut(self, au: date) -> date:
        return au.replace(month=1, day=1)


class DemandeDeChiffreAffaires(DemandeDeReleve):
    """`du`: the first of the month of `au` by default; ten years at most."""

    du = champ_jour("Premier jour compris ; par défaut le 1er du mois de « au ».")
    sortie: Any = ChoixDeSortie("json", "csv")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs["au"] > attrs["du"] + AU_PLUS:
            raise serializers.ValidationError({"du": "La période dépasse dix ans."})
        return attrs

    def debut(self, au: date) -> date:
        return au.replace(day=1)


def euros() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=14, decimal_places=2)


class MouvementDeReleve(serializers.Serializer):
    le = serializers.DateField()
    genre = serializers.CharField()
    piece = serializers.CharField()
    libelle = serializers.CharField()
    debit = euros()
    credit = euros()
    solde = euros()


class SensDeReleve(serializers.Serializer):
    debit = euros()
    credit = euros()


class ReleveDeCompte(serializers.Serializer):
    """Shape of an account, in euros TTC; the closing balance is net of `avances`."""

    client = serializers.IntegerField()
    code = serializers.CharField()
    designation = serializers.CharField()
    du = serializers.DateField()
    au = serializers.DateField()
    ouverture = euros()
    mouvements = MouvementDeReleve(many=True)
    totaux = SensDeReleve()
    cloture = euros()
    avances = euros()


class MontantsDeBalance(serializers.Serializer):
    """In days late: j30 is 1 to 30, j60 is 31 to 60, j90 is 61 to 90, then plus."""

    total = euros()
    non_echu = euros()
    j30 = euros()
    j60 = euros()
    j90 = euros()
    plus = euros()
    avances = euros()


class LigneDeBalance(MontantsDeBalance):
    client = serializers.IntegerField()
    code = serializers.CharField()
    designation = serializers.CharField()


class BalanceAgee(serializers.Serializer):
    au = serializers.DateField()
    lignes = LigneDeBalance(many=True)
    totaux = MontantsDeBalance()


class VentesParTaux(serializers.Serializer):
    taux = serializers.DecimalField(max_digits=5, decimal_places=2)
    ht = euros()
    tva = euros()
    ttc = euros()


class VentesDeLaPeriode(serializers.Serializer):
    par_taux = VentesParTaux(many=True)
    ht = euros()
    tva = euros()
    ttc = euros()


class MoisDeChiffreAffaires(serializers.Serializer):
    mois = serializers.CharField()
    emis = VentesDeLaPeriode()
    encaisse = VentesDeLaPeriode()


class AvancesDeLaPeriode(serializers.Serializer):
    ouverture = euros()
    cloture = euros()
    variation = euros()


class ChiffreDAffaires(serializers.Serializer):
    """`recu` is what was cashed on invoices, TTC, and the variation of the advances."""

    du = serializers.DateField()
    au = serializers.DateField()
    emis = VentesDeLaPeriode()
    encaisse = VentesDeLaPeriode()
    recu = euros()
    avances = AvancesDeLaPeriode()
    mois = MoisDeChiffreAffaires(many=True)
