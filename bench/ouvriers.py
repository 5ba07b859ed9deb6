"""Processes that wait for orders and all start at once: concurrent clients of the services."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from artjardin.embarque import processus
from bench.banc import RACINE, Banc

Ordre = dict[str, Any]


class Ouvriers:
    """`nombre` processes `python -m module arguments` on the data of `banc`, for all rounds."""

    def __init__(self, banc: Banc, module: str, nombre: int, *arguments: str) -> None:
        self._commande = [sys.executable, "-m", module, *arguments]
        self._banc, self._nombre = banc, nombre
        self._journal: TextIO = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by __exit__
        self._processus: list[subprocess.Popen[str]] = []

    def __enter__(self) -> "Ouvriers":
        self._processus = [self._lancer() for _ in range(self._nombre)]
        for ouvrier in self._processus:
            self._lire(ouvrier)  # says that it is ready
        return self

    def __exit__(self, *_: object) -> None:
        for ouvrier in self._processus:
            if ouvrier.stdin:
                ouvrier.stdin.close()
        for ouvrier in self._processus:
            try:
                ouvrier.wait(10)
            except subprocess.TimeoutExpired:
                ouvrier.kill()
                ouvrier.wait()
            if ouvrier.stdout:
                ouvrier.stdout.close()
        self._journal.close()

    def executer(self, ordres: Sequence[Ordre]) -> list[Ordre]:
        """One order to each of the first processes, all at once; their answers."""
        actifs = self._processus[: len(ordres)]
        for ouvrier, ordre in zip(actifs, ordres, strict=True):
            ouvrier.stdin.write(json.dumps(ordre) + "\n")  # type: ignore[union-attr]
            ouvrier.stdin.flush()  # type: ignore[union-attr]
        return [self._lire(ouvrier) for ouvrier in actifs]

    def _lancer(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self._commande,
            cwd=RACINE,
            env=self._banc.environnement,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._journal,
            text=True,
            preexec_fn=processus.mourir_avec_le_parent,  # noqa: PLW1509 - no thread yet
        )

    def _lire(self, ouvrier: "subprocess.Popen[str]") -> Ordre:
        ligne = ouvrier.stdout.readline()  # type: ignore[union-attr]
        if not ligne:
            self._journal.seek(0)
            raise RuntimeError(f"{self._commande} : {self._journal.read()[-3000:]}")
        return json.loads(ligne)


def servir(executer: Callable[[Ordre], Ordre]) -> None:
    """The other end: run each order read on the standard input, until it is closed."""
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    for ligne in sys.stdin:
        sys.stdout.write(json.dumps(executer(json.loads(ligne))) + "\n")
        sys.stdout.flush()
