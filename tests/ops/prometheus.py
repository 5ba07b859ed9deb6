"""A real Prometheus of Debian, that scrapes one address every second."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.artjardin.serveurs import port_libre

SURVEILLANCE = Path(__file__).parents[2] / "ops" / "monitoring"
CONFIGURATION = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [alertes.yml]
scrape_configs:
  - job_name: artjardin
    authorization: {{credentials_file: jeton}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def absent() -> str:
    """Why it cannot be tried here, or ""."""
    manquants = [nom for nom in ("prometheus", "promtool") if shutil.which(nom) is None]
    return f"{' et '.join(manquants)} : paquet Debian prometheus absent" if manquants else ""


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    commande = [shutil.which("promtool"), *arguments]
    return subprocess.run(commande, cwd=SURVEILLANCE, capture_output=True, text=True, check=False)


def presser(regles: str) -> str:
    """The rules, that ring after two seconds; silence is told after five."""
    presses = re.sub(r"^( +)for: .*$", r"\1for: 2s", regles, flags=re.MULTILINE)
    return presses.replace(
        "artjardin_processus_silence_secondes) > 180", "artjardin_processus_silence_secondes) > 5"
    )


class Serveur:
    def __init__(self, port: int) -> None:
        self._adresse = f"http://127.0.0.1:{port}/api/v1"

    def demander(self, chemin: str, **parametres: str) -> Any:
        question = urllib.parse.urlencode(parametres)
        with urllib.request.urlopen(f"{self._adresse}/{chemin}?{question}", timeout=5) as reponse:  # noqa: S310
            return json.load(reponse)["data"]

    def valeur(self, expression: str) -> float | None:
        """Of the only series; None when there is none."""
        resultat = self.demander("query", query=expression)["result"]
        return float(resultat[0]["value"][1]) if len(resultat) == 1 else None

    def regles(self) -> list[dict[str, Any]]:
        return [r for groupe in self.demander("rules")["groups"] for r in groupe["rules"]]

    def sonnent(self) -> set[tuple[str, str]]:
        """The alerts that ring, with what they name."""
        alertes = [a for a in self.demander("alerts")["alerts"] if a["state"] == "firing"]
        return {(a["labels"]["alertname"], _sujet(a["labels"])) for a in alertes}


def _sujet(libelles: dict[str, str]) -> str:
    noms = ("sonde", "role", "groupe", "entree", "tache", "controle", "file")
    return next((libelles[nom] for nom in noms if nom in libelles), "")


@contextmanager
def regarder(port: int, jeton: str, dossier: Path) -> Iterator[Serveur]:
    """Prometheus on a folder of its own, with the rules of the house pressed (`presser`)."""
    dossier.mkdir()
    regles = (SURVEILLANCE / "alertes.yml").read_text("utf-8")
    (dossier / "alertes.yml").write_text(presser(regles), "utf-8")
    (dossier / "prometheus.yml").write_text(CONFIGURATION.format(port=port), "utf-8")
    (dossier / "jeton").write_text(jeton, "ascii")
    ici = port_libre()
    commande = [
        "prometheus",
        "--config.file=prometheus.yml",
        f"--web.listen-address=127.0.0.1:{ici}",
    ]
    with (dossier / "journal").open("w") as sortie:
        programme = subprocess.Popen(
            [*commande, "--storage.tsdb.path=donnees"], cwd=dossier, stdout=sortie, stderr=sortie
        )
    serveur = Serveur(ici)
    try:
        attendre(lambda: serveur.valeur("up == 1"), pendant=30)
        yield serveur
    finally:
        programme.kill()
        programme.wait(10)


def attendre(condition: Callable[[], Any], *, pendant: float) -> Any:
    """What it gives once it is true; fails after so many seconds."""
    fin = time.monotonic() + pendant
    while True:
        try:
            vu = condition()
        except OSError:
            vu = None
        if vu:
            return vu
        assert time.monotonic() < fin, "rien ne vient"
        time.sleep(0.2)
