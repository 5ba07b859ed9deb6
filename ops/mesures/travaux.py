"""What the product does by itself: its jobs, its nightly checks, its backups."""

from __future__ import annotations

import math
from collections.abc import Iterator

from prometheus_client.core import Metric

from artjardin.audit.models import Execution
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.sauvegardes.services.exercice import TACHE as EXERCICE
from ops.mesures.familles import Groupe, compteur, horodatage, interroger, jauge

EXECUTIONS = compteur(
    "executions", "Runs of the jobs that ended, by job and result.", *("tache", "resultat")
)
SUCCES = jauge(
    "tache_dernier_succes_horodatage_secondes",
    "When the last run that succeeded ended, by job (Unix time); 0: never.",
    "tache",
)
DUREE = jauge("tache_duree_secondes", "Duration of the last run that ended, by job.", "tache")
REUSSIE = jauge(
    "tache_reussie", "Whether the last run that ended succeeded, wholly or partly, by job.", "tache"
)
ANOMALIES = jauge(
    "controle_anomalies", "What the last run of each nightly check found wrong.", "controle"
)
SAUVEGARDES = jauge("sauvegardes", "Backups of the catalogue, by state.", "etat")
AGE = jauge(
    "sauvegarde_age_secondes",
    "Age of the last backup that was made, and of the last that was verified and lies off-site; "
    "infinite when there is none.",
    "etat",
)
TAILLE = jauge("sauvegarde_taille_octets", "Size of the last backup.")
TEMPS = jauge("sauvegarde_duree_secondes", "Time that the last backup took.")
EXERCICE_REUSSI = jauge(
    "exercice_reussi", "Whether the last drill restored a good backup; 0 also before the first."
)
FINIS = [str(r) for r in Execution.Resultat if r != Execution.Resultat.EN_COURS]
COMPTES = ", ".join(f"count(*) FILTER (WHERE resultat = '{resultat}')" for resultat in FINIS)
PAR_TACHE = f"""
    WITH t AS (
        SELECT tache, max(id) AS derniere, max(fin) FILTER (WHERE resultat = 'reussi') AS succes,
            {COMPTES}
        FROM audit_execution WHERE fin IS NOT NULL GROUP BY tache
    )
    SELECT extract(epoch FROM e.fin - e.debut), e.resultat, e.compteurs ->> 'anomalies', t.*
    FROM t JOIN audit_execution e ON e.id = t.derniere ORDER BY t.tache
"""  # noqa: S608 - constants
LES_SAUVEGARDES = """
    SELECT etat, count(*), extract(epoch FROM now() - max(faite_le)),
        extract(epoch FROM now() - max(faite_le) FILTER (WHERE etat = 'verifiee' AND distante)),
        (array_agg(taille ORDER BY faite_le DESC))[1],
        extract(epoch FROM (array_agg(duree ORDER BY faite_le DESC))[1]),
        (SELECT resultat FROM audit_execution WHERE tache = %(exercice)s AND fin IS NOT NULL
            ORDER BY debut DESC LIMIT 1)
    FROM sauvegardes_sauvegarde GROUP BY etat ORDER BY 3
"""


def lire_les_taches() -> Iterator[Metric]:
    executions: dict[tuple[str, ...], float] = {}
    succes, durees, reussies, anomalies = {}, {}, {}, {}
    for duree, resultat, trouvees, tache, _, dernier_succes, *comptes in interroger(PAR_TACHE):
        executions |= {(tache, r): n for r, n in zip(FINIS, comptes, strict=True)}
        succes[tache] = horodatage(dernier_succes)
        durees[tache] = max(duree, 0)
        reussies[tache] = resultat != Execution.Resultat.ECHEC
        if trouvees is not None:
            anomalies[tache] = int(trouvees)
    yield EXECUTIONS(executions)
    yield SUCCES(succes)
    yield DUREE(durees)
    yield REUSSIE(reussies)
    yield ANOMALIES(anomalies)


def lire_les_sauvegardes() -> Iterator[Metric]:
    """The first line is that of the most recent backup."""
    lignes = interroger(LES_SAUVEGARDES, {"exercice": EXERCICE})
    comptes = {etat: nombre for etat, nombre, *_ in lignes}
    yield SAUVEGARDES({str(etat): comptes.get(etat, 0) for etat in Sauvegarde.Etat})
    _, _, age, _, taille, duree, exercice = lignes[0] if lignes else (None,) * 7
    verifiee = min((ligne[3] for ligne in lignes if ligne[3] is not None), default=math.inf)
    yield AGE({"faite": math.inf if age is None else age, "verifiee": verifiee})
    yield TAILLE(taille or 0)
    yield TEMPS(duree or 0)
    reussi = exercice not in {None, Execution.Resultat.ECHEC}
    yield EXERCICE_REUSSI(reussi)


GROUPES = [
    Groupe("taches", lire_les_taches, (EXECUTIONS, SUCCES, DUREE, REUSSIE, ANOMALIES)),
    Groupe("sauvegardes", lire_les_sauvegardes, (SAUVEGARDES, AGE, TAILLE, TEMPS, EXERCICE_REUSSI)),
]
