"""The texts of the reminders, which the office edits, and the legal rates, dated."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from artjardin.temoins import Temoin
from artjardin.textes import fautes
from clients.models import Client

# What a text may name, and how it reads for one invoice (relances/messages.py fills them)
FACTURES = {
    "numeros": "FAC-2026-0001",
    "factures": "la facture FAC-2026-0001",
    "de_factures": "de la facture FAC-2026-0001",
    "vos_factures": "votre facture FAC-2026-0001",
    "ces_factures": "cette facture",
    "de_ces_factures": "de cette facture",
}
COMMUNS = {
    "nom": "M. Jean Petit",
    "code_client": "C0001",
    "entreprise": "Art & Jardin",
    "contact": "au 02 41 00 00 00 ou en répondant à ce message",
    "jour": "22 novembre 2026",
    "niveau": "Rappel ferme",
}
DUS = {
    "total": "1 200,00 €",
    "echues": "échue le 1er octobre 2026",
    "retard": "52 jours",
    "delai": "30 novembre 2026",
}
CHAMPS = {**FACTURES, **COMMUNS, **DUS}
CHAMPS_MERCI = {**FACTURES, **COMMUNS}
BLOCS = {
    "tableau": "les factures et le total dû",
    "decompte": "les intérêts et indemnités à ce jour, quand il y en a",
    "coordonnees_bancaires": "le virement, son code QR et le lien de règlement",
}

# What a formal notice must say (C. civ. art. 1344); the head of a letter has the name and the date
EXIGES = {
    "lettre": {"total": "la somme demandée", "delai": "le délai"},
    "courriel": {
        "nom": "à qui", "jour": "la date", "total": "la somme demandée", "delai": "le délai"
    },
}  # fmt: skip


class Modele(models.Model):
    """What is written to a type of client in a tone: by mail, and by letter.

    Only the thank-you has no letter: it is never posted.
    """

    class Ton(models.TextChoices):
        AMICAL = "amical", "Rappel amical"
        FERME = "ferme", "Rappel ferme"
        MISE_EN_DEMEURE = "mise_en_demeure", "Mise en demeure"
        MERCI = "merci", "Remerciement"

    ton = models.CharField(max_length=20, choices=Ton)
    type_client = models.CharField("clients", max_length=15, choices=Client.Type)
    objet = models.CharField(max_length=150)
    courriel = models.TextField(max_length=5000)
    lettre = models.TextField(max_length=5000, blank=True)

    TEMOIN = Temoin(["ton", "type_client", "objet", "courriel", "lettre"])

    class Meta:
        verbose_name = "texte de relance"
        verbose_name_plural = "textes de relance"
        ordering = ["type_client", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ton", "type_client"], name="modele_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.get_ton_display()}, {self.get_type_client_display().lower()}"

    @property
    def champs(self) -> dict[str, str]:
        """The holes this text may have, each with an example: a thank-you has nothing due."""
        return CHAMPS_MERCI if self.ton == self.Ton.MERCI else CHAMPS

    @property
    def blocs(self) -> dict[str, str]:
        """The ready-made pieces this text may have, each with what it shows."""
        return {} if self.ton == self.Ton.MERCI else BLOCS

    def clean(self) -> None:
        """Refuse a hole that nothing fills, and a claim without its amounts.

        Raise ValidationError, by field.
        """
        trouvees = {
            "objet": fautes(self.objet, champs=self.champs),
            "courriel": fautes(self.courriel, champs=self.champs, blocs=self.blocs),
            "lettre": fautes(self.lettre, champs=self.champs, blocs=self.blocs),
        }
        if "\n" in self.objet:
            trouvees["objet"].append("L'objet tient sur une ligne.")
        for champ in self._reclamants():
            trouvees[champ] += self._manques(champ)
        if erreurs := {champ: liste for champ, liste in trouvees.items() if liste}:
            raise ValidationError(erreurs)

    def _reclamants(self) -> list[str]:
        """The texts that claim money: all but a thank-you; an empty letter is refused too."""
        return [] if self.ton == self.Ton.MERCI else ["courriel", "lettre"]

    def _manques(self, champ: str) -> list[str]:
        """What the law, or good sense, wants in a text that claims money."""
        texte = getattr(self, champ)
        manques = (
            [] if "{tableau}" in texte else ["Il manque {tableau} : les factures et le total."]
        )
        if self.ton == self.Ton.MISE_EN_DEMEURE:
            if "demeure" not in texte.lower():
                manques.append("Il manque les mots « mise en demeure » (C. civ. art. 1344).")
            manques += [
                f"Il manque {{{trou}}} : {pourquoi}."
                for trou, pourquoi in EXIGES[champ].items()
                if f"{{{trou}}}" not in texte
            ]
        return manques


class TauxLegal(models.Model):
    """The legal rates of one half-year, in percent a year (C. com. L441-10 II; CMF L313-2).

    `bce`: ECB refinancing rate in force on the first day. `legal`: legal interest rate owed to a
    professional creditor ("autres cas").
    """

    MAJORATION = Decimal(10)  # points above the ECB rate (C. com. L441-10 II)

    debut = models.DateField("premier jour du semestre", unique=True)
    bce = models.DecimalField("taux de la BCE (%)", max_digits=5, decimal_places=2)
    legal = models.DecimalField("taux de l'intérêt légal (%)", max_digits=5, decimal_places=2)

    TEMOIN = Temoin(["debut", "bce", "legal"])

    class Meta:
        verbose_name = "taux légal"
        verbose_name_plural = "taux légaux"
        ordering = ["-debut"]
        constraints = [
            models.CheckConstraint(
                name="taux_semestre",
                condition=Q(debut__day=1, debut__month__in=[1, 7]),
                violation_error_message="Un semestre commence le 1er janvier ou le 1er juillet.",
            ),
            models.CheckConstraint(
                name="taux_plausibles", condition=Q(bce__gte=-10, bce__lt=50, legal__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.debut.year}, {'1er' if self.debut.month == 1 else '2e'} semestre"

    @property
    def fin(self) -> date:
        """The last day of the half-year."""
        return self.debut + relativedelta(months=6, days=-1)

    @property
    def penalites(self) -> Decimal:
        """The rate of late-payment penalties between professionals, in percent."""
        return self.bce + self.MAJORATION
