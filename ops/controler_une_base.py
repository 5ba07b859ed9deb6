"""A process that runs the product's checks on another database: its URL in, one JSON line out."""

import json
import sys

from artjardin import settings
from artjardin.branchements import BASE_CONTROLES


def main() -> None:
    """Migrate it if this code is newer than the backup, then check numbers, chains and journal."""
    demande = json.loads(sys.stdin.read())
    settings.DATABASES["default"] = settings.base(demande["url"], bassin=0)

    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils.module_loading import import_string  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False, sans_sauvegarde=True)
    lus: dict[str, int] = {}
    anomalies: list[str] = []
    for nom, chemin in BASE_CONTROLES.items():
        bilan = import_string(chemin)()
        lus |= bilan.lus
        anomalies += [f"{nom} : {anomalie}" for anomalie in bilan.anomalies]
    sys.stdout.write(json.dumps({"lus": lus, "anomalies": anomalies}) + "\n")


if __name__ == "__main__":
    main()
