"""A client with 10 000 rows below: to the trash and back, against bare SQL updates.

Each in one transaction, in one process, on a client of its own of the same shape, one right after
the other. The bare updates take no lock before, ask no obstacle and write no journal.
"""

import json
import sys
import time
import uuid
from collections.abc import Callable

from bench.banc import Banc
from bench.mesures import Releves, charge_machine, dire, nombre

CHANTIERS, VISITES = 400, 22  # visits of each site
LIGNES = CHANTIERS * (1 + VISITES + 1 + 1)  # a draft devis and a draft facture of each site
CIBLE = 2.0  # seconds
JETER, RAMENER = "suppression", "restauration"
PRODUIT, NU = "produit", "nu"

EMPLOYE = """
    INSERT INTO accounts_user
        (password, is_superuser, email, prenom, nom, is_active, is_staff, cree_le)
    VALUES ('!', false, %(courriel)s, 'Banc', 'De Mesure', true, false, now()) RETURNING id
"""
# The invented data of the bench has ids of its own
REPRENDRE = """
    SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), 1000000)
"""
CLIENT = """
    INSERT INTO clients_client
        (code, type, civilite, nom, prenom, raison_sociale, siret, tva_intracom, email, telephone,
         adresse, code_postal, ville, notes, delai_jours, fin_de_mois, exclusion_motif,
         exclusion_par, cree_le)
    VALUES (%(code)s, 'particulier', 'Mme', 'Longue', 'Histoire', '', '', '', '', '',
        '3 rue des Lices', '49000', 'Angers', '', 30, false, '', '', now()) RETURNING id
"""
SUITE = [
    """INSERT INTO chantiers_chantier
        (client_id, nom, adresse, code_postal, ville, statut, consignes, cree_le)
    SELECT %(client)s, 'Jardin ' || g, '', '', '', 'planifie', '', now()
    FROM generate_series(1, %(chantiers)s) g""",
    """INSERT INTO chantiers_intervention
        (chantier_id, employe_id, prevu_debut, prevu_fin, statut, notes)
    SELECT c.id, %(employe)s, debut, debut + interval '1 hour', 'planifiee', ''
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS rang FROM chantiers_chantier
          WHERE client_id = %(client)s) c, generate_series(1, %(visites)s) v,
        LATERAL (SELECT timestamptz '2026-01-01' + (c.rang * %(visites)s + v) * interval '2 hours'
                 AS debut) heure""",
    """INSERT INTO facturation_devis
        (client_id, chantier_id, objet, statut, conclusion, version, duree_validite, emetteur,
         destinataire, lieu, mentions, options_retenues, cree_le)
    SELECT client_id, id, 'Haie', 'brouillon', 'distance', 1, 30, '{}', '{}', '{}', '[]', '[]',
        now() FROM chantiers_chantier WHERE client_id = %(client)s""",
    """INSERT INTO facturation_facture
        (client_id, chantier_id, objet, type, statut, emetteur, destinataire, lieu, mentions,
         "references", cree_le)
    SELECT client_id, id, 'Haie', 'facture', 'brouillon', '{}', '{}', '{}', '[]', '[]', now()
    FROM chantiers_chantier WHERE client_id = %(client)s""",
]
LOT = uuid.UUID(int=1)
MARQUE = "SET supprime_le = now(), supprime_lot = %(lot)s"
LIBRE = "SET supprime_le = NULL, supprime_par_id = NULL, supprime_lot = NULL"
INTERVENTIONS = (
    "UPDATE chantiers_intervention SET supprime_le = now(), supprime_lot = %(lot)s "
    "FROM chantiers_chantier c WHERE c.id = chantier_id AND c.client_id = %(client)s"
)
NUES = {
    JETER: [
        f"UPDATE clients_client {MARQUE} WHERE id = %(client)s",
        f"UPDATE chantiers_chantier {MARQUE} WHERE client_id = %(client)s",
        INTERVENTIONS,
        f"UPDATE facturation_devis {MARQUE} WHERE client_id = %(client)s",
        f"UPDATE facturation_facture {MARQUE} WHERE client_id = %(client)s",
    ],
    RAMENER: [
        f"UPDATE {table} {LIBRE} WHERE supprime_lot = %(lot)s"
        for table in (
            "clients_client",
            "chantiers_chantier",
            "chantiers_intervention",
            "facturation_devis",
            "facturation_facture",
        )
    ],
}


def mesurer_corbeille(banc: Banc, *, tours: int) -> None:
    releves = Releves()
    for tour in json.loads(banc.python("-m", "bench.corbeille", str(tours))):
        for nom, duree in tour.items():
            releves.noter(nom, valeur=duree)
    dire(f"  {nombre(LIGNES)} lignes sous un client, {tours} tours, secondes (médianes) :")
    for geste in (JETER, RAMENER):
        produit, nu = f"{geste} {PRODUIT}", f"{geste} {NU}"
        tenu = "tenu" if releves.mediane(produit) <= CIBLE else "DÉPASSÉ"
        dire(
            f"  {geste:>12} : produit {releves.mediane(produit):.2f}, "
            f"SQL nu {releves.mediane(nu):.2f}, rapport {releves.rapport((produit,), (nu,)):.1f} ; "
            f"objectif {CIBLE:.0f} s {tenu}"
        )
    dire(charge_machine())


def executer(tours: int) -> list[dict[str, float]]:
    """In a process of the product: each round, both clients go and come back."""
    import django  # noqa: PLC0415 - after the environment is set

    django.setup()
    from artjardin.accounts.auteur import systeme  # noqa: PLC0415
    from artjardin.softdelete.services import restaurer, supprimer  # noqa: PLC0415
    from clients.models import Client  # noqa: PLC0415

    pk, nu = planter("LONG1"), planter("LONG2")
    client, par = Client.objects.get(pk=pk), systeme("banc")
    gestes: dict[str, Callable[[], object]] = {
        f"{JETER} {PRODUIT}": lambda: supprimer(client, par=par, motif="Banc"),
        f"{JETER} {NU}": lambda: mettre_a_jour(JETER, nu),
        f"{RAMENER} {PRODUIT}": lambda: restaurer(client, par=par),
        f"{RAMENER} {NU}": lambda: mettre_a_jour(RAMENER, nu),
    }
    rondes = [{nom: chronometrer(geste) for nom, geste in gestes.items()} for _ in range(tours + 1)]
    return rondes[1:]  # the first one warms up


def planter(code: str) -> int:
    """A client and all that hangs below; its id."""
    from django.db import connection, transaction  # noqa: PLC0415

    with transaction.atomic(), connection.cursor() as curseur:
        for table in ("clients_client", "chantiers_chantier") if code.endswith("1") else ():
            curseur.execute(REPRENDRE, {"table": table})
        curseur.execute(EMPLOYE, {"courriel": f"{code}@exemple.fr".lower()})
        valeurs = {"employe": curseur.fetchone()[0], "chantiers": CHANTIERS, "visites": VISITES}
        curseur.execute(CLIENT, {"code": code})
        valeurs["client"] = curseur.fetchone()[0]
        for requete in SUITE:
            curseur.execute(requete, valeurs)
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE")
    return int(valeurs["client"])


def mettre_a_jour(geste: str, client: int) -> None:
    from django.db import connection, transaction  # noqa: PLC0415

    with transaction.atomic(), connection.cursor() as curseur:
        for requete in NUES[geste]:
            curseur.execute(requete, {"client": client, "lot": LOT})


def chronometrer(geste: Callable[[], object]) -> float:
    debut = time.perf_counter()
    geste()
    return time.perf_counter() - debut


if __name__ == "__main__":
    sys.stdout.write(json.dumps(executer(int(sys.argv[1]))))
