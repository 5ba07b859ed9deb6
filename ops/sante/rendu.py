"""The answer of /health/detailed: draft-inadarei-api-health-check-06, in our words too. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ops.sante.constats import Constat, Etat

MOTS = {Etat.OK: "pass", Etat.DEGRADE: "warn", Etat.PANNE: "fail"}
TYPE = "application/health+json"


def en_json(etat: Etat, constats: Sequence[Constat], *, le: datetime) -> dict[str, Any]:
    """`status` is the draft's word, `etat` ours; `checks` only for whoever may read them."""
    entete = {
        "status": MOTS[etat],
        "etat": str(etat),
        "version": "1",
        "description": "Art & Jardin",
        "time": le.isoformat(),
    }
    if not constats:
        return entete
    return entete | {"checks": {constat.sonde.nom: [_verifie(constat)] for constat in constats}}


def _verifie(constat: Constat) -> dict[str, Any]:
    dit: dict[str, Any] = {
        "componentId": constat.sonde.nom,
        "componentType": "component",
        "titre": constat.sonde.titre,
        "status": MOTS[constat.etat],
        "etat": str(constat.etat),
        "time": constat.le.isoformat(),
        "depuis": constat.depuis.isoformat() if constat.depuis else None,
        "duree_ms": constat.duree_ms,
    }
    if constat.valeur is not None:
        dit |= {"observedValue": constat.valeur, "observedUnit": constat.unite}
    if constat.message:
        dit["output"] = constat.message
    if constat.cause:
        dit["cause"] = constat.cause
    if constat.en_panne:
        dit["remede"] = constat.sonde.remede
    return dit
