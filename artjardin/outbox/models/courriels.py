"""The outbox: every email, its exact content, its attachments and its fate (design G5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from artjardin import etats
from artjardin.storage.models import Document

BAIL = timedelta(minutes=5)
FIL_MAX = 10
NULLE_PART = "efface@adresse.invalid"  # whom an erased mail was to
ATTENTE_D_UN_PDF = timedelta(hours=1)  # past it, the patrons are told


class CourrielQuerySet(models.QuerySet["Courriel"]):
    def abandonnes(self, *, au: datetime) -> Self:
        """Taken by a process not heard of for a whole lease, since it took it or handed it over."""
        muets = self.filter(statut=Courriel.Statut.EN_COURS, pris_le__lt=au - BAIL)
        return muets.filter(Q(remis_le=None) | Q(remis_le__lt=au - BAIL))

    def a_signaler(self) -> Self:
        """To clients, not delivered, that no patron was told about."""
        return self.non_remis().filter(client_ref__isnull=False)

    def non_remis(self) -> Self:
        """Failed, uncertain, returned for good or kept back by a PDF, and not told yet."""
        tus = self.filter(signale_le=None).order_by()
        perdus = tus.filter(statut__in=[Courriel.Statut.ECHEC, Courriel.Statut.INCERTAIN])
        revenus = tus.filter(rebonds__definitif=True, rebonds__leve_le=None)
        causes = perdus.values("pk").union(revenus.values("pk"), tus.bloques().values("pk"))
        return self.filter(pk__in=causes)

    def bloques(self) -> Self:
        """Waiting for a document that was given up, or for more than an hour."""
        manque = PieceJointe.objects.filter(courriel=OuterRef("pk"), document__sha256="")
        abandonne = manque.filter(document__essais__gte=Document.ESSAIS_MAX)
        vieux = Q(prochain_essai_le__lte=timezone.now() - ATTENTE_D_UN_PDF)
        attente = self.filter(statut=Courriel.Statut.EN_ATTENTE)
        return attente.filter(Exists(abandonne) | vieux & Exists(manque))


class Courriel(models.Model):
    """One email. `envoye` only once the server accepted it; `incertain` waits for a person."""

    class Statut(models.TextChoices):
        EN_ATTENTE = "en_attente", "En attente"
        EN_COURS = "en_cours", "En cours"
        ENVOYE = "envoye", "Envoyé"
        ECHEC = "echec", "Échec"
        INCERTAIN = "incertain", "Incertain"
        ANNULE = "annule", "Annulé"

    TRANSITIONS: Mapping[str, frozenset[str]] = {
        Statut.EN_ATTENTE: frozenset({Statut.EN_COURS, Statut.ANNULE}),
        Statut.EN_COURS: frozenset(
            {Statut.ENVOYE, Statut.EN_ATTENTE, Statut.ECHEC, Statut.INCERTAIN}
        ),
        # A person settles an uncertain one; the sender itself may still learn that it was accepted
        Statut.INCERTAIN: frozenset({Statut.ENVOYE, Statut.ECHEC}),
        Statut.ENVOYE: frozenset(),
        Statut.ECHEC: frozenset(),
        Statut.ANNULE: frozenset(),
    }

    type = models.CharField(max_length=30, db_index=True)
    client_ref = models.BigIntegerField("client", null=True, db_index=True)
    a = ArrayField(models.EmailField(max_length=254), verbose_name="destinataires")
    bcc = ArrayField(models.EmailField(max_length=254), default=list, blank=True)
    expediteur = models.CharField("expéditeur", max_length=254)
    objet = models.CharField(max_length=250)
    texte = models.TextField()
    html = models.TextField(blank=True)
    codes = models.JSONField("codes QR", default=dict, blank=True)
    sujet_type = models.CharField(max_length=50, blank=True)
    sujet_id = models.BigIntegerField(null=True, blank=True)
    message_id = models.CharField(max_length=120, unique=True, editable=False)
    en_reponse_a = models.CharField(max_length=120, blank=True)
    fil = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    statut = models.CharField(max_length=10, choices=Statut, default=Statut.EN_ATTENTE)
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False, db_index=True)
    prochain_essai_le = models.DateTimeField(default=timezone.now)
    tentatives = models.PositiveSmallIntegerField(default=0)
    pris_le = models.DateTimeField(null=True, blank=True)
    remis_le = models.DateTimeField("données remises le", null=True, blank=True)
    remise = models.BigIntegerField("n° de la remise", null=True, blank=True, editable=False)
    envoye_le = models.DateTimeField("envoyé le", null=True, blank=True)
    empreinte = models.CharField("SHA-256 remis", max_length=64, blank=True)
    reponse = models.TextField("réponse du serveur", blank=True)
    signale_le = models.DateTimeField("signalé le", null=True, blank=True)
    requete = models.CharField(
        "n° de la requête", max_length=64, default="", db_default="", blank=True, editable=False
    )
    renvoi_de = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="renvois"
    )

    objects = CourrielQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["sujet_type", "sujet_id"], name="courriel_sujet"),
            models.Index(
                fields=["prochain_essai_le", "id"],
                name="courriel_a_prendre",
                condition=Q(statut="en_attente"),
            ),
            models.Index(
                fields=["pris_le"], name="courriel_en_cours", condition=Q(statut="en_cours")
            ),
            models.Index(
                fields=["remis_le"], name="courriel_remis", condition=Q(remis_le__isnull=False)
            ),
            models.Index(
                fields=["remise"], name="courriel_remise", condition=Q(remise__isnull=False)
            ),
            models.Index(
                fields=["id"],
                name="courriel_a_signaler",
                condition=Q(statut__in=["echec", "incertain"], signale_le=None),
            ),
            models.Index(
                fields=["cree_le"],
                name="courriel_non_remis",
                condition=Q(statut__in=["echec", "incertain"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="courriel_envoye_date",
                condition=~Q(statut="envoye") | Q(envoye_le__isnull=False),
            ),
            models.CheckConstraint(name="courriel_destinataire", condition=Q(a__len__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.objet} → {', '.join(self.a)}"

    def passer(self, vers: str) -> None:
        etats.exiger(self.TRANSITIONS, de=self.statut, vers=vers)
        self.statut = str(vers)

    @property
    def suite_du_fil(self) -> list[str]:
        """What an answer to this one refers to: the beginning of the thread, and its end."""
        chaine = [*(self.fil or filter(None, [self.en_reponse_a])), self.message_id]
        return chaine if len(chaine) <= FIL_MAX else [chaine[0], *chaine[1 - FIL_MAX :]]


class PieceJointe(models.Model):
    """An attachment, by reference to a stored document of the same client."""

    courriel = models.ForeignKey(Courriel, on_delete=models.PROTECT, related_name="pieces")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "pièce jointe"
        verbose_name_plural = "pièces jointes"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["courriel", "document"], name="piece_unique"),
        ]

    def __str__(self) -> str:
        return self.document.nom
