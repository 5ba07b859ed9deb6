"""The outbox: what waits and since when, what left and how fast."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from artjardin.outbox.models import Courriel, Tentative
from ops.mesures.familles import Groupe, compteur, interroger, jauge, repartition

COURRIELS = jauge("courriels", "Mails of the outbox, by state.", "statut")
AGE = jauge(
    "courriel_plus_ancien_secondes",
    "Age of the oldest mail in this state since it was promised, in seconds; 0 when there is none.",
    "statut",
)
RETARD = jauge(
    "courriel_retard_secondes",
    "Since when the oldest waiting mail could have left, in seconds; 0 when none is due.",
)
ATTENTE = repartition(
    "courriel_attente",
    "From the promise of a mail to its acceptance by the server.",
    *(1, 5, 15, 60, 120, 300, 900, 3600, 86400),
)
ENVOIS = compteur("envois", "Attempts to send a mail, by verdict.", "resultat")
DUREE = repartition(
    "envoi_duree",
    "Time the mail server took to accept a message.",
    *(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
SUIVIS = (Courriel.Statut.EN_ATTENTE, Courriel.Statut.EN_COURS, Courriel.Statut.INCERTAIN)
FILE = f"""
    SELECT statut, count(*), coalesce(extract(epoch FROM now() - min(cree_le)), 0),
        coalesce(extract(epoch FROM now() - min(prochain_essai_le)), 0),
        {ATTENTE.sql("(envoye_le - cree_le)", "statut = 'envoye'")}
    FROM outbox_courriel GROUP BY statut
"""  # noqa: S608 - constants
VERDICTS = f"""
    SELECT resultat, count(*),
        {DUREE.sql("(fin - debut)", "resultat = 'envoye'")}
    FROM outbox_tentative GROUP BY resultat
"""  # noqa: S608


def lire_la_file() -> Iterator[Metric]:
    lus = {statut: reste for statut, *reste in interroger(FILE)}
    rien = [0] * (3 + ATTENTE.largeur)
    par_statut = {str(statut): lus.get(statut, rien) for statut in Courriel.Statut}
    yield COURRIELS({statut: lu[0] for statut, lu in par_statut.items()})
    yield AGE({str(statut): max(par_statut[statut][1], 0) for statut in SUIVIS})
    yield RETARD(max(par_statut[Courriel.Statut.EN_ATTENTE][2], 0))
    yield ATTENTE.lue(par_statut[Courriel.Statut.ENVOYE][3:])


def lire_les_envois() -> Iterator[Metric]:
    lus = {resultat: reste for resultat, *reste in interroger(VERDICTS)}
    rien = [0] * (1 + DUREE.largeur)
    yield ENVOIS({str(r): lus.get(r, rien)[0] for r in Tentative.Resultat})
    yield DUREE.lue(lus.get(Tentative.Resultat.ENVOYE, rien)[1:])


GROUPES = [
    Groupe("courriels", lire_la_file, (COURRIELS, AGE, RETARD, ATTENTE)),
    Groupe("envois", lire_les_envois, (ENVOIS, DUREE)),
]
