"""Known vulnerabilities of the locked packages, by pip-audit: `make check` runs it.

Exits with 1 when a package is known to be vulnerable. Where the registry does not answer, or knows
nothing of vulnerabilities, says so at once and goes on: a machine without network can still be
worked on.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

VERROU = "requirements.lock"
TEMOIN = "django"  # asked alone first: any registry of vulnerabilities knows it
PATIENCE, PATIENCE_TEMOIN = 120, 15  # seconds
PIP_AUDIT = [str(Path(sys.executable).parent / "pip-audit"), "--disable-pip", "--timeout=5"]
FORME = ["--progress-spinner=off", "--format=json"]
OPTIONS = [*FORME, f"--requirement={VERROU}"]


def examiner(
    temoin: Sequence[str], tous: Sequence[str], *, patience: float = PATIENCE_TEMOIN
) -> tuple[int, str]:
    """The exit status, and what to say; `tous` is asked only if `temoin` is known."""
    connu = lire(temoin, patience=patience)
    if not connu or "skip_reason" in connu[0]:
        return juger(connu)
    return juger(lire(tous))


def lire(commande: Sequence[str], *, patience: float = PATIENCE) -> list[dict[str, Any]] | None:
    """What is known of each package; None when the registry was not reached."""
    try:
        fait = subprocess.run(
            commande, capture_output=True, text=True, timeout=patience, check=False
        )
        return json.loads(fait.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def juger(paquets: Sequence[dict[str, Any]] | None) -> tuple[int, str]:
    """The exit status, and what to say."""
    if paquets is None:
        return 0, "pip-audit : le registre ne répond pas, rien n'est vérifié."
    failles = [
        f"- {paquet['name']} {paquet['version']} : {faille['id']}, corrigée dans "
        f"{', '.join(faille['fix_versions']) or 'aucune version'}"
        for paquet in paquets
        for faille in paquet.get("vulns", [])
    ]
    if failles:
        return 1, "\n".join(["pip-audit : des paquets ont des failles connues.", *failles])
    sautes = sum("skip_reason" in paquet for paquet in paquets)
    vus = len(paquets) - sautes
    if not vus:
        return 0, "pip-audit : le registre ne connaît aucun paquet, rien n'est vérifié."
    reste = f" ; le registre n'en connaît pas {sautes}" if sautes else ""
    return 0, f"pip-audit : pas de faille connue dans {vus} paquets{reste}."


def version_de(nom: str) -> str:
    """« django==5.2.9 », as locked."""
    verrou = Path(VERROU).read_text(encoding="utf-8")
    return re.findall(rf"^{nom}==[^\s;]+", verrou, re.MULTILINE)[0]


if __name__ == "__main__":
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as demande:
        demande.write(version_de(TEMOIN))
        demande.flush()
        une = [*PIP_AUDIT, *FORME, "--no-deps", f"--requirement={demande.name}"]
        statut, message = examiner(une, [*PIP_AUDIT, *OPTIONS])
    sys.stderr.write(f"{message}\n")
    sys.exit(statut)
