"""The plan of a day's reminders, against the bare SQL that selects those to send.

Run as a program, it times one of the two on the data of the environment, in a process of its own
so that the peak of memory is that of one plan, and prints the figures as JSON.
"""

import hashlib
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

# What is left of each invoice, and what may be asked of it: not a retention that is not due
SOLDES = """
    SELECT s.*, s.solde - CASE WHEN t.echeance IS NULL OR t.echeance > %(au)s
            THEN coalesce(t.montant, 0) ELSE 0 END AS exigible,
        CASE WHEN t.echeance <= %(au)s AND s.solde <= t.montant
            THEN t.echeance ELSE s.echeance END AS exigible_le
    FROM (
        SELECT f.id, f.numero, f.client_id, f.echeance,
            f.total_ttc - coalesce(i.montant, 0) - coalesce(a.montant, 0) AS solde
        FROM facturation_facture f
        LEFT JOIN (
            SELECT facture_id, sum(montant) AS montant FROM facturation_imputation
            GROUP BY facture_id
        ) i ON i.facture_id = f.id
        LEFT JOIN (
            SELECT origine_id, sum(total_ttc) AS montant FROM facturation_facture
            WHERE statut = 'emise' AND origine_id IS NOT NULL GROUP BY origine_id
        ) a ON a.origine_id = f.id
        WHERE f.statut = 'emise' AND f.type <> 'avoir' AND f.supprime_le IS NULL
    ) s LEFT JOIN facturation_retenue t ON t.facture_id = s.id
"""
# Same columns and same rows as `Plan.a_relancer`; levels climb one by one, `p.avant` to `p.jours`
PRETES = f"""
    SELECT f.id, f.numero, f.client_id, c.code, f.exigible_le, f.exigible, c.email, p.jours,
        r.dernier, p.ton
    FROM ({SOLDES}) f
    JOIN clients_client c ON c.id = f.client_id
    LEFT JOIN (
        SELECT l.facture_id, max(n.jours) AS jours, max(l.jour) AS dernier
        FROM relances_relance l JOIN relances_niveau n ON n.id = l.niveau_id
        WHERE l.annulee_le IS NULL GROUP BY l.facture_id
    ) r ON r.facture_id = f.id
    JOIN (
        SELECT d.type_client, n.jours, n.ton, n.delai_minimum,
            lag(n.jours, 1, 0::smallint) OVER (PARTITION BY n.plan_id ORDER BY n.jours) AS avant
        FROM relances_niveau n JOIN relances_planderelance d ON d.id = n.plan_id WHERE n.actif
    ) p ON p.type_client = c.type AND p.avant = coalesce(r.jours, 0)
    WHERE f.solde > 0 AND f.exigible >= 5 AND f.exigible_le <= %(au)s::date - p.jours
        AND (r.dernier IS NULL OR r.dernier <= %(au)s::date - p.delai_minimum)
        AND c.supprime_le IS NULL AND c.email <> ''
        AND NOT coalesce(c.exclusion_le <= %(au)s
            AND (c.exclusion_fin IS NULL OR c.exclusion_fin >= %(au)s), false)
        AND NOT EXISTS (
            SELECT FROM facturation_litige t WHERE t.facture_id = f.id AND t.clos_le IS NULL
        )
        AND NOT EXISTS (
            SELECT FROM facturation_prelevement d
            WHERE d.facture_id = f.id AND d.rejete_le IS NULL
        )
        AND NOT EXISTS (
            SELECT FROM relances_suspension s
            WHERE s.client_id = f.client_id AND s.levee_le IS NULL AND s.debut <= %(au)s
                AND (s.fin IS NULL OR s.fin >= %(au)s)
                AND (s.facture_id IS NULL OR s.facture_id = f.id)
        )
"""
# One message a week for a client; a formal notice alone
REQUETE = f"""
    WITH pretes AS ({PRETES}), recents AS (
        SELECT f.client_id FROM facturation_facture f
        JOIN relances_relance l ON l.facture_id = f.id
        WHERE l.annulee_le IS NULL AND l.jour > %(au)s::date - 7
    )
    SELECT id, numero, client_id, code, exigible_le, exigible, email, jours, dernier FROM pretes
    WHERE client_id NOT IN (SELECT client_id FROM recents) AND (
        ton = 'mise_en_demeure'
        OR client_id NOT IN (SELECT client_id FROM pretes WHERE ton = 'mise_en_demeure')
    )
"""


def mesurer_plan(banc: Banc, *, tours: int) -> None:
    releves = Releves()
    lues: set[tuple[int, str]] = set()
    for tour in range(tours):
        dire(f"  tour {tour + 1} sur {tours}")
        for quoi in ("nu", "produit"):
            releve = json.loads(banc.python("-m", "bench.plan", quoi))
            lues.add((releve.pop("a_relancer"), releve.pop("empreinte")))
            for nom, valeur in releve.items():
                releves.noter(quoi, nom, valeur=valeur)
    if len(lues) > 1:
        raise RuntimeError("Le plan et le SQL nu ne rendent pas les mêmes lignes.")
    [(attendues, _)] = lues
    if not attendues:
        raise RuntimeError("Personne n'est à relancer : il n'y a rien à mesurer.")
    rendre_compte(banc, attendues, releves)


def rendre_compte(banc: Banc, attendues: int, releves: Releves) -> None:
    dire(f"\n{nombre(attendues)} factures à relancer sur {nombre(banc.factures)}")
    for quoi in ("nu", "produit"):
        dire(
            f"{quoi:>8} : {releves.mediane(quoi, 'secondes'):.2f} s, mémoire de pointe "
            f"{releves.mediane(quoi, 'mo'):.0f} Mo (dont {releves.mediane(quoi, 'mo_avant'):.0f} "
            "avant de commencer)"
        )
    rapport = releves.rapport(("produit", "secondes"), ("nu", "secondes"))
    dire(f"le plan prend {rapport:.2f} fois le temps du SQL nu (médiane des tours)")


def relever(quoi: str) -> dict[str, Any]:
    """Time one of the two, once, in this process."""
    avant = pointe()
    debut = time.perf_counter()
    lues = planifier_nu() if quoi == "nu" else planifier_tout()
    duree = time.perf_counter() - debut
    mo = pointe()
    lignes = sorted(lues if quoi == "nu" else map(en_ligne, lues))
    empreinte = hashlib.sha256(repr(lignes).encode()).hexdigest()
    return {
        "a_relancer": len(lignes),
        "empreinte": empreinte,
        "secondes": duree,
        "mo": mo,
        "mo_avant": avant,
    }


def planifier_nu() -> list[Any]:
    with psycopg.connect(adresses.url_postgres(settings.DONNEES)) as connexion:
        return connexion.execute(REQUETE, {"au": AU}).fetchall()


def planifier_tout() -> list[Any]:
    from relances.plan import planifier  # noqa: PLC0415 - once Django is set up

    return planifier(au=AU).a_relancer


def en_ligne(ligne: Any) -> tuple[Any, ...]:
    """A line of the plan as the bare query gives it."""
    f = ligne.faits
    parties = (f.facture_id, f.numero, f.client_id, f.client_code, f.echeance, f.solde, f.email)
    return (*parties, ligne.niveau.jours, f.dernier)


def pointe() -> float:
    """Peak of resident memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    django.setup()
    import relances.plan  # noqa: F401 - not to be counted in the plan's time

    sys.stdout.write(json.dumps(relever(sys.argv[1])))
