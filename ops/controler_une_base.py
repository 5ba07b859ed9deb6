"""A process whose database is another one: what it is asked in, one line of JSON out.

{"url": …, "migrer": bring its schema to this code's, "controler": numbers, chains and journal,
"restauree": {"nom", "lignes", "par"}: write in it that it is a restored backup, before it serves}
"""

import json
import sys
from typing import Any

from artjardin import settings
from artjardin.branchements import BASE_CONTROLES
from artjardin.connexions import base


def main() -> None:
    """Answer one demand: {"lus": {…}, "anomalies": […]}."""
    demande = json.loads(sys.stdin.read())
    settings.DATABASES["default"] = base(demande["url"], bassin=0)

    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    if demande.get("migrer"):
        call_command("migrate", verbosity=0, interactive=False, sans_sauvegarde=True)
    if restauree := demande.get("restauree"):
        from ops.reprise import marquer  # noqa: PLC0415

        marquer(**restauree)
    reponse = _controler() if demande.get("controler") else {"lus": {}, "anomalies": []}
    sys.stdout.write(json.dumps(reponse) + "\n")


def _controler() -> dict[str, Any]:
    from django.utils.module_loading import import_string  # noqa: PLC0415

    lus: dict[str, int] = {}
    anomalies: list[str] = []
    for nom, chemin in BASE_CONTROLES.items():
        bilan = import_string(chemin)()
        lus |= bilan.lus
        anomalies += [f"{nom} : {anomalie}" for anomalie in bilan.anomalies]
    return {"lus": lus, "anomalies": anomalies}


if __name__ == "__main__":
    main()
