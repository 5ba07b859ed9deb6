"""What the firm is, as its documents show it: identity, logo, series, texts of the mentions."""

from __future__ import annotations

import base64
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from stdnum import bic as norme_bic
from stdnum import iban as norme_iban
from stdnum.eu import at_02 as norme_ics
from stdnum.exceptions import ValidationError as HorsNorme
from stdnum.fr import siret as norme_siret
from stdnum.fr import tva as norme_tva

from artjardin.figer import AJOUT_SEUL, SANS_TRUNCATE
from artjardin.temoins import Temoin

NORMES = {
    "siret": (norme_siret, "Ce SIRET n'est pas valable : 14 chiffres, dont une clef."),
    "tva_intracom": (norme_tva, "Ce numéro de TVA n'est pas valable (FR, clef, SIREN)."),
    "iban": (norme_iban, "Cet IBAN n'est pas valable : vérifiez-le, sa clef ne convient pas."),
    "ics": (norme_ics, "Cet identifiant créancier SEPA n'est pas valable : FR, clef, code."),
    "bic": (norme_bic, "Ce BIC n'est pas valable : 8 ou 11 caractères."),
}
PREFIXE = RegexValidator(  # BR-FR-01, BR-FR-02, and room for the year and the number
    r"^[A-Za-z0-9+_/-]{1,10}\Z", "De 1 à 10 lettres sans accent, chiffres ou + - _ /."
)
REMPLACES = ("mediateur", "assurance", "sap")
ACCOLADES = re.compile(r"[{}]")
COULEUR = RegexValidator(r"^#[0-9A-Fa-f]{6}\Z", "Une couleur s'écrit #2c5a3a.")
SERIES = ["prefixe_facture", "prefixe_avoir", "prefixe_devis", "prefixe_encaissement"]
DECHETS = ["dechets_quantite", "dechets_tri", "dechets_collecte", "dechets_cout"]


class Logo(models.Model):
    """An image for the head of documents; a new one is a new row, so old documents keep theirs."""

    type_mime = models.CharField(max_length=20)
    contenu = models.BinaryField()
    sha256 = models.CharField(max_length=64, unique=True)

    class Meta:
        triggers = [AJOUT_SEUL, SANS_TRUNCATE]

    def __str__(self) -> str:
        return f"Logo {self.pk}"

    @classmethod
    def uri(cls, pk: int) -> str:
        """The image as a data: URI."""
        logo = cls.objects.get(pk=pk)
        return f"data:{logo.type_mime};base64,{base64.b64encode(logo.contenu).decode()}"


class Entreprise(models.Model):
    """The firm: one row, whose identity is frozen on each document at issue."""

    IDENTITE = [
        "nom", "forme", "adresse", "code_postal", "ville", "siret", "rcs", "tva_intracom",
        "franchise", "tva_debits", "telephone", "email", "iban", "bic", "assurance", "mediateur",
        "sap", "couleur",
    ]  # fmt: skip
    TEMOIN = Temoin(
        [*IDENTITE, "ics", "logo", "syndic_consommateur", *SERIES, *DECHETS],
        masques={"iban": "iban"},
    )

    nom = models.CharField(max_length=150, default="Art & Jardin")
    forme = models.CharField(
        "forme et capital",
        max_length=100,
        blank=True,
        help_text="Par exemple : SARL au capital de 20 000 €, ou EI.",
    )
    adresse = models.CharField(max_length=200, blank=True)
    code_postal = models.CharField(max_length=10, blank=True)
    ville = models.CharField(max_length=100, blank=True, default="Angers")
    siret = models.CharField("SIRET", max_length=14, blank=True)
    rcs = models.CharField(
        "RCS", max_length=100, blank=True, help_text="Par exemple : Angers 732 829 320."
    )
    tva_intracom = models.CharField("n° de TVA", max_length=20, blank=True)
    franchise = models.BooleanField(
        "franchise en base de TVA",
        default=False,
        help_text="Aucune TVA n'est alors facturée (article 293 B du CGI).",
    )
    tva_debits = models.BooleanField("option pour la TVA sur les débits", default=False)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    email = models.EmailField("e-mail", blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    ics = models.CharField(
        "identifiant créancier SEPA (ICS)",
        max_length=35,
        blank=True,
        help_text="Donné par la banque ; sans lui, aucun prélèvement.",
    )
    assurance = models.CharField(
        "assurance décennale",
        max_length=300,
        blank=True,
        help_text="Assureur, coordonnées, étendue géographique.",
    )
    mediateur = models.CharField(
        "médiateur de la consommation", max_length=300, blank=True, help_text="Nom et coordonnées."
    )
    sap = models.CharField(
        "déclaration de services à la personne",
        max_length=100,
        blank=True,
        help_text="Numéro et date.",
    )
    logo = models.ForeignKey(Logo, null=True, editable=False, on_delete=models.PROTECT)
    couleur = models.CharField(max_length=7, default="#2c5a3a", validators=[COULEUR])
    syndic_consommateur = models.BooleanField(
        "les syndics comme des particuliers",
        default=True,
        help_text="Ni pénalités ni 40 € sur leurs factures.",
    )
    prefixe_facture = models.CharField(
        "série des factures", max_length=10, default="FAC", validators=[PREFIXE]
    )
    prefixe_avoir = models.CharField(
        "série des avoirs", max_length=10, default="AVO", validators=[PREFIXE]
    )
    prefixe_devis = models.CharField(
        "série des devis", max_length=10, default="DEV", validators=[PREFIXE]
    )
    prefixe_encaissement = models.CharField(
        "série des encaissements", max_length=10, default="ENC", validators=[PREFIXE]
    )
    dechets_quantite = models.CharField(
        "déchets : nature et quantité",
        max_length=300,
        default="Déchets verts du chantier, quantité estimée d'après les lignes du devis",
    )
    dechets_tri = models.CharField(
        "déchets : tri et enlèvement",
        max_length=300,
        default="Triés sur place, broyés ou enlevés par nos soins",
    )
    dechets_collecte = models.CharField(
        "déchets : points de collecte",
        max_length=300,
        blank=True,
        help_text="Nom, adresse et type d'installation.",
    )
    dechets_cout = models.CharField(
        "déchets : coût", max_length=300, default="Compris dans le prix des travaux"
    )

    class Meta:
        constraints = [models.CheckConstraint(name="entreprise_unique", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.nom

    @classmethod
    def la_notre(cls) -> Entreprise:
        return cls.objects.get(pk=1)

    def clean(self) -> None:
        """Check the identifiers by their keys, and that series differ. Raise ValidationError."""
        erreurs = {}
        for champ, (norme, message) in NORMES.items():
            try:
                setattr(self, champ, self._compact(champ, norme))
            except HorsNorme:
                erreurs[champ] = message
        prefixes = [getattr(self, champ).upper() for champ in SERIES]
        for champ, prefixe in zip(SERIES, prefixes, strict=True):
            if prefixes.count(prefixe) > 1 or prefixe == "REPRISE":
                erreurs[champ] = "Cette série est déjà prise."
        if erreurs:
            raise ValidationError(erreurs)

    def _compact(self, champ: str, norme: Any) -> str:
        valeur = getattr(self, champ).strip()
        if not valeur:
            return ""
        compact = str(norme.validate(valeur))
        return f"FR{compact.removeprefix('FR')}" if champ == "tva_intracom" else compact

    def instantane(self) -> dict[str, Any]:
        """What a document freezes of the firm at issue."""
        identite = {champ: getattr(self, champ) for champ in self.IDENTITE}
        return identite | {"logo": self.logo_id}


class Mention(models.Model):
    """A text that the law, or the firm, puts on documents; which ones is decided in mentions.py."""

    code = models.CharField(primary_key=True, max_length=20)
    intitule = models.CharField("intitulé", max_length=100)
    texte = models.TextField(
        max_length=3000, help_text="{mediateur}, {assurance}, {sap} sont remplacés."
    )
    active = models.BooleanField("imprimée", default=True)
    rang = models.PositiveSmallIntegerField(default=0)

    TEMOIN = Temoin(["texte", "active"])

    class Meta:
        ordering = ["rang", "code"]

    def __str__(self) -> str:
        return self.intitule

    def clean(self) -> None:
        """Raise ValidationError when the text names data that does not exist."""
        if ACCOLADES.search(self.rediger(dict.fromkeys(REMPLACES, ""))):
            message = "Entre accolades, seuls mediateur, assurance et sap sont connus."
            raise ValidationError({"texte": message})

    def rediger(self, identite: dict[str, Any]) -> str:
        """The text, with the data of the firm in place."""
        texte = self.texte
        for champ in REMPLACES:
            texte = texte.replace(f"{{{champ}}}", identite[champ])
        return texte
