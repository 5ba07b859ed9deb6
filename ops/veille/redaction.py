"""The words of an alert, in French: what, since when, what it means, what to do."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils import timezone

from ops.veille.automate import Fait, Genre
from ops.veille.carnet import Message
from ops.veille.consequences import CONSEQUENCES, DES_SERVICES

NOM = "[Art & Jardin]"
PERIMEES = "Alertes qui n'ont pas pu partir à temps"
CHARGE = "\n\nQuelqu'un s'en occupe ? Page Incidents, « Prendre en charge » : les rappels cessent."
CITEES = 3  # things named in a subject


@dataclass(frozen=True)
class Nouvelle:
    """One thing to tell of one thing watched. `debut`: when it began, on the wall clock."""

    fait: Fait
    cle: str
    titre: str
    remede: str
    debut: datetime
    message: str = ""
    instable: bool = False

    @property
    def est_un_service(self) -> bool:
        return self.cle in DES_SERVICES


def rediger(nouvelles: Sequence[Nouvelle], *, a: float, date: float) -> list[Message]:
    """At most one message of each kind, which lists all that a look found.

    `a`, `date`: now, on the clock that never goes back and on the wall.
    """
    messages = []
    for genre, (titre, paragraphe) in FORMES.items():
        du_genre = [une for une in nouvelles if une.fait.genre is genre]
        if du_genre:
            objet = f"{NOM} {titre(du_genre)}"
            corps = "\n\n".join(paragraphe(une) for une in du_genre)
            urgent = genre is not Genre.RETOUR
            suite = CHARGE if urgent else ""
            messages.append(nouveau(objet, corps + suite, a=a, date=date, urgent=urgent))
    return messages


def nouveau(objet: str, corps: str, *, a: float, date: float, urgent: bool = True) -> Message:
    """A message with the name it keeps, however often it is handed over."""
    domaine = parseaddr(settings.COURRIEL_EXPEDITEUR)[1].partition("@")[2] or "localhost"
    texte = f"{corps}\n{_pied()}"
    nom = f"<veille-{uuid.uuid4()}@{domaine}>"
    return Message(nom, objet, texte, cree_le=a, date=date, urgent=urgent)


def condense(messages: Sequence[Message], *, a: float, date: float) -> Message:
    """One message instead of many that are no news any more."""
    lignes = [
        f"- {_quand(datetime.fromtimestamp(un.date, UTC))} : {un.objet.removeprefix(NOM).strip()}"
        for un in messages
    ]
    corps = "Ces messages n'ont pas pu partir à temps :\n\n" + "\n".join(lignes)
    return nouveau(f"{NOM} {PERIMEES} ({len(messages)})", corps, a=a, date=date)


def en_clair(secondes: float) -> str:
    """A duration as one says it.

    >>> [en_clair(s) for s in (20, 61, 720, 3600, 5400, 90_000, 200_000)]
    ['20 s', '1 min', '12 min', '1 h', '1 h 30', '1 jour', '2 jours']
    """
    minutes = int(secondes // 60)
    if secondes < 60:  # noqa: PLR2004
        return f"{secondes:.0f} s"
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min"
    heures, reste = divmod(minutes, 60)
    if heures < 24:  # noqa: PLR2004
        return f"{heures} h {reste:02}" if reste else f"{heures} h"
    return f"{heures // 24} jour{'s' if heures >= 48 else ''}"  # noqa: PLR2004


def _objet_panne(nouvelles: Sequence[Nouvelle]) -> str:
    if len(nouvelles) == 1:
        mot = "Panne" if nouvelles[0].est_un_service else "Alerte"
        return f"{mot} : {nouvelles[0].titre} (depuis {_quand(nouvelles[0].debut)})"
    return f"{_combien(nouvelles)} : {_noms(nouvelles)}"


def _objet_rappel(nouvelles: Sequence[Nouvelle]) -> str:
    if len(nouvelles) == 1:
        mot = "Toujours en panne" if nouvelles[0].est_un_service else "Toujours"
        return f"{mot} : {nouvelles[0].titre} (depuis {en_clair(nouvelles[0].fait.duree)})"
    return f"Toujours {_combien(nouvelles)} : {_noms(nouvelles)}"


def _objet_retour(nouvelles: Sequence[Nouvelle]) -> str:
    if len(nouvelles) == 1:
        mot = "Rétabli" if nouvelles[0].est_un_service else "Réglé"
        return f"{mot} : {nouvelles[0].titre} (après {en_clair(nouvelles[0].fait.duree)})"
    return f"{len(nouvelles)} retours à la normale : {_noms(nouvelles)}"


def _combien(nouvelles: Sequence[Nouvelle]) -> str:
    mot = "pannes" if all(une.est_un_service for une in nouvelles) else "alertes"
    return f"{len(nouvelles)} {mot}"


def _noms(nouvelles: Sequence[Nouvelle]) -> str:
    titres = [une.titre for une in nouvelles]
    suite = f" et {len(titres) - CITEES} de plus" if len(titres) > CITEES else ""
    return ", ".join(titres[:CITEES]) + suite


def _panne(nouvelle: Nouvelle) -> str:
    mot = "en panne" if nouvelle.est_un_service else "à regarder"
    duree = nouvelle.fait.duree
    depuis = f", il y a {en_clair(duree)}" if duree >= 60 else ""  # noqa: PLR2004
    lignes = [f"{nouvelle.titre} : {mot} depuis {_quand(nouvelle.debut)}{depuis}."]
    if nouvelle.message:
        lignes.append(f"Ce qui est constaté : {nouvelle.message}")
    if consequence := CONSEQUENCES.get(nouvelle.cle):
        lignes.append(f"Ce que cela veut dire : {consequence}")
    lignes.append(f"Que faire : {nouvelle.remede}")
    if nouvelle.instable:
        lignes.append(
            "C'est la troisième fois en six heures : le retour ne sera dit qu'après une heure "
            "sans faute."
        )
    return "\n".join(lignes)


def _retour(nouvelle: Nouvelle) -> str:
    mot = "rétabli" if nouvelle.est_un_service else "réglé"
    duree, depuis = en_clair(nouvelle.fait.duree), _quand(nouvelle.debut)
    return f"{nouvelle.titre} : {mot}, après {duree} (depuis {depuis})."


FORMES: dict[Genre, tuple[Callable[[Sequence[Nouvelle]], str], Callable[[Nouvelle], str]]] = {
    Genre.OUVERTURE: (_objet_panne, _panne),
    Genre.RAPPEL: (_objet_rappel, _panne),
    Genre.RETOUR: (_objet_retour, _retour),
}


def _quand(instant: datetime) -> str:
    """The hour in Paris, with the day when it is not today's."""
    local = timezone.localtime(instant)
    if local.date() == timezone.localdate():
        return f"{local:%H:%M}"
    return f"le {local:%d/%m} à {local:%H:%M}"


def _pied() -> str:
    base = settings.ADRESSE_PUBLIQUE
    if not base:
        return ""
    return f"\nL'état du produit : {base}/health/detailed\nIncidents : {base}/admin/ops/incident/\n"
