"""The workers and the planners: heard a moment ago, or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from artjardin.battements import Battement, lire
from ops.sante.constats import Etat, Releve
from ops.sante.services.valkey import noms_des_files

MUET = timedelta(seconds=5)  # each says every two seconds that it lives
PASSE = timedelta(minutes=10)


def ouvriers() -> Releve:
    """Every queue needs a worker that is heard; one that fell silent beside others is told."""
    battements = lire().ouvriers
    vivants = [un for un in battements if _vit(un)]
    servies = {file for un in vivants for file in un.files}
    if abandonnees := [file for file in noms_des_files() if file not in servies]:
        return Releve(Etat.PANNE, _silence(battements, abandonnees), len(vivants))
    return _juger(battements, vivants)


def planificateurs() -> Releve:
    """One is enough: any of them takes over from another."""
    battements = lire().planificateurs
    vivants = [un for un in battements if _vit(un)]
    if not vivants:
        return Releve(Etat.PANNE, _depuis(battements) or "aucun planificateur (beat)", 0)
    return _juger(battements, vivants)


def _vit(battement: Battement) -> bool:
    return timezone.now() - battement.le <= MUET


def _juger(battements: Sequence[Battement], vivants: Sequence[Battement]) -> Releve:
    """One that fell silent is told for a while; then it was replaced, or somebody knows."""
    debut = timezone.now() - PASSE
    if muets := [un.nom for un in battements if un not in vivants and un.le > debut]:
        return Releve(Etat.DEGRADE, f"ne répond plus : {', '.join(muets)}", len(vivants))
    return Releve(Etat.OK, valeur=len(vivants))


def _silence(battements: Sequence[Battement], files: Sequence[str]) -> str:
    qui = f"aucun worker pour {', '.join(files)}"
    depuis = _depuis([un for un in battements if set(un.files) & set(files)])
    return f"{qui} ; {depuis}" if depuis else qui


def _depuis(battements: Sequence[Battement]) -> str:
    if not battements:
        return ""
    dernier = max(battements, key=lambda un: un.le)
    heure = timezone.localtime(dernier.le)
    return f"{dernier.nom} ne répond plus depuis {heure:%H:%M:%S}"
