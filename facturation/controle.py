"""The check of numbers, chains and totals, every night: rows read again (design G1 to G3)."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db.models import F, Sum
from django.db.models.functions import Coalesce, Length

from artjardin.argent import ZERO
from artjardin.controles import Anomalie, Bilan
from facturation.comptes.soldes import meme_instant
from facturation.contenu import (
    contenu_devis,
    contenu_facture,
    contenu_imputation,
    contenu_paiement,
)
from facturation.models import Compteur, Devis, Facture, Imputation, Paiement
from facturation.models.numerotation import empreinte

LOT = 500


class Source(NamedTuple):
    """A kind of numbered rows, and how their content is read."""

    lignes: Any
    contenu: Callable[[Any], dict[str, Any]]


def controler() -> Bilan:
    """Read every numbered document again, as of one instant. Changes nothing."""
    with meme_instant():
        return _controler()


def _controler() -> Bilan:
    anomalies: list[Anomalie] = []
    pieces = series = 0
    compteurs = Compteur.objects.order_by("serie", "annee")
    for serie in sorted({compteur.serie for compteur in compteurs}):
        series += 1
        suivi = _Serie(serie)
        for compteur in compteurs.filter(serie=serie):
            anomalies += suivi.verifier(compteur)
        pieces += suivi.lues
    anomalies += [*_sans_compteur(), *_totaux_faux(), *_paiements_faux(), *_soldes_faux()]
    return Bilan({"pieces": pieces, "series": series}, anomalies)


class _Serie:
    """Walks one series in the order of its numbers, over the years."""

    def __init__(self, serie: str) -> None:
        self.serie, self.lues = serie, 0
        self._precedente = ""

    def verifier(self, compteur: Compteur) -> Iterator[Anomalie]:
        """The numbers and links of one year, then the end of the chain that the counter holds."""
        debut = f"{compteur.serie}-{compteur.annee}-"
        attendu = 1
        for piece, contenu in self._pieces(debut):
            rang = _rang(piece.numero, debut)
            yield from _trous(debut, attendu, rang)
            if rang is None or rang < attendu:
                yield Anomalie(piece.numero, "numéro hors de sa suite")
            attendu = max(attendu, (rang or 0) + 1)
            yield from self._maillon(piece, contenu)
            self.lues += 1
        yield from _trous(debut, attendu, compteur.dernier + 1)
        if attendu > compteur.dernier + 1:
            yield Anomalie(debut, f"le compteur est à {compteur.dernier}, sous le dernier numéro")
        if compteur.empreinte and compteur.empreinte != self._precedente:
            yield Anomalie(debut, "la fin de la chaîne n'est pas celle du compteur")

    def _pieces(self, debut: str) -> Iterator[tuple[Any, dict[str, Any]]]:
        """All kinds of rows of the series together, in the order of their numbers."""
        suites = [self._suite(source, debut) for source in _sources()]
        return heapq.merge(*suites, key=lambda lue: (len(lue[0].numero), lue[0].numero))

    def _suite(self, source: Source, debut: str) -> Iterator[tuple[Any, dict[str, Any]]]:
        lignes = source.lignes.filter(serie=self.serie, numero__startswith=debut)
        for piece in lignes.order_by(Length("numero"), "numero").iterator(chunk_size=LOT):
            yield piece, source.contenu(piece)

    def _maillon(self, piece: Any, contenu: dict[str, Any]) -> Iterator[Anomalie]:
        if not piece.empreinte:
            if self._precedente:
                yield Anomalie(piece.numero, "maillon absent de la chaîne")
            return  # written before the chain began
        if piece.precedente != self._precedente:
            yield Anomalie(piece.numero, "le maillon précédent n'est pas celui qui a été scellé")
        if piece.empreinte != empreinte(piece.precedente, contenu, version=piece.format):
            yield Anomalie(piece.numero, "le contenu n'est plus celui qui a été scellé")
        self._precedente = piece.empreinte


def _sources() -> list[Source]:
    factures = Facture.tous.select_related("devis", "retenue", "prelevement").prefetch_related(
        "lignes", "tva"
    )
    devis = Devis.tous.select_related("remplace").prefetch_related("lignes")
    return [
        Source(factures, contenu_facture),
        Source(devis, contenu_devis),
        Source(Paiement.objects.prefetch_related("imputations"), contenu_paiement),
        Source(Imputation.objects.all(), contenu_imputation),
    ]


def _rang(numero: str, debut: str) -> int | None:
    suite = numero.removeprefix(debut)
    return int(suite) if suite.isdecimal() else None


def _trous(debut: str, attendu: int, rang: int | None) -> Iterator[Anomalie]:
    if rang is None or rang <= attendu:
        return
    premier, dernier = f"{debut}{attendu:04d}", f"{debut}{rang - 1:04d}"
    manque = premier if attendu == rang - 1 else f"{premier} à {dernier}"
    yield Anomalie(manque, "numéro manquant")


def _sans_compteur() -> Iterator[Anomalie]:
    """Numbered rows whose series has no counter for their year."""
    connues = {f"{c.serie}-{c.annee}-" for c in Compteur.objects.all()}
    for source in _sources():
        numerotees = source.lignes.exclude(numero=None).exclude(serie=Facture.SERIE_REPRISE)
        for serie, numero in numerotees.values_list("serie", "numero").iterator(chunk_size=LOT):
            annee = numero.removeprefix(f"{serie}-").partition("-")[0]
            if f"{serie}-{annee}-" not in connues:
                yield Anomalie(numero, "sa série n'a pas de compteur pour cette année")


def _totaux_faux() -> Iterator[Anomalie]:
    """Invoices whose totals are not those of their rates, or their rates those of their lines."""
    emises: Any = Facture.tous.filter(statut=Facture.Statut.EMISE)
    for facture in emises.annotate(
        bases=Coalesce(Sum("tva__base"), ZERO), taxes=Coalesce(Sum("tva__montant"), ZERO)
    ).exclude(bases=F("total_ht"), taxes=F("total_tva")):
        yield Anomalie(facture.numero or "", "ses totaux ne sont pas la somme de ses taux")
    lues = emises.exclude(serie=Facture.SERIE_REPRISE).prefetch_related("lignes", "tva")
    for facture in lues.iterator(chunk_size=LOT):
        attendues = {tva.taux: tva.base for tva in facture.totaux().par_taux}
        if attendues != {tva.taux: tva.base for tva in facture.tva.all()}:
            yield Anomalie(
                facture.numero or "", "ses bases de TVA ne sont pas celles de ses lignes"
            )


def _paiements_faux() -> Iterator[Anomalie]:
    """Payments allocated beyond what they are, and cancellations that do not mirror theirs."""
    avec_credit: Any = Paiement.objects.avec_credit()
    for paiement in avec_credit.filter(credit__lt=0):
        yield Anomalie(_nom(paiement), "imputé au-delà de son montant")
    premier = Paiement.objects.exclude(numero=None).order_by("pk").first()
    oublies = Paiement.objects.filter(numero=None, pk__gt=premier.pk if premier else 0)
    for paiement in oublies.exclude(mode=Paiement.Mode.REPRISE) if premier else ():
        yield Anomalie(_nom(paiement), "sans numéro")
    for paiement in Paiement.objects.filter(annule__isnull=False).exclude(
        montant=-1 * F("annule__montant")
    ):
        yield Anomalie(_nom(paiement), "n'est pas l'opposé du paiement qu'il annule")
    for paiement in Paiement.objects.filter(annule__isnull=False):
        paire = Imputation.objects.filter(paiement__in=[paiement.pk, paiement.annule_id])
        par_facture = paire.order_by().values("facture").annotate(reste=Sum("montant"))
        if par_facture.exclude(reste=0).exists():
            yield Anomalie(_nom(paiement), "règle encore une facture, bien qu'annulé")


def _soldes_faux() -> Iterator[Anomalie]:
    """Invoices settled beyond their total."""
    dues: Any = Facture.tous.avec_soldes().filter(statut=Facture.Statut.EMISE)
    for facture in dues.exclude(type=Facture.Type.AVOIR).filter(solde__lt=0):
        yield Anomalie(facture.numero or "", "réglée au-delà de son total")


def _nom(paiement: Paiement) -> str:
    return paiement.numero or f"Paiement n° {paiement.pk}"
