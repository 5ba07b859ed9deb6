"""The list of 50 invoices with client, site and balance, through the real HTTP server.

Against two bare limits: `nu` is psycopg's json_agg of the same rows in one process without HTTP,
`nu HTTP` the same behind the least WSGI callable, in the same server under the same load.
"""

import base64
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench import nue
from bench.banc import Banc
from bench.charge import Charge, Cible, demander
from bench.donnees import JETON
from bench.mesures import Releves, dire, nombre
from bench.processeur import Processeur
from bench.serveurs import NU, PRODUIT, Serveur, servir

PAGES = ("première", "profonde")
CHAUFFE = 3.0


@dataclass(frozen=True)
class Table:
    """What is measured at one number of invoices."""

    banc: Banc
    produit: Serveur
    nu: Serveur

    @property
    def factures(self) -> int:
        return self.banc.factures

    def avant(self, page: str) -> int:
        """The page holds the 50 invoices before this id: the last ones, or nine tenths down."""
        return nue.PREMIERE_PAGE if page == "première" else self.factures // 10

    def cible(self, page: str) -> Cible:
        rang = self.avant(page)
        # As artjardin.api.pagination.Place writes it
        position = base64.urlsafe_b64encode(json.dumps([False, str(rang), rang]).encode()).decode()
        suite = "" if page == "première" else f"?curseur={position}"
        return Cible(self.produit.port, f"/api/v1/factures/{suite}", JETON)

    def cible_nue(self, page: str) -> Cible:
        return Cible(self.nu.port, f"/?avant={self.avant(page)}")


def mesurer_liste(bancs: Sequence[Banc], *, tours: int, duree: float) -> None:
    releves = Releves()
    with ExitStack() as pile:
        charge = pile.enter_context(Charge())
        tables = [
            Table(banc, *(pile.enter_context(servir(banc, quoi)) for quoi in (PRODUIT, NU)))
            for banc in bancs
        ]
        for table in tables:
            preparer(table, charge)
        for tour in range(tours):
            dire(f"  tour {tour + 1} sur {tours}")
            for page in PAGES:
                for table in tables:
                    un_tour(table, page, charge=charge, duree=duree, releves=releves)
    rendre_compte(tables, releves)


def preparer(table: Table, charge: Charge) -> None:
    """Both must answer the same rows; then load them until every worker has started."""
    for page in PAGES:
        attendu = json.loads(demander(table.cible_nue(page)))
        if json.loads(demander(table.cible(page)))["results"] != attendu:
            raise RuntimeError("Le produit et le SQL nu ne rendent pas les mêmes lignes.")
        charge.mesurer(table.cible(page), duree=CHAUFFE)
        charge.mesurer(table.cible_nue(page), duree=CHAUFFE / 3)


def un_tour(table: Table, page: str, *, charge: Charge, duree: float, releves: Releves) -> None:
    """The bare server, then the product, then bare psycopg, one right after the other."""
    taille = table.factures
    for quoi, serveur, cible in (
        ("nu HTTP", table.nu, table.cible_nue(page)),
        ("produit", table.produit, table.cible(page)),
    ):
        processeur = Processeur(serveur.pid, table.banc.dossier)
        debit = charge.mesurer(cible, duree=duree)
        couts = processeur.depuis(debit.par_seconde * duree)
        releves.noter(quoi, page, taille, valeur=debit.par_seconde)
        releves.noter("attente", quoi, page, taille, valeur=debit.attente * 1000)
        releves.noter("serveur", quoi, page, taille, valeur=couts.serveur)
        releves.noter("base", quoi, page, taille, valeur=couts.base)
    releves.noter("nu", page, taille, valeur=debit_nu(table, page, duree=duree / 2))


def debit_nu(table: Table, page: str, *, duree: float) -> float:
    """Pages per second of one connection, in this process, without HTTP."""
    with nue.connecter(table.banc.dossier) as connexion:
        for _ in range(20):
            nue.lire(connexion, table.avant(page))
        debut, lus = time.perf_counter(), 0
        while time.perf_counter() - debut < duree:
            nue.lire(connexion, table.avant(page))
            lus += 1
        return lus / (time.perf_counter() - debut)


def rendre_compte(tables: Sequence[Table], releves: Releves) -> None:
    dire()
    dire(
        "  factures      page | produit  (étendue)  nu HTTP     nu | "
        "/nu HTTP    /nu | attente | CPU"
    )
    for table in tables:
        for page in PAGES:
            dire(ligne(table.factures, page, releves))
    dire("requêtes/s, médianes des tours ; rapports pris tour par tour ; attente médiane en ms")
    dire("à 16 connexions ; CPU en ms par requête, serveur + PostgreSQL, et le même pour nu HTTP.")
    for page in PAGES:
        dire(ralentissement(tables[0].factures, tables[-1].factures, page, releves))


def ligne(taille: int, page: str, releves: Releves) -> str:
    produit, nu_http, nu = ((quoi, page, taille) for quoi in ("produit", "nu HTTP", "nu"))
    debits = [releves.mediane(*quoi) for quoi in (nu_http, nu)]
    rapports = [releves.rapport(produit, quoi) for quoi in (nu_http, nu)]
    couts = [
        f"{releves.mediane('serveur', *quoi):.2f} + {releves.mediane('base', *quoi):.2f}"
        for quoi in (produit, nu_http)
    ]
    return (
        f"{nombre(taille):>10} {page:>9} | {releves.mediane(*produit):>7.0f} "
        f"{releves.etendue(*produit):>10} {debits[0]:>8.0f} {debits[1]:>6.0f} | "
        f"{rapports[0]:>8.2f} {rapports[1]:>6.2f} | {releves.mediane('attente', *produit):>7.1f} | "
        f"{couts[0]} (nu {couts[1]})"
    )


def ralentissement(petite: int, grande: int, page: str, releves: Releves) -> str:
    produit, nu = (
        releves.rapport((quoi, page, petite), (quoi, page, grande))
        for quoi in ("produit", "nu HTTP")
    )
    return (
        f"page {page} : {produit:.2f} fois plus lente à {nombre(grande)} qu'à {nombre(petite)} "
        f"factures (nu HTTP : {nu:.2f})"
    )
