"""The bare limits of the list: the same rows as `json_agg`, by psycopg alone, and over WSGI."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psycopg

from artjardin import settings
from artjardin.embarque import adresses

PREMIERE_PAGE = 2**62
REQUETE = """
    SELECT json_agg(ligne)::text FROM (
        SELECT f.id, f.type, f.numero, f.serie, f.statut, f.objet, f.date, f.echeance,
            f.total_ht::text, f.total_tva::text, f.total_ttc::text,
            CASE WHEN f.statut = 'emise' AND f.type <> 'avoir' THEN (f.total_ttc
                - coalesce((SELECT sum(i.montant) FROM facturation_imputation i
                            WHERE i.facture_id = f.id), 0)
                - coalesce((SELECT sum(a.total_ttc) FROM facturation_facture a
                            WHERE a.origine_id = f.id AND a.statut = 'emise'), 0)
            )::text END AS solde,
            f.serie = 'REPRISE' AS reprise,
            json_build_object('id', c.id, 'code', c.code, 'designation',
                coalesce(nullif(c.raison_sociale, ''), trim(c.nom || ' ' || c.prenom))) AS client,
            CASE WHEN h.id IS NOT NULL
                THEN json_build_object('id', h.id, 'nom', h.nom) END AS chantier
        FROM (
            SELECT * FROM facturation_facture WHERE supprime_le IS NULL AND id < %s
            ORDER BY id DESC LIMIT 50
        ) f
        JOIN clients_client c ON c.id = f.client_id
        LEFT JOIN chantiers_chantier h ON h.id = f.chantier_id
        ORDER BY f.id DESC
    ) ligne
"""
# The planner then reads the 50 clients and sites by index at every size: the strongest limit
REGLAGES = "-c random_page_cost=1.1"
_du_fil = threading.local()


def connecter(donnees: Path) -> psycopg.Connection:
    return psycopg.connect(adresses.url_postgres(donnees), autocommit=True, options=REGLAGES)


def lire(connexion: psycopg.Connection, avant: int) -> str:
    """The 50 invoices before the id `avant`, as JSON text."""
    return connexion.execute(REQUETE, [avant], prepare=True).fetchone()[0]  # type: ignore[index]


def application(environ: dict[str, Any], commencer: Callable[..., Any]) -> Iterable[bytes]:
    """The least that a WSGI server can do to answer these rows: no login, no right, no filter."""
    demande = parse_qs(environ.get("QUERY_STRING", ""))
    avant = int(demande.get("avant", [PREMIERE_PAGE])[0])
    corps = lire(_connexion(), avant).encode()
    commencer("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(corps)))])
    return [corps]


def _connexion() -> psycopg.Connection:
    """One connection per thread, kept."""
    if not hasattr(_du_fil, "connexion"):
        _du_fil.connexion = connecter(settings.DONNEES)
    return _du_fil.connexion
