"""What a campaign of kills left: the ledger, the outbox and the SMTP server held together."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import psycopg

from artjardin.embarque import adresses
from bench.donnees import AU
from bench.mesures import dire
from bench.relais import Accepte, lire_le_registre

# Mails only: letters wait for a person. One client in forty has no PDF of ours: it is made
NIVEAUX = "UPDATE relances_niveau SET canal = 'courriel'"
PATRON = """
    UPDATE accounts_user_groups SET group_id = (SELECT id FROM auth_group WHERE name = 'patron')
"""
DOCUMENTS = """
    INSERT INTO storage_document (type, objet_type, objet_id, client_ref, cle, nom, contexte,
        sha256, taille, cree_le, produit_le, essais, erreur)
    SELECT 'facture', 'facturation.facture', id, client_id, 'banc/' || id || '.pdf',
        numero || '.pdf', '{}', %s, %s, now(), now(), 0, ''
    FROM facturation_facture
    WHERE type = 'facture' AND id %% 100 BETWEEN 80 AND 89 AND client_id %% 40 <> 0
    RETURNING objet_id
"""
PDF = b"%PDF-1.7\n" + b"0123456789abcdef" * 2048 + b"\n%%EOF\n"
RELANCES = """
    SELECT f.numero, r.annulee_le IS NULL, r.canal
    FROM relances_relance r JOIN facturation_facture f ON f.id = r.facture_id WHERE r.jour = %s
"""
COURRIELS = "SELECT message_id, statut, type, client_ref FROM outbox_courriel"
SUSPENS = """
    SELECT (SELECT count(*) FROM outbox_courriel WHERE statut IN ('en_attente', 'en_cours'))
        + (SELECT count(*) FROM relances_passage WHERE jour = %s AND fin IS NULL)
        + (SELECT (count(*) = 0)::int FROM relances_passage WHERE jour = %s)
"""
PASSAGE = "SELECT relancees, lettres, courriels, echecs FROM relances_passage WHERE jour = %s"
COMBIEN = (
    "SELECT statut, count(*) FROM outbox_courriel WHERE type = 'relance' GROUP BY 1 ORDER BY 1"
)


class Attendues(NamedTuple):
    """Invoices that the preview reminds by mail and by letter; the clients that get a mail."""

    par_courriel: frozenset[str]
    par_lettre: frozenset[str]
    clients: frozenset[str]


class Ecrit(NamedTuple):
    """A message of the outbox."""

    message_id: str
    statut: str
    type: str
    client: int | None


def preparer(dossier: Path) -> None:
    """Mails only, and the PDFs of nearly all clients ready."""
    with _base(dossier, role=adresses.SUPERUTILISATEUR) as base:
        base.execute("SET session_replication_role = replica")
        base.execute(NIVEAUX)
        base.execute(PATRON)
        faits = base.execute(DOCUMENTS, [hashlib.sha256(PDF).hexdigest(), len(PDF)]).fetchall()
    racine = dossier / "documents" / "banc"
    racine.mkdir(parents=True)
    modele = racine / "modele"
    modele.write_bytes(PDF)
    for (facture,) in faits:
        (racine / f"{facture}.pdf").hardlink_to(modele)


def attendues(apercu: str) -> Attendues:
    """Read what `manage.py relancer --apercu --json` says."""
    lu = json.loads(apercu)
    return Attendues(
        frozenset(numero for numero, *_ in lu["detail"]),
        frozenset(numero for numero, _ in lu["a_poster"]),
        frozenset(code for _, code, *_ in lu["detail"]),
    )


def en_suspens(dossier: Path) -> bool:
    """Whether something still waits for its turn."""
    try:
        with _base(dossier) as base:
            [compte] = base.execute(SUSPENS, [AU, AU]).fetchone() or (1,)
    except psycopg.OperationalError:
        return True
    return bool(compte)


def avancement(dossier: Path) -> str:
    with _base(dossier) as base:
        return ", ".join(f"{statut} {nombre}" for statut, nombre in base.execute(COMBIEN))


def rendre_compte(dossier: Path, registre: Path, prevues: Attendues, tues: Counter[str]) -> bool:
    """Print the tables, and every fault; True when there is none."""
    with _base(dossier) as base:
        relances = base.execute(RELANCES, [AU]).fetchall()
        courriels = [Ecrit(*ligne) for ligne in base.execute(COURRIELS)]
        passage = base.execute(PASSAGE, [AU]).fetchone()
    acceptes = lire_le_registre(registre)
    dire("\narrêts : " + ", ".join(f"{nom} {nombre}" for nom, nombre in sorted(tues.items())))
    _tableau(courriels, acceptes)
    dire(f"passage : relancées, lettres, courriels, échecs = {passage}")
    fautes = [*fautes_du_registre(relances, prevues), *fautes_des_envois(courriels, acceptes)]
    for faute in fautes[:40]:
        dire(f"FAUTE : {faute}")
    dire(f"{len(fautes)} faute(s)" if fautes else "rien de perdu, rien de doublé")
    return not fautes


def fautes_du_registre(
    relances: Iterable[tuple[str, bool, str]], prevues: Attendues
) -> Iterable[str]:
    """Each invoice of the preview has one valid line in the ledger, by its own way; no other."""
    relances = list(relances)
    for poste, numeros in ((False, prevues.par_courriel), (True, prevues.par_lettre)):
        faites = Counter(
            n for n, valable, canal in relances if valable and (canal == "poste") == poste
        )
        yield from (f"{numero} n'est pas relancée" for numero in sorted(numeros - set(faites)))
        yield from (f"{numero} n'était pas à relancer" for numero in sorted(set(faites) - numeros))
        yield from (f"{numero} relancée {fois} fois" for numero, fois in faites.items() if fois > 1)


def fautes_des_envois(courriels: Iterable[Ecrit], acceptes: Iterable[Accepte]) -> Iterable[str]:
    """The server accepted once what is sent, at most once what is uncertain, nothing else."""
    fois = Counter(accepte.message_id for accepte in acceptes)
    connus = {courriel.message_id: courriel for courriel in courriels}
    recus: dict[int, int] = defaultdict(int)
    yield from (f"{inconnu} accepté, inconnu ici" for inconnu in sorted(set(fois) - set(connus)))
    for courriel in connus.values():
        combien = fois[courriel.message_id]
        permis = {"envoye": {1}, "incertain": {0, 1}, "annule": {0}}.get(courriel.statut, set())
        if combien not in permis:
            quoi = f"{courriel.type} {courriel.message_id}"
            yield f"{quoi} : {courriel.statut}, accepté {combien} fois"
        if courriel.type == "relance" and courriel.client:
            recus[courriel.client] += combien
    yield from (f"client {client} : {n} relances" for client, n in recus.items() if n > 1)


def _tableau(courriels: list[Ecrit], acceptes: list[Accepte]) -> None:
    fois = Counter(accepte.message_id for accepte in acceptes)
    lignes = Counter((c.type, c.statut, fois[c.message_id]) for c in courriels)
    dire(f"{'type':<20}{'état':<12}{'accepté':>8}{'messages':>10}")
    for (genre, statut, combien), nombre in sorted(lignes.items()):
        dire(f"{genre:<20}{statut:<12}{combien:>8}{nombre:>10}")


def _base(dossier: Path, *, role: str = adresses.ROLE) -> psycopg.Connection:
    return psycopg.connect(adresses.url_postgres(dossier, role=role), autocommit=True)
