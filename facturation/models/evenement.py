"""Which event is told to whom, in which words: a table that the office edits."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from artjardin import textes
from artjardin.figer import SANS_TRUNCATE
from artjardin.temoins import Temoin

INTERNES = ("sort", "par")  # what the firm is told besides: what went to the client, who did it
ADRESSES_MAX = 10


def _adresses(intitule: str, aide: str) -> ArrayField:
    return ArrayField(
        models.EmailField(max_length=254),
        verbose_name=intitule,
        default=list,
        blank=True,
        size=ADRESSES_MAX,
        help_text=f"{aide} Plusieurs adresses : séparez-les par des virgules.",
    )


class Evenement(models.Model):
    """An event of a document: who is told of it, and the texts, with named holes."""

    class Code(models.TextChoices):
        DEVIS_CREE = "devis_cree", "Devis créé"
        DEVIS_FINALISE = "devis_finalise", "Devis finalisé"
        DEVIS_ENVOYE = "devis_envoye", "Devis envoyé"
        DEVIS_ACCEPTE = "devis_accepte", "Devis accepté ou signé"
        DEVIS_REFUSE = "devis_refuse", "Devis refusé"
        DEVIS_EXPIRE = "devis_expire", "Devis expiré"
        FACTURE_EMISE = "facture_emise", "Facture émise"
        FACTURE_PAYEE = "facture_payee", "Facture payée"
        AVOIR_EMIS = "avoir_emis", "Avoir émis"
        RELANCE = "relance", "Relance"

    class Vers(models.TextChoices):
        CLIENT = "client", "Au client"
        ENTREPRISE = "entreprise", "À l'entreprise"
        LES_DEUX = "les_deux", "Aux deux"
        AUCUN = "aucun", "À personne"

    TEXTES = ("objet", "texte", "objet_interne", "texte_interne")
    REGLABLES = ("vers", "adresses", "bcc", "sans_copie", *TEXTES)
    TEMOIN = Temoin(REGLABLES)

    code = models.CharField(primary_key=True, max_length=20, choices=Code, editable=False)
    intitule = models.CharField("événement", max_length=100, editable=False)
    vers = models.CharField("envoyé", max_length=10, choices=Vers)
    adresses = _adresses("adresses de l'entreprise", "Vide : l'adresse e-mail de l'entreprise.")
    bcc = _adresses("copies cachées", "De ce que reçoit le client. Vide : celles du serveur.")
    sans_copie = models.BooleanField(
        "sans copie cachée", default=False, help_text="Pas même celles du serveur."
    )
    objet = models.CharField("sujet pour le client", max_length=200, blank=True)
    texte = models.TextField("texte pour le client", max_length=5000, blank=True)
    objet_interne = models.CharField("sujet pour l'entreprise", max_length=200, blank=True)
    texte_interne = models.TextField("texte pour l'entreprise", max_length=5000, blank=True)
    champs = ArrayField(models.CharField(max_length=30), default=list, editable=False)
    blocs = ArrayField(models.CharField(max_length=30), default=list, editable=False)
    rang = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = "envoi automatique"
        verbose_name_plural = "envois automatiques"
        ordering = ["rang"]
        constraints = [
            models.CheckConstraint(
                name="evenement_brouillon_interne",  # a client is never shown a draft
                condition=~models.Q(code="devis_cree", vers__in=["client", "les_deux"]),
                violation_error_message="Un brouillon ne part jamais chez le client.",
            ),
        ]
        triggers = [SANS_TRUNCATE]

    def __str__(self) -> str:
        return self.intitule

    @property
    def au_client(self) -> bool:
        return self.vers in {self.Vers.CLIENT, self.Vers.LES_DEUX}

    @property
    def a_l_entreprise(self) -> bool:
        return self.vers in {self.Vers.ENTREPRISE, self.Vers.LES_DEUX}

    def copies(self) -> list[str]:
        """The blind copies of what the client gets."""
        return [] if self.sans_copie else list(self.bcc or settings.COURRIEL_BCC)

    def clean(self) -> None:
        """Refuse, by field, unknown holes, missing texts, a document sent without its number."""
        fautes: dict[str, list[str]] = {}
        if self.code == self.Code.DEVIS_CREE and self.au_client:
            fautes["vers"] = ["Un brouillon ne part jamais chez le client."]
        if self.sans_copie and self.bcc:
            fautes["sans_copie"] = ["Videz les copies cachées, ou décochez « sans copie cachée »."]
        for champ in self.TEXTES:
            if trouvees := self._fautes_du_texte(champ):
                fautes[champ] = trouvees
        if fautes:
            raise ValidationError(fautes)

    def _fautes_du_texte(self, champ: str) -> list[str]:
        texte = getattr(self, champ)
        if not texte.strip():
            return ["Ce texte est obligatoire."] if self._exige(champ) else []
        internes = INTERNES if champ.endswith("_interne") else ()
        blocs = [] if champ.startswith("objet") else self.blocs
        fautes = textes.fautes(texte, champs=[*self.champs, *internes], blocs=blocs)
        if champ == "objet" and not {"document", "numero"} & set(textes.TROU.findall(texte)):
            fautes.append("Le sujet porte le numéro du document : mettez-y {document} ou {numero}.")
        return fautes

    def _exige(self, champ: str) -> bool:
        """Reminders have their texts elsewhere; a draft has none for the client."""
        sans_client = self.code == self.Code.DEVIS_CREE and not champ.endswith("_interne")
        return self.code != self.Code.RELANCE and not sans_client
