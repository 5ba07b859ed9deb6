"""Attempts: each time a message reached a verdict, what the server said."""

from __future__ import annotations

import pgtrigger
from django.db import models

from artjardin.figer import SANS_TRUNCATE
from artjardin.outbox.models.courriels import NULLE_PART, Courriel

# An answer often names its addressee: it goes with the mail, when a person is erased
REPONSE_EFFACABLE = pgtrigger.Trigger(
    name="reponse_effacable",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    func=f"""
        IF NEW.reponse = '' AND to_jsonb(NEW) - 'reponse' = to_jsonb(OLD) - 'reponse' AND EXISTS (
            SELECT FROM outbox_courriel
            WHERE id = OLD.courriel_id AND a = ARRAY['{NULLE_PART}']::varchar[] AND texte = ''
        ) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;
    """,  # noqa: S608 - a constant only
)


class Tentative(models.Model):
    """One attempt and its verdict, append-only. `empreinte` is that of the bytes handed over.

    One change is let through: `reponse` is cleared once its mail was erased (RGPD).
    """

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
        indexes = [
            models.Index(
                fields=["fin"], name="tentative_echec", condition=models.Q(resultat="echec")
            ),
        ]
        triggers = [
            REPONSE_EFFACABLE,
            pgtrigger.Protect(name="jamais_effacee", operation=pgtrigger.Delete),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"{self.fin:%d/%m/%Y %H:%M} : {self.get_resultat_display()}"
