"""Valkey: the broker of tasks, the cache, the counters of limits."""

from __future__ import annotations

import time

from artjardin.celery import app
from artjardin.valkey import valkey
from ops.sante.constats import Etat, Releve

TEMOIN = "sante:temoin"
LONGUE, BLOQUEE = 100, 1000  # tasks waiting


def joindre() -> Releve:
    """It answers, and still writes: full, or after a failed save, it only reads."""
    client = valkey()
    debut = time.monotonic()
    client.set(TEMOIN, "1", ex=60)
    duree = time.monotonic() - debut
    persistance = client.info("persistence")
    if persistance.get("aof_enabled") and persistance.get("aof_last_write_status") != "ok":
        return Releve(Etat.DEGRADE, "Valkey n'écrit plus sur son disque", duree, "s")
    return Releve(Etat.OK, valeur=round(duree, 4), unite="s")


def files() -> Releve:
    """Tasks that no worker has taken yet, in all queues."""
    client = valkey()
    longueurs = {nom: int(client.llen(nom)) for nom in noms_des_files()}
    total = sum(longueurs.values())
    etat = Etat.PANNE if total > BLOQUEE else Etat.DEGRADE if total > LONGUE else Etat.OK
    dit = ", ".join(f"{nom} : {longueur}" for nom, longueur in longueurs.items() if longueur)
    return Releve(etat, dit and f"tâches en attente ({dit})", total)


def noms_des_files() -> list[str]:
    """The queues that tasks are routed to."""
    routes = (app.conf.task_routes or {}).values()
    autres = {route["queue"] for route in routes if "queue" in route}
    return [app.conf.task_default_queue, *sorted(autres)]
