"""The sweep of the outbox, against smtplib alone on the same bytes and one connection.

The sweep is measured on one connection, then on as many as the task opens. The server is aiosmtpd
in a process of its own, which counts what it gets. The product claims each message under lock,
writes it, commits that it leaves, hands it over and writes its fate; `nu` only hands over what was
written before. A last run sends many messages and looks at the memory.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.banc import RACINE, Banc
from bench.mesures import Releves, charge_machine, dire, nombre
from bench.ouvriers import Ouvriers

CHAUFFE = 30
VOIES = 3  # as COURRIEL_CONNEXIONS
GENRES: dict[str, dict[str, Any]] = {
    "sans code, 1 connexion": {"code": False, "voies": 1},
    "sans code, 3 connexions": {"code": False, "voies": VOIES},
    "code QR, 1 connexion": {"code": True, "voies": 1},
    "code QR, 3 connexions": {"code": True, "voies": VOIES},
}


class Receveur:
    """The server of `bench.receveur`."""

    def __init__(self, processus: "subprocess.Popen[str]") -> None:
        self._processus = processus
        self.port = self._lire()["port"]

    def compter(self) -> dict[str, int]:
        self._processus.stdin.write("\n")  # type: ignore[union-attr]
        self._processus.stdin.flush()  # type: ignore[union-attr]
        return self._lire()

    def _lire(self) -> dict[str, int]:
        return json.loads(self._processus.stdout.readline())  # type: ignore[union-attr]


@contextmanager
def recevoir(banc: Banc) -> Iterator[Receveur]:
    commande = [sys.executable, "-m", "bench.receveur"]
    with subprocess.Popen(
        commande,
        cwd=RACINE,
        env=banc.environnement,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as processus:
        try:
            yield Receveur(processus)
        finally:
            processus.terminate()


def mesurer_envois(banc: Banc, *, tours: int, messages: int, beaucoup: int) -> None:
    """`messages` in each measure, then `beaucoup` in one sweep."""
    releves = Releves()
    with (
        recevoir(banc) as receveur,
        Ouvriers(banc, "bench.expediteur", 1, str(receveur.port)) as ouvriers,
    ):

        def envoyer(combien: int, *, code: bool, voies: int, nu: bool = True) -> dict[str, float]:
            ordre = {"combien": combien, "code": code, "voies": voies, "nu": nu}
            (fait,) = ouvriers.executer([ordre])
            verifier(receveur.compter(), combien, fois=1 + nu)
            return fait

        envoyer(CHAUFFE, code=True, voies=1)
        for tour in range(tours):
            dire(f"  tour {tour + 1} sur {tours}")
            for genre, options in GENRES.items():
                for nom, valeur in envoyer(messages, **options).items():
                    releves.noter(nom, genre, valeur=valeur)
        fait = envoyer(beaucoup, code=True, voies=VOIES, nu=False)
    rendre_compte(releves, fait, beaucoup)


def verifier(recu: dict[str, int], combien: int, *, fois: int) -> None:
    """Each message once, as often as it was sent. Raise RuntimeError."""
    if recu != {"messages": fois * combien, "distincts": combien}:
        raise RuntimeError(f"Le serveur a reçu {recu}, {combien} attendus.")


def rendre_compte(releves: Releves, fait: dict[str, float], beaucoup: int) -> None:
    dire()
    dire(" " * 23 + " | messages/s (étendue) : smtplib seul | produit       | CPU ms")
    for genre in GENRES:
        dire(
            f"{genre:>23} | {releves.mediane('nu', genre):>8.0f} {releves.etendue('nu', genre):>18}"
            f" | {releves.mediane('produit', genre):>5.0f} {releves.etendue('produit', genre):>9}"
            f" | {releves.mediane('calcul', genre):.2f}"
        )
    for genre in GENRES:
        rapport = releves.rapport(("produit", genre), ("nu", genre))
        dire(f"{genre} : {rapport:.2f} de smtplib seul (médiane des tours)")
    dire(
        f"{nombre(beaucoup)} messages d'un balayage : {fait['produit']:.0f} par seconde, "
        f"{fait['memoire']:.0f} Mo au plus, chacun une fois."
    )
    dire(charge_machine())
