"""What granian serves in a test: the product, on the database of the tests and a Valkey of its own.

`lancer(guichet="tests.artjardin.guichet_a_part:application", ESSAI=reglages(valkey))`
"""

from __future__ import annotations

import json
import os

from django.db import connection

from artjardin.embarque import adresses
from artjardin.embarque.valkey import Valkey

GUICHET = "tests.artjardin.guichet_a_part:application"
AGE = 0.5  # seconds that a look is kept: a test does not wait for ten


def reglages(valkey: Valkey) -> str:
    return json.dumps({
        "valkey": adresses.url_valkey(valkey.donnees),
        "broker": adresses.url_broker(valkey.donnees),
        "base": connection.settings_dict["NAME"],
    })  # fmt: skip


if "ESSAI" in os.environ:
    from artjardin import settings

    voulu = json.loads(os.environ["ESSAI"])
    settings.CACHES["default"]["LOCATION"] = voulu["valkey"]
    settings.CELERY_BROKER_URL = voulu["broker"]
    settings.DATABASES["default"]["NAME"] = voulu["base"]

    from artjardin.guichet import application  # noqa: F401
    from ops.mesures import exposition
    from ops.sante import bilan

    exposition.AGE = AGE
    bilan.DETAIL._duree = AGE
