"""Issuing invoices of five lines on one series, against the same transaction in bare SQL.

One client, then eight at once: processes, as the web has. Each issue locks its draft, then the
counter of its series until its commit is on disk, so eight clients wait for each other there.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from statistics import median

from bench.banc import Banc
from bench.brouillons import SERIE_NUE
from bench.mesures import Releves, charge_machine, dire, nombre
from bench.ouvriers import Ouvriers
from bench.processeur import Processeur

LIGNES = 5
CLIENTS = (1, 8)
CHAUFFE = 10  # documents per client, before any measure
NU, PRODUIT = "nu", "produit"
SERIES = {PRODUIT: "FAC", NU: SERIE_NUE}
FOIS = {PRODUIT: 1, NU: 4}  # the bare program issues more of them, to last long enough


def mesurer_emission(banc: Banc, *, tours: int, documents: int) -> None:
    """`documents`: how many the product issues in each measure."""
    releves = Releves()
    banc.python("-m", "bench.brouillons", "modele", str(LIGNES))
    total = {
        quoi: CHAUFFE * max(CLIENTS) + tours * len(CLIENTS) * documents * fois
        for quoi, fois in FOIS.items()
    }
    copies = banc.python("-m", "bench.brouillons", "copier", str(sum(total.values())))
    brouillons = iter(json.loads(copies)["factures"])
    with ExitStack() as pile:
        ouvriers = {
            quoi: pile.enter_context(Ouvriers(banc, "bench.emetteur", max(CLIENTS), quoi))
            for quoi in FOIS
        }
        for equipe in ouvriers.values():
            emettre(equipe, prendre(brouillons, CHAUFFE * max(CLIENTS)), max(CLIENTS))
        for tour in range(tours):
            dire(f"  tour {tour + 1} sur {tours}")
            for clients in CLIENTS:
                for quoi, fois in FOIS.items():
                    lot = prendre(brouillons, documents * fois)
                    processeur = Processeur(os.getpid(), banc.dossier)
                    mesure = emettre(ouvriers[quoi], lot, clients)
                    mesure["base"] = processeur.depuis(len(lot)).base
                    for nom, valeur in mesure.items():
                        releves.noter(nom, quoi, clients, valeur=valeur)
    verifier(banc, {SERIES[quoi]: total[quoi] for quoi in FOIS})
    rendre_compte(releves, total[PRODUIT])


def prendre(brouillons: Iterator[int], combien: int) -> list[int]:
    return list(islice(brouillons, combien))


def emettre(ouvriers: Ouvriers, factures: Sequence[int], clients: int) -> dict[str, float]:
    """Documents per second, and by document: median wait and processor of the client, in ms."""
    parts = [{"factures": factures[rang::clients]} for rang in range(clients)]
    faits = ouvriers.executer(parts)
    duree = max(fait["fin"] for fait in faits) - min(fait["debut"] for fait in faits)
    return {
        "debit": len(factures) / duree,
        "attente": median(a for fait in faits for a in fait["attentes"]) * 1000,
        "client": sum(fait["processeur"] for fait in faits) / len(factures) * 1000,
    }


def verifier(banc: Banc, attendus: dict[str, int]) -> None:
    """No gap, no double, every link in its place, as many as were asked. Raise RuntimeError."""
    vu = json.loads(banc.python("-m", "bench.brouillons", "controler"))
    if vu["anomalies"]:
        raise RuntimeError("\n".join(vu["anomalies"][:20]))
    attendus["FAC"] += 1  # the model
    if vu["series"] != attendus:
        raise RuntimeError(f"Séries {vu['series']}, {attendus} attendues.")


def rendre_compte(releves: Releves, documents: int) -> None:
    dire()
    dire(" clients           | factures/s  (étendue) | attente ms | CPU ms : client + PostgreSQL")
    for clients in CLIENTS:
        for quoi in (NU, PRODUIT):
            dire(
                f"{clients:>8} {quoi:>9} | {releves.mediane('debit', quoi, clients):>10.0f} "
                f"{releves.etendue('debit', quoi, clients):>10} | "
                f"{releves.mediane('attente', quoi, clients):>10.1f} | "
                f"{releves.mediane('client', quoi, clients):>9.2f} + "
                f"{releves.mediane('base', quoi, clients):.2f}"
            )
    for clients in CLIENTS:
        rapport = releves.rapport(("debit", PRODUIT, clients), ("debit", NU, clients))
        dire(f"{clients} client(s) : {rapport:.2f} du SQL nu (médiane des tours)")
    dire(f"{nombre(documents)} factures émises : ni trou, ni double, chaîne entière.")
    dire(charge_machine())
