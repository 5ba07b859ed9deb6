"""The nightly comparison of rows with the journal, on a journal of a million entries.

Run as a program, it makes the check in a process of its own, on the data of the bench, and prints
the figures as JSON.
"""

import json
import resource
import sys
import time

import psycopg

from artjardin.embarque import adresses
from bench.banc import Banc
from bench.mesures import Releves, charge_machine, dire, nombre

BUT = 60.0  # seconds: a night has hours
# Three entries in ten tell the state of a client, or of two; loaded without the chain
ENTREES = """
    INSERT INTO audit_entree (le, acteur_nom, action, objet_type, objet_id, objet_nom, avant, apres,
        details, requete)
    SELECT now(), 'Banc', 'client.modifie', 'clients.client', c.id, c.nom,
        '{}', jsonb_build_object('ville', c.ville), CASE WHEN g %% 10 < 3
            THEN jsonb_build_object('etats', jsonb_build_object('clients.client',
                jsonb_build_object(c.id::text, jsonb_build_object(
                    'code', c.code, 'type', c.type, 'nom', '#0123456789abcdef', 'ville', g,
                    'email', '…@example.org #0123456789abcdef', 'adresse', '#0123456789abcdef',
                    'exclusion_le', NULL, 'delai_jours', 30))))
            ELSE '{"origine": "import"}' END, ''
    FROM generate_series(1, %(entrees)s) g
    JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS rang FROM clients_client) c
        ON c.rang = g %% (SELECT count(*) FROM clients_client)
"""


def mesurer_la_concordance(banc: Banc, *, tours: int, entrees: int) -> None:
    """`entrees`: how many the journal has."""
    dire(charge_machine())
    url = adresses.url_postgres(banc.dossier, role=adresses.SUPERUTILISATEUR)
    with psycopg.connect(url) as base:
        base.execute("SET session_replication_role = replica")
        base.execute(ENTREES, {"entrees": entrees})
        base.commit()
        base.autocommit = True
        base.execute("VACUUM ANALYZE")
    releves, lu = Releves(), {}
    for _ in range(tours):
        lu = json.loads(banc.python("-m", "bench.concordance").splitlines()[-1])
        for nom, valeur in lu["releves"].items():
            releves.noter(nom, valeur=valeur)
    dire(
        f"{nombre(entrees)} entrées, {nombre(lu['lignes'])} lignes témoignées, "
        f"{lu['anomalies']} écart : {releves.mediane('secondes'):.1f} s (but : {BUT:.0f}), "
        f"mémoire de pointe {releves.mediane('mo'):.0f} Mo ; "
        f"état des lieux d'une migration {releves.mediane('constat'):.1f} s"
    )


def comparer() -> None:
    """In the process of the check: the first round tells what the bench loaded."""
    import django  # noqa: PLC0415 - the environment is set by the parent

    django.setup()
    from artjardin.audit.concordance import controler  # noqa: PLC0415
    from artjardin.audit.constat import prendre_acte  # noqa: PLC0415

    prendre_acte()
    debut = time.perf_counter()
    prendre_acte()
    milieu = time.perf_counter()
    bilan = controler()
    releves = {
        "constat": milieu - debut,
        "secondes": time.perf_counter() - milieu,
        "mo": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    dit = {"releves": releves, "anomalies": len(bilan.anomalies)}
    sys.stdout.write(json.dumps(dit | {"lignes": bilan.lus["lignes_temoignees"]}) + "\n")


if __name__ == "__main__":
    comparer()
