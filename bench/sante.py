"""What five hundred probes a second of the health cost the API, beside the same probes elsewhere.

The same probes on a granian that only answers « ok », on the same machine, tell what the probes
themselves cost: sending, taking and reading them.
"""

import selectors
import socket
import time
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from itertools import cycle

from artjardin.embarque import adresses
from bench.banc import Banc
from bench.charge import Charge, Cible, fermer, recevoir
from bench.donnees import JETON
from bench.mesures import Releves, charge_machine, dire
from bench.serveurs import MUET, PRODUIT, servir

PAR_SECONDE = 500
CONNEXIONS = 5
CHAUFFE = 3.0
ATTENTE = 0.3  # seconds between the first probes and the measure


def mesurer_sante(banc: Banc, *, tours: int, duree: float) -> None:
    releves = Releves()
    with ExitStack() as pile:
        charge = pile.enter_context(Charge())
        sondeur = pile.enter_context(ProcessPoolExecutor(1))
        produit, muet = (pile.enter_context(servir(banc, quoi)) for quoi in (PRODUIT, MUET))
        api = Cible(produit.port, "/api/v1/factures/", JETON)
        charge.mesurer(api, duree=CHAUFFE)
        sondes = {
            "rien": [],
            "ailleurs": [Cible(muet.port, "/")],
            **_les_notres(banc, produit.port),
        }
        for tour in range(tours):
            dire(f"  tour {tour + 1} sur {tours}")
            for quoi, cibles in sondes.items():
                _un_tour(quoi, cibles, api, sondeur, charge, duree=duree, releves=releves)
    _rendre_compte(releves, sondes)


def _les_notres(banc: Banc, port: int) -> dict[str, list[Cible]]:
    jeton = adresses.jeton_de_surveillance(banc.dossier)
    detail = Cible(port, "/health/detailed", jeton)
    seules = {"/live": Cible(port, "/live"), "/ready": Cible(port, "/ready"), "détail": detail}
    return {quoi: [cible] for quoi, cible in seules.items()} | {"les trois": [*seules.values()]}


def _un_tour(
    quoi: str,
    cibles: list[Cible],
    api: Cible,
    sondeur: ProcessPoolExecutor,
    charge: Charge,
    *,
    duree: float,
    releves: Releves,
) -> None:
    attendu: Future[list[float]] | None = None
    if cibles:
        attendu = sondeur.submit(sonder, cibles, duree + 2 * ATTENTE)
        time.sleep(ATTENTE)
    debit = charge.mesurer(api, duree=duree)
    releves.noter("api", quoi, valeur=debit.par_seconde)
    if attendu is not None:
        durees = attendu.result()
        releves.noter("sondes", quoi, valeur=len(durees) / (duree + 2 * ATTENTE))
        releves.noter("pire", quoi, valeur=max(durees) * 1000)


def sonder(cibles: list[Cible], duree: float) -> list[float]:
    """Probes at a steady pace for so long, each answered before its connection is used again; how
    long each took, in seconds. The status is not looked at: a bench has no worker to be found.
    """
    durees: list[float] = []
    demandes = cycle([(cible.port, cible.requete) for cible in cibles])
    with selectors.DefaultSelector() as lecteur:
        libres: dict[int, list[socket.socket]] = {cible.port: [] for cible in cibles}
        for port, prises in libres.items():
            for _ in range(CONNEXIONS):
                prises.append(socket.create_connection(("127.0.0.1", port), 5))
        debut, envoyees = time.perf_counter(), 0
        while (passe := time.perf_counter() - debut) < duree:
            while envoyees < passe * PAR_SECONDE:
                port, requete = next(demandes)
                envoyees += 1
                if not libres[port]:
                    break
                prise = libres[port].pop()
                prise.sendall(requete)
                lecteur.register(prise, selectors.EVENT_READ, (port, time.perf_counter()))
            for cle, _ in lecteur.select(1 / PAR_SECONDE):
                port, depart = cle.data
                recevoir(cle.fileobj)  # type: ignore[arg-type]
                durees.append(time.perf_counter() - depart)
                lecteur.unregister(cle.fileobj)
                libres[port].append(cle.fileobj)  # type: ignore[arg-type]
        fermer([prise for prises in libres.values() for prise in prises])
    return durees


def _rendre_compte(releves: Releves, sondes: dict[str, list[Cible]]) -> None:
    dire()
    dire("  500 sondes/s |    API  (étendue)  /rien  /ailleurs | sondes/s  pire")
    for quoi in sondes:
        debit = f"{releves.mediane('api', quoi):>6.0f} {releves.etendue('api', quoi):>11}"
        rapports = [
            f"{releves.rapport(('api', quoi), ('api', contre)):>6.2f}"
            for contre in ("rien", "ailleurs")
        ]
        fin = ""
        if quoi != "rien":
            fin = f"{releves.mediane('sondes', quoi):>8.0f} {releves.mediane('pire', quoi):>5.0f}"
        dire(f"{quoi:>14} | {debit}  {rapports[0]}     {rapports[1]} | {fin}")
    dire(
        "API : pages de 50 factures par seconde, à 16 connexions ; pire attente d'une sonde en ms."
    )
    dire(charge_machine())
