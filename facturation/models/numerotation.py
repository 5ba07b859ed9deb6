"""Numbers: gapless and chronological within a series, taken under lock at issue (design G2)."""

from __future__ import annotations

from datetime import date

from django.db import models

from artjardin.erreurs import Conflit


class Compteur(models.Model):
    """The last number given in a series for a year; its row is the lock of the series."""

    serie = models.CharField(max_length=10)
    annee = models.PositiveSmallIntegerField()
    dernier = models.PositiveIntegerField(default=0)
    derniere_date = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["serie", "annee"], name="compteur_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.serie} {self.annee}"


def prochain_numero(serie: str, *, le: date) -> str:
    """Take the next number, e.g. `FAC-2026-0001`, in the caller's transaction.

    Chronological (CGI ann. II art. 242 nonies A I-7°): raise Conflit when the series already
    holds a later date. A rollback gives the number back, so there is no gap.
    """
    Compteur.objects.get_or_create(serie=serie, annee=le.year)
    verrouilles = Compteur.objects.select_for_update(no_key=True).order_by("annee")
    compteurs = list(verrouilles.filter(serie=serie, annee__gte=le.year))
    tard = max((c.derniere_date for c in compteurs if c.derniere_date), default=le)
    if tard > le:
        raise Conflit(
            f"Un document de la série {serie} porte déjà la date du {tard:%d/%m/%Y} : "
            "la date d'émission ne peut pas la précéder.",
            code="date_anterieure",
        )
    compteur = compteurs[0]
    compteur.dernier += 1
    compteur.derniere_date = le
    compteur.save(update_fields=["dernier", "derniere_date"])
    return f"{serie}-{le.year}-{compteur.dernier:04d}"
