"""The table of alerts in docs/exploitation.md: `python -m tests.ops.alertes --ecrire`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "exploitation.md"
DEBUT, FIN = "<!-- alerts -->", "<!-- /alerts -->"


def lignes() -> Iterator[str]:
    """One for each thing watched, in the order of the health page."""
    from artjardin.alertes import Alertes  # noqa: PLC0415
    from ops.sante import registre  # noqa: PLC0415
    from ops.veille.consequences import CONSEQUENCES  # noqa: PLC0415
    from ops.veille.redaction import en_clair  # noqa: PLC0415

    yield "| alert | told after | what it means for the office | remedy |"
    yield "|---|---|---|---|"
    for sonde in registre.toutes():
        delai = Alertes().delai if sonde.delai is None else sonde.delai.total_seconds()
        quand = en_clair(delai) if delai else "at once"
        sens, remede = CONSEQUENCES[sonde.nom], sonde.remede
        yield f"| `{sonde.nom}`<br>{sonde.titre} | {quand} | {sens} | {remede} |"


def ecrite() -> list[str]:
    """The table as the document has it."""
    texte = DOCUMENT.read_text(encoding="utf-8")
    return texte[texte.index(DEBUT) + len(DEBUT) : texte.index(FIN)].strip().splitlines()


def main() -> None:
    texte = DOCUMENT.read_text(encoding="utf-8")
    avant, apres = texte[: texte.index(DEBUT)], texte[texte.index(FIN) :]
    table = "\n".join(lignes())
    if "--ecrire" in sys.argv:
        DOCUMENT.write_text(f"{avant}{DEBUT}\n{table}\n{apres}", encoding="utf-8")
    else:
        sys.stdout.write(table + "\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "artjardin.settings")
    import django

    django.setup()
    main()
