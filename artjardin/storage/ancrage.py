"""Anchors: the end of the journal's chain, written each day beside the archives under lock.

Who owns the database can compute every hash again; not what was written here before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, Self

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.models import Entree, Maillon
from artjardin.audit.services import consigner
from artjardin.controles import Anomalie, Bilan
from artjardin.erreurs import Conflit, Indisponible
from artjardin.storage.coffres import Coffre, DejaDepose, Objet, coffre_des_documents

PREFIXE = "ancres/"
FORMAT = 1
ECART = timedelta(days=1)  # between our clock and the store's
RATTRAPAGE = timedelta(days=366)
RETARD = timedelta(days=2)


class Ancre(NamedTuple):
    """What the journal was on a day: its last link then. A `sauvegarde` put back says a reprise."""

    jour: date
    fait_le: datetime
    rang: int
    sha256: str
    sauvegarde: str = ""

    @property
    def cle(self) -> str:
        if self.sauvegarde:
            heure = timezone.localtime(self.fait_le)
            return f"{PREFIXE}{heure:%Y/%m/%d}-reprise-{heure:%H%M%S}.json"
        return f"{PREFIXE}{self.jour:%Y/%m/%d}-journal.json"

    def en_json(self) -> bytes:
        dit: dict[str, Any] = {"format": FORMAT, **self._asdict()}
        dit |= {"jour": self.jour.isoformat(), "fait_le": self.fait_le.isoformat()}
        return json.dumps(dit, ensure_ascii=False, indent=1, sort_keys=True).encode()

    @classmethod
    def lire(cls, octets: bytes) -> Self:
        """Raise ValueError for what this module never wrote."""
        try:
            dit = json.loads(octets)
            if dit.pop("format") != FORMAT:
                raise ValueError("format inconnu")
            jour, fait_le = date.fromisoformat(dit["jour"]), datetime.fromisoformat(dit["fait_le"])
            return cls(**dit | {"jour": jour, "fait_le": fait_le, "rang": int(dit["rang"])})
        except (AttributeError, KeyError, TypeError) as erreur:
            raise ValueError("contenu inconnu") from erreur


def ancrer(*, le: date) -> list[Ancre]:
    """Anchor this day, and those since the last anchor that a store out of reach left without one.

    A day is anchored once. Raise Indisponible when the clock is wrong, OSError (PANNES) when the
    store does not answer, refuses, or gives back something else.
    """
    coffre = coffre_des_documents()
    maintenant = _heure(coffre)
    faites = (_ancrer(coffre, jour, maintenant) for jour in _jours(coffre, le))
    return [ancre for ancre in faites if ancre is not None]


def reprendre(*, sauvegarde: str, par: Auteur) -> Ancre:
    """Say, under lock, that this backup was put back: the anchors made since it are lost with it.

    The chain then ends where the restoration was journaled, else where it ends now. Raise Conflit
    when the same was said in this very second, and what `ancrer` raises.
    """
    coffre = coffre_des_documents()
    maintenant = _heure(coffre)
    restauree = Entree.objects.filter(action="base.restauree", objet_nom__endswith=sauvegarde)
    maillon = Maillon.objects.filter(entree__in=restauree).last() or Maillon.objects.last()
    rang, sha256 = (maillon.rang, maillon.sha256) if maillon else (0, "")
    reprise = Ancre(timezone.localdate(maintenant), maintenant, rang, sha256, sauvegarde=sauvegarde)
    if not _ecrire(coffre, reprise):
        raise Conflit("Cette reprise est déjà écrite.", code="reprise_ecrite")
    objet = maillon or Maillon(rang=0)
    consigner(objet, "journal.reprise", par=par, sauvegarde=sauvegarde, cle=reprise.cle)
    return reprise


def controler_les_ancres() -> Bilan:
    """Compare every anchor with the database. Changes nothing. Raise OSError, as `ancrer` does.

    Anchors made between a backup and its restoration are counted apart: `ancres_perdues`.
    """
    coffre = coffre_des_documents()
    anomalies: list[Anomalie] = []
    ancres = list(_relire(coffre, anomalies))
    chaine = _Chaine(ancres)
    perdues = 0
    for ancre in sorted(ancres):
        if chaine.excuse(ancre):
            perdues += 1
        elif faute := chaine.faute(ancre):
            anomalies.append(Anomalie(ancre.cle, faute))
    quotidiennes = {ancre.jour for ancre in ancres if not ancre.sauvegarde}
    anomalies += [*_absentes(quotidiennes), *_en_retard(quotidiennes)]
    reprises = sum(1 for ancre in ancres if ancre.sauvegarde)
    lus = {"ancres": len(ancres) - reprises, "reprises": reprises, "ancres_perdues": perdues}
    return Bilan(lus, anomalies)


class _Chaine:
    """The links that the anchors name, and the reprises that the database agrees with."""

    def __init__(self, ancres: list[Ancre]) -> None:
        rangs = {ancre.rang for ancre in ancres}
        noms = Maillon.objects.filter(rang__in=rangs).values_list("rang", "sha256")
        self._connus = dict(noms) | {0: ""}
        dernier = Maillon.objects.last()
        self._fin = dernier.rang if dernier else 0
        self._reprises: list[Ancre] = []
        reprises = (ancre for ancre in ancres if ancre.sauvegarde)
        for reprise in sorted(reprises, key=lambda une: une.fait_le, reverse=True):
            if self._tient(reprise) or self.excuse(reprise):
                self._reprises.append(reprise)

    def excuse(self, ancre: Ancre) -> bool:
        """Whether it was lost with a backup put back since: above the end that it brought back."""
        return not self._tient(ancre) and any(
            reprise.fait_le >= ancre.fait_le and reprise.rang < ancre.rang
            for reprise in self._reprises
        )

    def faute(self, ancre: Ancre) -> str:
        if self._tient(ancre):
            return ""
        if ancre.rang > self._fin:
            return (
                f"la fin du journal a disparu : le maillon {ancre.rang} était écrit,"
                f" la base s'arrête au {self._fin}"
            )
        return f"le journal a été réécrit : le maillon {ancre.rang} n'est plus celui d'alors"

    def _tient(self, ancre: Ancre) -> bool:
        return self._connus.get(ancre.rang) == ancre.sha256


def _ancrer(coffre: Coffre, jour: date, maintenant: datetime) -> Ancre | None:
    fin = timezone.make_aware(datetime.combine(jour + timedelta(days=1), time.min))
    maillon = Maillon.objects.filter(entree__le__lt=fin).last()
    if maillon is None:
        return None
    ancre = Ancre(jour, maintenant, maillon.rang, maillon.sha256)
    return ancre if _ecrire(coffre, ancre) else None


def _ecrire(coffre: Coffre, ancre: Ancre) -> bool:
    """Put, then read back, content and lock; False when another run was first."""
    octets, jusqu_au = ancre.en_json(), _echeance(ancre.fait_le)
    notes = {"rang": str(ancre.rang)}
    try:
        version = coffre.deposer(
            ancre.cle, octets, jusqu_au=jusqu_au, metadonnees=notes, type_mime="application/json"
        )
    except DejaDepose:
        return False
    with coffre.ouvrir(ancre.cle, version) as flux:
        verrou, relu = flux.etat.verrouille_jusqu_au, flux.readall()
    if relu != octets:
        raise OSError(f"{ancre.cle} : le dépôt ne rend pas ce qui lui a été donné.")
    if coffre.verrouille and (verrou is None or verrou < jusqu_au):
        raise OSError(f"{ancre.cle} : le dépôt n'a pas verrouillé.")
    return True


def _echeance(depuis: datetime) -> datetime:
    return depuis.replace(microsecond=0) + relativedelta(years=settings.S3_RETENTION_ANNEES)


def _heure(coffre: Coffre) -> datetime:
    """The store's own clock, from which ours must not be far: an anchor is never taken back."""
    heure = coffre.eprouver()
    if abs(heure - timezone.now()) > ECART:
        raise Indisponible(f"L'horloge n'est pas celle du dépôt ({heure:%d/%m/%Y %H:%M} UTC).")
    return heure


def _jours(coffre: Coffre, le: date) -> list[date]:
    """`le`, and before it the days that follow the last one anchored."""
    noms = {objet.cle for objet in coffre.lister(PREFIXE)}
    faits = {jour for jour in map(_jour_de, noms) if jour is not None}
    passes = [jour for jour in faits if le - RATTRAPAGE <= jour < le]
    debut = max(passes) + timedelta(days=1) if passes else le
    jours = [debut + timedelta(days=rang) for rang in range((le - debut).days + 1)]
    return [jour for jour in jours if jour not in faits]


def _jour_de(cle: str) -> date | None:
    """The day of a key of `ancrer`; None for another."""
    try:
        return datetime.strptime(cle, f"{PREFIXE}%Y/%m/%d-journal.json").date()  # noqa: DTZ007
    except ValueError:
        return None


def _relire(coffre: Coffre, anomalies: list[Anomalie]) -> Iterator[Ancre]:
    """Every version of every anchor: one written over another hides nothing."""
    for objet in coffre.lister(PREFIXE):
        if objet.est_marqueur:
            anomalies.append(Anomalie(objet.cle, "ancre masquée par une suppression"))
            continue
        if not objet.est_courant:
            anomalies.append(Anomalie(objet.cle, "ancre recouverte par une autre version"))
        ancre = _relue(coffre, objet, anomalies)
        if ancre is not None:
            yield ancre


def _relue(coffre: Coffre, objet: Objet, anomalies: list[Anomalie]) -> Ancre | None:
    with coffre.ouvrir(objet.cle, objet.version) as flux:
        verrou, octets = flux.etat.verrouille_jusqu_au, flux.readall()
    try:
        ancre = Ancre.lire(octets)
    except ValueError as erreur:
        anomalies.append(Anomalie(objet.cle, f"ancre illisible : {erreur}"))
        return None
    if ancre.cle != objet.cle:
        anomalies.append(Anomalie(objet.cle, "ancre d'une autre clef"))
    due = _echeance(ancre.fait_le)
    if coffre.verrouille and due > timezone.now() and (verrou is None or verrou < due):
        anomalies.append(Anomalie(objet.cle, "ancre sans son verrou"))
    return ancre


def _absentes(jours: Iterable[date]) -> Iterator[Anomalie]:
    """Days without an anchor between two that have one."""
    dans_l_ordre = sorted(jours)
    for avant, apres in pairwise(dans_l_ordre):
        for rang in range(1, (apres - avant).days):
            jour = avant + timedelta(days=rang)
            yield Anomalie("Ancres", f"celle du {jour:%d/%m/%Y} manque")


def _en_retard(jours: Iterable[date]) -> Iterator[Anomalie]:
    limite = timezone.localdate() - RETARD
    premiere = Entree.objects.order_by("id").values_list("le", flat=True).first()
    if premiere is None or timezone.localdate(premiere) >= limite:
        return
    derniere = max(jours, default=None)
    if derniere is None or derniere < limite:
        dite = f"aucune depuis le {derniere:%d/%m/%Y}" if derniere else "aucune"
        yield Anomalie("Ancres", dite)
