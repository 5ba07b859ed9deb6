"""Attempts: each time a message reached a verdict, what the server said."""

from __future__ import annotations

from django.db import models

from artjardin.figer import AJOUT_SEUL, SANS_TRUNCATE
from artjardin.outbox.models.courriels import Courriel


class Tentative(models.Model):
    """One attempt and its verdict, append-only. `empreinte` is that of the bytes handed over."""

    class Resultat(models.TextChoices):
        ENVOYE = "envoye", "Accepté"
        REPORTE = "reporte", "Refusé pour l'instant"
        ECHEC = "echec", "Refusé"
        INCERTAIN = "incertain", "Sans réponse"
        ABANDONNE = "abandonne", "Expéditeur arrêté"
        INJOIGNABLE = "injoignable", "Relais injoignable"
        GARDE = "garde", "Pas vérifié"

    courriel = models.ForeignKey(Courriel, on_delete=models.PROTECT, related_name="essais")
    debut = models.DateTimeField("début")
    fin = models.DateTimeField()
    resultat = models.CharField("résultat", max_length=11, choices=Resultat)
    reponse = models.TextField("réponse du serveur", blank=True)
    empreinte = models.CharField("SHA-256 remis", max_length=64, blank=True)

    class Meta:
        ordering = ["id"]
        triggers = [AJOUT_SEUL, SANS_TRUNCATE]

    def __str__(self) -> str:
        return f"{self.fin:%d/%m/%Y %H:%M} : {self.get_resultat_display()}"
