"""What the watch has opened, and whether it still watches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from prometheus_client.core import Metric

from ops.mesures.familles import Groupe, interroger, jauge
from ops.veille.models import Incident

OUVERTS = jauge(
    "incidents_ouverts",
    "Incidents that are not over, by gravity and whether somebody looks after them.",
    *("gravite", "acquitte"),
)
SILENCE = jauge(
    "veille_silence_secondes",
    "Since when the watch (manage.py veiller) made no round, in seconds; an hour if it never did.",
)
JAMAIS = 3600
VUS = """
    SELECT i.gravite, i.acquitte_le IS NOT NULL, count(i.id), r.silence
    FROM (SELECT (SELECT extract(epoch FROM now() - le) FROM ops_ronde WHERE id = 1) AS silence) r
    LEFT JOIN ops_incident i ON i.clos_le IS NULL
    GROUP BY 1, 2, 4
"""


def lire() -> Iterator[Metric]:
    lignes = interroger(VUS)
    comptes = {(gravite, "oui" if pris else "non"): n for gravite, pris, n, _ in lignes if gravite}
    rien = dict.fromkeys(product(map(str, Incident.Gravite), ("oui", "non")), 0)
    yield OUVERTS(rien | comptes)
    silence = lignes[0][3]
    yield SILENCE(JAMAIS if silence is None else max(silence, 0))


GROUPES = [Groupe("incidents", lire, (OUVERTS, SILENCE))]
