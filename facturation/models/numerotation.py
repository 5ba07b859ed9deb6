"""Numbers: gapless and chronological within a series, taken under lock at issue (design G2).

Each numbered row also holds the fingerprint of its content and of the row before it: a chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pgtrigger
from django.db import models

from artjardin.erreurs import Conflit
from artjardin.figer import SANS_TRUNCATE
from artjardin.preparees import ecrire, lire

VERROU = "WHERE serie = %s ORDER BY annee FOR NO KEY UPDATE"
FORMAT = 1  # version of the contents of contenu.py


class Numerote(models.Model):
    """A row numbered in a series, and chained to the previous one of that series."""

    serie = models.CharField("série", max_length=10, blank=True, editable=False)
    numero = models.CharField("numéro", max_length=35, null=True, editable=False)
    precedente = models.CharField("empreinte précédente", max_length=64, blank=True, editable=False)
    empreinte = models.CharField(max_length=64, blank=True, editable=False)
    format = models.PositiveSmallIntegerField(default=FORMAT, editable=False)

    class Meta:
        abstract = True

    def sceller(self, place: Place, contenu: Mapping[str, Any]) -> None:
        """Take the next link of the series, and save: `contenu` is what this row freezes."""
        self.precedente, self.format = place.precedente, FORMAT
        self.empreinte = empreinte(place.precedente, contenu, version=FORMAT)
        ecrire(self)
        place.fermer(self.empreinte)


NUMERO_DONNE = pgtrigger.Trigger(  # at the end of the transaction: a counter makes no gap by itself
    name="numero_donne",
    operation=pgtrigger.Update,
    when=pgtrigger.After,
    timing=pgtrigger.Deferred,
    condition=pgtrigger.Condition("NEW.dernier <> OLD.dernier"),
    declare=[("attendu", "text")],
    func="""
        attendu := NEW.serie || '-' || NEW.annee || '-'
            || lpad(NEW.dernier::text, greatest(4, length(NEW.dernier::text)), '0');
        IF NOT EXISTS (
            SELECT FROM facturation_facture WHERE serie = NEW.serie AND numero = attendu
            UNION ALL
            SELECT FROM facturation_paiement WHERE serie = NEW.serie AND numero = attendu
            UNION ALL
            SELECT FROM facturation_imputation WHERE serie = NEW.serie AND numero = attendu
            UNION ALL
            SELECT FROM facturation_devis WHERE numero = attendu
        ) THEN
            RAISE EXCEPTION 'Le numéro % n''est donné à aucun document.', attendu
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    """,
)


class Compteur(models.Model):
    """The last number and link of a series for a year; the rows of a series are its lock."""

    serie = models.CharField(max_length=10)
    annee = models.PositiveSmallIntegerField()
    dernier = models.PositiveIntegerField(default=0)
    derniere_date = models.DateField(null=True)
    empreinte = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["serie", "annee"], name="compteur_unique"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="un_par_un",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.dernier <> OLD.dernier + 1 OR NEW.serie <> OLD.serie"
                    " OR NEW.annee <> OLD.annee OR NEW.derniere_date < OLD.derniere_date"
                    " OR (NEW.empreinte = '' AND OLD.empreinte <> '')"
                ),
            ),
            NUMERO_DONNE,
            pgtrigger.Protect(name="jamais_efface", operation=pgtrigger.Delete),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"{self.serie} {self.annee}"


class Place:
    """The next place of a series, held under lock until the caller's transaction ends."""

    def __init__(self, compteur: Compteur, *, le: date, precedente: str) -> None:
        self._compteur, self._le, self.precedente = compteur, le, precedente
        self.serie = compteur.serie
        self.numero = f"{compteur.serie}-{compteur.annee}-{compteur.dernier + 1:04d}"

    def fermer(self, empreinte: str) -> None:
        """Count this place as taken. A rollback gives the number back, so there is no gap."""
        self._compteur.dernier += 1
        self._compteur.derniere_date = self._le
        self._compteur.empreinte = empreinte
        ecrire(self._compteur)


def prochaine_place(serie: str, *, le: date) -> Place:
    """Lock the series and give its next place, e.g. `FAC-2026-0001`, in the caller's transaction.

    Chronological (CGI ann. II art. 242 nonies A I-7°): raise Conflit when the series already
    holds a later date.
    """
    compteurs = lire(Compteur, VERROU, serie)
    if not any(compteur.annee == le.year for compteur in compteurs):
        Compteur.objects.get_or_create(serie=serie, annee=le.year)
        compteurs = lire(Compteur, VERROU, serie)
    tard = max((c.derniere_date for c in compteurs if c.derniere_date), default=le)
    if tard > le:
        raise Conflit(
            f"Un document de la série {serie} porte déjà la date du {tard:%d/%m/%Y} : "
            "la date d'émission ne peut pas la précéder.",
            champs={"date": [f"À partir du {tard:%d/%m/%Y}."]},
            code="date_anterieure",
        )
    de_l_annee = next(compteur for compteur in compteurs if compteur.annee == le.year)
    chaines = [compteur.empreinte for compteur in compteurs if compteur.empreinte]
    return Place(de_l_annee, le=le, precedente=chaines[-1] if chaines else "")


def empreinte(precedente: str, contenu: Mapping[str, Any], *, version: int) -> str:
    """SHA-256, in hexadecimal, of the previous fingerprint and of this content as sorted JSON.

    `version` is that of the content (contenu.py): what was sealed is read again in its version.
    """
    texte = json.dumps(contenu, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{version}\n{precedente}\n{texte}".encode()).hexdigest()
