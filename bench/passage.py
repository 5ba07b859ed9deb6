"""A whole run of reminders: plan, then ledger and message of each client, one transaction each.

Against the bare limit: the same rows written by psycopg alone, from texts ready made, one
transaction per client too. Run as a program, it times one of the two in a process of its own, so
that the peak of memory is that of one run, and prints the figures as JSON.
"""

import json
import resource
import sys
import time
from typing import Any

import django
import psycopg

from artjardin import settings
from artjardin.embarque import adresses
from bench.banc import Banc
from bench.donnees import AU
from bench.mesures import Releves, dire, nombre

RAPPELS, TOUT = 87, 89  # the last hundredth taken: up to the second level, or the third too
# Of all that is to be reminded, only the first clients are left, two invoices each: the others
# have paid. Their PDFs are there.
CLIENTS = """
    CREATE TABLE banc_choix AS SELECT id, client_id FROM (
        SELECT f.id, f.client_id, row_number() OVER (PARTITION BY client_id ORDER BY f.id) AS rang,
            count(*) OVER (PARTITION BY client_id) AS combien
        FROM facturation_facture f JOIN clients_client c ON c.id = f.client_id
        WHERE f.type = 'facture' AND f.id % 100 BETWEEN 80 AND {dernier} AND c.id % 100 < 98
    ) s WHERE rang <= 2 AND combien >= 2
        AND client_id IN (
            SELECT client_id FROM facturation_facture
            WHERE type = 'facture' AND id % 100 BETWEEN 80 AND {dernier} AND client_id % 100 < 98
            GROUP BY client_id HAVING count(*) >= 2 ORDER BY client_id LIMIT {clients}
        )
"""
REGLER = """
    WITH p AS (
        INSERT INTO facturation_paiement
            (id, client_id, serie, numero, montant, mode, le, reference, saisi_le)
        SELECT 100000000 + r.id, r.client_id, 'ENC', 'ENC-R' || r.id, r.reste, 'virement',
            r.echeance, '', now()
        FROM (
            SELECT f.id, f.client_id, f.echeance,
                f.total_ttc - coalesce((SELECT sum(montant) FROM facturation_imputation i
                    WHERE i.facture_id = f.id), 0) AS reste
            FROM facturation_facture f
            WHERE f.type = 'facture' AND f.id % 100 BETWEEN 80 AND 89
                AND NOT EXISTS (SELECT FROM banc_choix b WHERE b.id = f.id)
        ) r WHERE r.reste > 0
        RETURNING id, montant
    )
    INSERT INTO facturation_imputation (paiement_id, facture_id, montant)
    SELECT id, id - 100000000, montant FROM p
"""
DOCUMENTS = """
    INSERT INTO storage_document (type, objet_type, objet_id, client_ref, cle, nom, contexte,
        sha256, taille, cree_le, produit_le, essais, erreur)
    SELECT 'facture', 'facturation.facture', f.id, f.client_id, 'banc/' || f.numero || '.pdf',
        f.numero || '.pdf', '{{}}', encode(sha256(f.numero::bytea), 'hex'), 30000, now(), now(),
        0, ''
    FROM facturation_facture f JOIN banc_choix b ON b.id = f.id
"""
# What the product wrote, taken as the texts that the bare limit writes again
RECOPIE = """
    SELECT c.client_ref, c.type, c.a, c.expediteur, c.objet, c.texte, c.html, c.codes::text,
        array_agg(r.facture_id ORDER BY r.id), array_agg(r.niveau_id ORDER BY r.id),
        array_agg(r.solde ORDER BY r.id), array_agg(r.retard ORDER BY r.id), max(r.passage_id)
    FROM outbox_courriel c JOIN relances_relance r ON r.courriel_id = c.id
    WHERE c.type = 'relance' GROUP BY c.id
"""
COURRIEL = """
    INSERT INTO outbox_courriel (client_ref, type, a, bcc, expediteur, objet, texte, html, codes,
        sujet_type, message_id, en_reponse_a, statut, cree_le, prochain_essai_le, tentatives,
        reponse{plus})
    VALUES (%s, %s, %s, '{{}}', %s, %s, %s, %s, %s, '', gen_random_uuid()::text, '', 'annule',
        now(), now(), 0, ''{valeurs}) RETURNING id
"""
LIGNE = """
    INSERT INTO relances_relance (passage_id, facture_id, niveau_id, jour, canal, solde, retard,
        cree_le, annulation, suivi, courriel_id, annulee_le)
    SELECT %s, f, n, %s, 'courriel', s, r, now(), 'banc', '', %s, now()
    FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::int[]) AS t (f, n, s, r)
"""
PIECE = """
    INSERT INTO outbox_piecejointe (courriel_id, document_id)
    SELECT %s, id FROM storage_document
    WHERE objet_type = 'facturation.facture' AND objet_id = ANY(%s) AND type = 'facture'
"""


def mesurer_passage(banc: Banc, *, clients: int, dernier: int) -> None:
    """Prepare the choice of `clients`, run once each way, print."""
    superutilisateur = adresses.url_postgres(banc.dossier, role=adresses.SUPERUTILISATEUR)
    with psycopg.connect(superutilisateur, autocommit=True) as connexion:
        connexion.execute("SET session_replication_role = replica")
        for etape in (CLIENTS, REGLER, DOCUMENTS):
            connexion.execute(etape.format(clients=clients, dernier=dernier))
        connexion.execute("DROP TABLE banc_choix")
        connexion.execute("VACUUM ANALYZE")
    releves = Releves()
    for quoi in ("produit", "nu"):
        releve = json.loads(banc.python("-m", "bench.passage", quoi))
        for nom, valeur in releve.items():
            releves.noter(quoi, nom, valeur=valeur)
    rendre_compte(releves)


def rendre_compte(releves: Releves) -> None:
    lire = releves.mediane
    dire(
        f"\n{nombre(int(lire('produit', 'relances')))} relances à "
        f"{nombre(int(lire('produit', 'clients')))} clients en "
        f"{lire('produit', 'secondes'):.1f} s, dont {lire('produit', 'plan'):.1f} s de plan"
    )
    for quoi in ("nu", "produit"):
        cadence = lire(quoi, "relances") / (lire(quoi, "secondes") - lire(quoi, "plan"))
        dire(f"{quoi:>8} : {cadence:.0f} relances promises par seconde, plan à part")
    entier = lire("produit", "relances") / lire("produit", "secondes")
    dire(f"avec le plan : {entier:.0f} relances par seconde")
    dire(
        f"mémoire : {lire('produit', 'mo_plan'):.0f} Mo après le plan, pointe "
        f"{lire('produit', 'mo'):.0f} Mo"
    )


def relever(quoi: str) -> dict[str, Any]:
    return passer_nu() if quoi == "nu" else passer()


def passer() -> dict[str, Any]:
    """The product's own run of AU, timed; the plan apart."""
    from artjardin.accounts.auteur import systeme  # noqa: PLC0415 - once Django is set up
    from relances.plan import planifier  # noqa: PLC0415
    from relances.services import passages  # noqa: PLC0415

    mesures: dict[str, float] = {}

    def planifier_mesure(**options: Any) -> Any:
        debut = time.perf_counter()
        plan = planifier(**options)
        if options.get("factures") is None:
            mesures["plan"] = time.perf_counter() - debut
            mesures["mo_plan"] = pointe()
        return plan

    setattr(passages, "planifier", planifier_mesure)  # noqa: B010 - to time what it calls
    debut = time.perf_counter()
    passage = passages.faire_le_passage(jour=AU, par=systeme("banc"))
    duree = time.perf_counter() - debut
    if passage.echecs:
        raise RuntimeError(f"{passage.echecs} clients en échec : {passage.erreurs[0]}")
    return {
        "relances": passage.relancees,
        "clients": passage.courriels,
        "secondes": duree,
        "mo": pointe(),
        **mesures,
    }


def passer_nu() -> dict[str, Any]:
    """The rows of that run written again by psycopg, cancelled so that no index refuses them."""
    with psycopg.connect(adresses.url_postgres(settings.DONNEES)) as connexion:
        textes = connexion.execute(RECOPIE).fetchall()
        requete = COURRIEL.format(**_colonnes_de_plus(connexion))
        connexion.commit()
        debut, relances = time.perf_counter(), 0
        for client, *corps, factures, niveaux, soldes, retards, passage in textes:
            with connexion.transaction():
                connexion.execute(
                    "SELECT 1 FROM clients_client WHERE id = %s FOR NO KEY UPDATE", [client]
                )
                ligne: Any = connexion.execute(requete, [client, *corps]).fetchone()
                connexion.execute(
                    LIGNE, [passage, AU, ligne[0], factures, niveaux, soldes, retards]
                )
                connexion.execute(PIECE, [ligne[0], factures])
            relances += len(factures)
    duree = time.perf_counter() - debut
    return {"relances": relances, "clients": len(textes), "secondes": duree, "plan": 0.0}


def _colonnes_de_plus(connexion: psycopg.Connection) -> dict[str, str]:
    """The required columns of a mail that this bench does not name, left empty."""
    connues = COURRIEL.split("(", 1)[1].split(")", 1)[0].replace("{plus}", "")
    noms = {nom.strip() for nom in connues.split(",")}
    manquent = connexion.execute(
        """SELECT column_name, data_type FROM information_schema.columns
        WHERE table_name = 'outbox_courriel' AND is_nullable = 'NO' AND is_identity = 'NO'
            AND column_default IS NULL"""
    ).fetchall()
    vides = {"text": "''", "character varying": "''", "jsonb": "'[]'", "ARRAY": "'{}'"}
    plus = {nom: vides.get(genre, "0") for nom, genre in manquent if nom not in noms}
    return {
        "plus": "".join(f", {nom}" for nom in plus),
        "valeurs": "".join(f", {valeur}" for valeur in plus.values()),
    }


def pointe() -> float:
    """Peak of resident memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(relever(sys.argv[1])))
