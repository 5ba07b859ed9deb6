"""The statements of a sending, prepared: claim, hand-over, verdict (design G5).

A claim and a verdict are written without waiting for the disk: the hand-over of the next message
waits, and what it flushes comes after them in the journal of PostgreSQL. If the machine dies in
between, a claim is not there (nothing had left) and a verdict is missing (the message, handed over,
becomes uncertain). The hand-over itself is always on the disk before the data leaves.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from artjardin.outbox.models import Courriel, Tentative
from artjardin.preparees import curseur_prepare, lire

SANS_ATTENDRE = "RETURNING set_config('synchronous_commit', 'off', true)"
DUS = """WHERE statut = 'en_attente' AND prochain_essai_le <= %s AND NOT EXISTS (
SELECT 1 FROM outbox_piecejointe p JOIN storage_document d ON d.id = p.document_id
WHERE p.courriel_id = outbox_courriel.id AND d.sha256 = '')
ORDER BY prochain_essai_le, id LIMIT 1 FOR NO KEY UPDATE OF outbox_courriel SKIP LOCKED"""
PRECEDENT = """WHERE sujet_type = %s AND sujet_id = %s AND statut = 'envoye' AND a && %s::varchar[]
AND id <> %s ORDER BY envoye_le DESC, id DESC LIMIT 1"""
CHAMPS_PRIS = (
    "statut", "pris_le", "remis_le", "empreinte", "tentatives", "reponse", "prochain_essai_le",
    "en_reponse_a", "fil", "signale_le",
)  # fmt: skip
PRENDRE = f"""UPDATE outbox_courriel SET {", ".join(f"{champ} = %s" for champ in CHAMPS_PRIS)}
WHERE id = %s {SANS_ATTENDRE}"""  # noqa: S608 - names of columns only
PREMIER = "SELECT message_id FROM outbox_courriel ORDER BY id LIMIT 1"
REMETTRE = f"""UPDATE outbox_courriel
SET remis_le = %s, empreinte = %s, remise = nextval('outbox_remise')
WHERE id = %s AND statut = 'en_cours' AND pris_le = %s RETURNING ({PREMIER}), remise"""  # noqa: S608
CONCLURE = f"""WITH tentative AS (
INSERT INTO outbox_tentative (courriel_id, debut, fin, resultat, reponse, empreinte)
SELECT %s, %s, %s, %s, %s, %s WHERE %s)
UPDATE outbox_courriel SET statut = %s, reponse = %s, tentatives = %s, envoye_le = %s,
prochain_essai_le = %s
WHERE id = %s AND pris_le = %s AND (statut = 'en_cours' OR statut = %s) {SANS_ATTENDRE}"""  # noqa: S608
COMBIEN = """SELECT count(*) FROM (SELECT FROM outbox_courriel
WHERE statut = 'en_attente' AND prochain_essai_le <= %s LIMIT 1000) dus"""
DEBIT = """SELECT count(*) FROM outbox_courriel WHERE remis_le > %s"""
VERROU_DU_DEBIT = "SELECT pg_advisory_xact_lock(hashtext('outbox.debit'))"
VERROU_DE_RESTAURATION = "SELECT pg_advisory_xact_lock(hashtext('outbox.restauration'))"
REMISE_CONNUE = """SELECT coalesce(greatest(
(SELECT max(remise) FROM outbox_courriel), (SELECT max(repere) FROM outbox_restauration)), 0)"""
NUMEROS = "SELECT setval('outbox_remise', greatest(%s, nextval('outbox_remise')))"
TOUR_DE_SIGNALER = "SELECT pg_try_advisory_xact_lock(hashtext('outbox.signaler'))"
# A transaction with a number of its own waits for the disk, with all that precedes it
SUR_LE_DISQUE = "SELECT pg_current_xact_id()"


class Remise(NamedTuple):
    """A hand-over: in which database (its first mail), and its number."""

    base: str
    numero: int


def prochain_du(*, au: datetime) -> Courriel | None:
    """The next due email, locked; another sender's are skipped."""
    lus = lire(Courriel, DUS, au)
    return lus[0] if lus else None


def precedent(courriel: Courriel) -> Courriel | None:
    """The last message that left about the same subject, to one of the same addresses."""
    lus = lire(Courriel, PRECEDENT, courriel.sujet_type, courriel.sujet_id, courriel.a, courriel.pk)
    return lus[0] if lus else None


def ecrire_la_prise(courriel: Courriel) -> None:
    executer(PRENDRE, [*(getattr(courriel, champ) for champ in CHAMPS_PRIS), courriel.pk])


def ecrire_la_remise(courriel: Courriel) -> Remise | None:
    """On the disk when the transaction ends; None when the message is no longer ours."""
    valeurs = [courriel.remis_le, courriel.empreinte, courriel.pk, courriel.pris_le]
    with curseur_prepare() as curseur:
        curseur.execute(REMETTRE, valeurs)
        ligne = curseur.fetchone()
    return Remise(*ligne) if ligne else None


def premier_courriel() -> str:
    """The Message-ID of the first mail ever, which a database and its backups share; "" if none."""
    with curseur_prepare() as curseur:
        curseur.execute(PREMIER)
        ligne = curseur.fetchone()
    return str(ligne[0]) if ligne else ""


def remise_connue() -> int:
    """The number of the last hand-over that this database knows, 0 if none."""
    return int(_valeur(REMISE_CONNUE))


def reprendre_les_numeros(*, apres: int) -> None:
    """The next hand-overs are numbered above `apres`."""
    executer(NUMEROS, [apres])


def ecrire_le_verdict(courriel: Courriel, essai: Tentative, *, aussi: str) -> None:
    """The fate of the message if it is still ours, and the attempt, unless it has no result.

    `aussi` is a state, besides `en_cours`, in which the fate may still be told.
    """
    note = [essai.debut, essai.fin, essai.resultat, essai.reponse, essai.empreinte]
    sort = [courriel.statut, courriel.reponse, courriel.tentatives, courriel.envoye_le]
    tenu = [courriel.pk, courriel.pris_le, aussi or str(Courriel.Statut.EN_COURS)]
    valeurs = [courriel.pk, *note, bool(essai.resultat), *sort, courriel.prochain_essai_le, *tenu]
    executer(CONCLURE, valeurs)


def remis_depuis(instant: datetime) -> int:
    return int(_valeur(DEBIT, [instant]))


def combien_de_dus(*, au: datetime) -> int:
    """How many wait for their turn, at most 1 000."""
    return int(_valeur(COMBIEN, [au]))


def executer(texte: str, valeurs: list[Any] | None = None) -> int:
    """Run one statement; how many rows it touched."""
    with curseur_prepare() as curseur:
        curseur.execute(texte, valeurs)
        return int(curseur.rowcount)


def seul_a_signaler() -> bool:
    """Take, until the end of the transaction, the turn to write to the patrons."""
    return bool(_valeur(TOUR_DE_SIGNALER))


def _valeur(texte: str, valeurs: list[Any] | None = None) -> Any:
    with curseur_prepare() as curseur:
        curseur.execute(texte, valeurs)
        return curseur.fetchone()[0]
