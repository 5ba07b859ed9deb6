"""Real programs on the test database and a Valkey of their own: `lancer(...)`; also what they run.

Their schedule can be shortened (`periode`); jobs can do nothing but be noted (`noter`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection

from artjardin.embarque import adresses
from artjardin.embarque.valkey import Valkey

RACINE = Path(__file__).resolve().parents[2]
COURSES = "essai:courses"  # list of "entry/instant" of the runs
TACHE, FAITES = "essai.compter", "essai:faites"  # a task, and how many times each was done


@contextmanager
def valkey_a_part(dossier: Path) -> Iterator[Valkey]:
    """A server that tests may stop or freeze."""
    dossier.mkdir()
    service = Valkey(dossier, rapide=True)
    service.lancer()
    service.attendre()
    try:
        yield service
    finally:
        if pid := service.pid():
            os.kill(pid, signal.SIGCONT)
        service.arreter()


@contextmanager
def lancer(service: Valkey, *arguments: str, **reglages: object) -> Iterator[subprocess.Popen]:
    """`celery <arguments>`, or granian when it is the first; ended at the end, frozen or not."""
    dit = json.dumps({
        "valkey": adresses.url_valkey(service.donnees),
        "broker": adresses.url_broker(service.donnees),
        "base": connection.settings_dict["NAME"],
        **reglages,
    })  # fmt: skip
    with (service.donnees / "programmes.log").open("ab") as sortie:
        programme = subprocess.Popen(
            [sys.executable, "-m", "tests.artjardin.programmes", dit, *arguments],
            cwd=RACINE,
            start_new_session=True,
            stdout=sortie,
            stderr=sortie,
        )
    try:
        yield programme
    finally:
        finir(programme)


def finir(programme: subprocess.Popen) -> None:
    """Its whole family, at once."""
    if programme.poll() is None or programme.returncode:
        with suppress(ProcessLookupError):
            os.killpg(programme.pid, signal.SIGKILL)
    programme.wait(10)


def attendre(condition: Callable[[], object], *, pendant: float = 30.0) -> object:
    """What it gives once it is true; fails after so many seconds."""
    fin = time.monotonic() + pendant
    while not (vu := condition()):
        assert time.monotonic() < fin, "rien ne vient"
        time.sleep(0.05)
    return vu


def main() -> None:
    dit, *arguments = sys.argv[1:]
    voulu = json.loads(dit)
    regler(voulu)
    if arguments[0] == "granian":
        from granian.cli import cli  # noqa: PLC0415

        cli(arguments[1:])
    else:
        mener(voulu, arguments)


def regler(voulu: dict[str, str]) -> None:
    """Before Django reads them."""
    from artjardin import settings  # noqa: PLC0415

    settings.CACHES["default"]["LOCATION"] = voulu["valkey"]
    settings.CELERY_BROKER_URL = voulu["broker"]
    settings.DATABASES["default"]["NAME"] = voulu["base"]
    settings.API_PAR_MINUTE = 10**6


def mener(voulu: dict[str, str], arguments: list[str]) -> None:
    from celery.schedules import schedule  # noqa: PLC0415
    from celery.signals import task_prerun  # noqa: PLC0415

    from artjardin.celery import app  # noqa: PLC0415
    from artjardin.passages import entree_de  # noqa: PLC0415
    from artjardin.valkey import valkey  # noqa: PLC0415

    if periode := voulu.get("periode"):
        for entree in app.conf.beat_schedule.values():
            entree["schedule"] = schedule(periode)

    def noter(sender, **_):
        valkey().rpush(COURSES, f"{entree_de(sender)}/{time.time()}")

    if voulu.get("noter"):
        task_prerun.connect(noter)
        app.loader.import_default_modules()
        for tache in app.tasks.values():
            tache.run = lambda *_, **__: None

    @app.task(name=TACHE)
    def compter(nom: str, duree: float) -> None:
        time.sleep(duree)
        valkey().hincrby(FAITES, nom, 1)

    app.start(arguments)


if __name__ == "__main__":
    main()
