"""The beat of a campaign: what the schedule asks every minute, asked every few seconds."""

import contextlib
import time

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from artjardin.celery import app

TACHES = ("relances.tasks.relancer_du_jour", "artjardin.outbox.tasks.balayer")
PERIODE = 3.0  # seconds


def main() -> None:
    while True:
        for tache in TACHES:
            with contextlib.suppress(
                OperationalError, RedisError, OSError
            ):  # the broker was killed
                app.send_task(tache, expires=55, retry=False)
        time.sleep(PERIODE)


if __name__ == "__main__":
    main()
