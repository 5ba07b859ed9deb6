"""From what a round saw to what is to be told: the notebook moves on, messages come out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.conf import settings

from ops.sante.constats import Constat
from ops.veille.automate import FENETRE, Fait, Genre, Regles, Suivi, Vu, avancer
from ops.veille.carnet import Carnet, Fiche, Message
from ops.veille.consequences import DITES_AILLEURS
from ops.veille.redaction import Nouvelle, rediger

PARTIE = "n'est plus surveillé"


def observer(
    carnet: Carnet, constats: Sequence[Constat], *, a: float, heure: Callable[[float], float]
) -> list[Message]:
    """What is to be told. `a`: now, on the clock that never goes back; `heure`: to the wall's."""
    carnet.instant = a
    nouvelles = [
        nouvelle
        for constat in constats
        if (nouvelle := _observer_une(carnet, constat, a=a, heure=heure)) is not None
    ]
    nouvelles += _laisser_les_parties(carnet, constats, a=a, heure=heure)
    dites = [une for une in nouvelles if une.cle not in DITES_AILLEURS]
    return rediger(dites, a=a, date=heure(a))


def _observer_une(
    carnet: Carnet, constat: Constat, *, a: float, heure: Callable[[float], float]
) -> Nouvelle | None:
    cle = constat.sonde.nom
    panne = None if constat.cause else constat.en_panne
    delai = constat.delai(timedelta(seconds=settings.ALERTES.delai)).total_seconds()
    suivi, fait = _avancer(carnet, cle, Vu(panne, delai), a=a)
    if fait is not None and fait.genre is Genre.OUVERTURE:
        suivi = _ouvrir(carnet, constat, replace(suivi, numero=uuid.uuid4().hex), fait)
    fiche = _tenir_la_fiche(carnet, suivi, fait, constat.message if panne else "")
    if fait is None or fiche is None:
        return None
    return _nouvelle(fiche, fait, heure)


def _avancer(carnet: Carnet, cle: str, vu: Vu, *, a: float) -> tuple[Suivi, Fait | None]:
    """Only what was in panne lately is remembered."""
    alertes = settings.ALERTES
    regles = Regles(maintien=alertes.delai / 5, rappel=float(alertes.rappel))
    avant = carnet.suivis.get(cle, Suivi())
    suivi, fait = avancer(avant, vu, a=a, regles=regles)
    if suivi.panne_depuis or any(a - une < FENETRE for une in suivi.ouvertures):
        carnet.suivis[cle] = suivi
    else:
        carnet.suivis.pop(cle, None)
    return (suivi if fait is None or fait.genre is not Genre.RETOUR else avant), fait


def _ouvrir(carnet: Carnet, constat: Constat, suivi: Suivi, fait: Fait) -> Suivi:
    sonde = constat.sonde
    carnet.suivis[sonde.nom] = suivi
    carnet.fiches[suivi.numero] = Fiche(
        numero=suivi.numero,
        cle=sonde.nom,
        titre=sonde.titre,
        gravite="critique" if sonde.essentielle else "normale",
        ouvert_le=fait.depuis,
        message=constat.message,
        remede=sonde.remede,
    )
    return suivi


def _tenir_la_fiche(carnet: Carnet, suivi: Suivi, fait: Fait | None, message: str) -> Fiche | None:
    """What the row of the incident will say; None while nothing is told of it."""
    fiche = carnet.fiches.get(suivi.numero)
    if fiche is None:
        return None
    nouvelle = replace(
        fiche,
        message=message or fiche.message,
        rappels=suivi.rappels,
        instable=suivi.instable,
        clos_le=_fin(fait),
    )
    if nouvelle != fiche:
        nouvelle.ecrite = False
        carnet.fiches[suivi.numero] = nouvelle
    return nouvelle


def _fin(fait: Fait | None) -> float:
    """When it was well again; 0 while it is not."""
    return fait.depuis + fait.duree if fait is not None and fait.genre is Genre.RETOUR else 0.0


def _nouvelle(fiche: Fiche, fait: Fait, heure: Callable[[float], float]) -> Nouvelle:
    return Nouvelle(
        fait=fait,
        cle=fiche.cle,
        titre=fiche.titre,
        remede=fiche.remede,
        debut=datetime.fromtimestamp(heure(fait.depuis), UTC),
        message=fiche.message,
        instable=fiche.instable,
    )


def _laisser_les_parties(
    carnet: Carnet, constats: Iterable[Constat], *, a: float, heure: Callable[[float], float]
) -> list[Nouvelle]:
    """What is watched no more (another version, another setting) is in panne no more."""
    vues = {constat.sonde.nom for constat in constats}
    nouvelles = []
    for cle in [cle for cle in carnet.suivis if cle not in vues]:
        suivi, fait = _avancer(carnet, cle, Vu(panne=False, delai=0.0), a=a)
        fiche = _tenir_la_fiche(carnet, suivi, fait, PARTIE)
        if fait is not None and fiche is not None:
            nouvelles.append(_nouvelle(fiche, fait, heure))
    return nouvelles
