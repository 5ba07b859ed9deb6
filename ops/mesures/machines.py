"""The processes and the services: who lives, what waits for them, what health sees. No database."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from prometheus_client.core import Metric

from artjardin import battements
from artjardin.passages import derniers_passages
from artjardin.valkey import valkey
from ops.mesures.familles import Groupe, horodatage, jauge
from ops.sante.bilan import DETAIL
from ops.sante.constats import GRAVITE
from ops.sante.services.valkey import noms_des_files

PROCESSUS = jauge("processus", "Workers and planners heard within an hour, by kind.", "genre")
SILENCE = jauge(
    "processus_silence_secondes",
    "Since when nothing was heard of the last one: worker of this queue, or planner (beat).",
    "role",
)
FILES = jauge("file_taches", "Tasks that wait for a worker, by queue.", "file")
ENTREES = jauge(
    "planifie_dernier_succes_horodatage_secondes",
    "When each entry of the schedule last succeeded (Unix time); 0: never, for all Valkey knows.",
    "entree",
)
DUREES = jauge(
    "planifie_duree_secondes", "Duration of the last run of each entry of the schedule.", "entree"
)
SANTE = jauge(
    "sante", "What health sees of each thing it watches: 0 ok, 1 dégradé, 2 panne.", "sonde"
)
VALEUR = jauge(
    "sante_valeur", "What health measured of it, in the unit of the label.", *("sonde", "unite")
)
JAMAIS = 3600.0  # seconds of silence told of whom nobody remembers: battements.OUBLI


def lire_les_processus() -> Iterator[Metric]:
    """Raise RedisError within a second."""
    entendus, maintenant = battements.lire(), timezone.now()
    derniers = {f"worker {file}": entendus.dernier(file) for file in noms_des_files()}
    derniers["beat"] = max((un.le for un in entendus.planificateurs), default=None)
    yield PROCESSUS({"worker": len(entendus.ouvriers), "beat": len(entendus.planificateurs)})
    yield SILENCE({
        role: max((maintenant - le).total_seconds(), 0) if le else JAMAIS
        for role, le in derniers.items()
    })  # fmt: skip
    yield FILES({file: int(valkey().llen(file)) for file in noms_des_files()})


def lire_le_planning() -> Iterator[Metric]:
    """Raise RedisError within a second."""
    from artjardin.celery import app  # noqa: PLC0415 - loads every task

    passages = derniers_passages()
    entrees = {nom: passages.get(nom) for nom in app.conf.beat_schedule}
    yield ENTREES({nom: horodatage(p.reussi_le if p else None) for nom, p in entrees.items()})
    yield DUREES({nom: p.duree for nom, p in entrees.items() if p and p.duree is not None})


def lire_la_sante() -> Iterator[Metric]:
    """The last look of health, or a new one: some two seconds at most."""
    constats = DETAIL.lire().constats
    yield SANTE({c.sonde.nom: GRAVITE[c.etat] for c in constats})
    yield VALEUR({(c.sonde.nom, c.unite): c.valeur for c in constats if c.valeur is not None})


GROUPES = [
    Groupe("processus", lire_les_processus, (PROCESSUS, SILENCE, FILES), base=False),
    Groupe("planning", lire_le_planning, (ENTREES, DUREES), base=False),
    Groupe("sante", lire_la_sante, (SANTE, VALEUR), base=False),
]
