"""The erasures, written beside the archives under lock: a restored backup brings nobody back
unseen. A number and a day, no name. What the store refused is written by the nightly purge.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.storage.coffres import DejaDepose, coffre_des_documents
from clients.models import Client

PREFIXE = "effacements/"
ACTION = "client.efface"
FORMAT = 1


class Effacement(NamedTuple):
    client: int
    le: date

    @property
    def cle(self) -> str:
        return f"{PREFIXE}{self.le:%Y/%m/%d}-client-{self.client}.json"

    def en_json(self) -> bytes:
        dit = {"format": FORMAT, "client": self.client, "le": self.le.isoformat()}
        return json.dumps(dit, sort_keys=True).encode()


def deposer_les_effacements() -> int:
    """Write those of the journal that the store does not have; return how many.

    Raise OSError (PANNES) when the store does not answer, or refuses.
    """
    coffre = coffre_des_documents()
    la = {objet.cle for objet in coffre.lister(PREFIXE)}
    manquants = [un for un in _du_journal() if un.cle not in la]
    jusqu_au = timezone.now().replace(microsecond=0)
    jusqu_au += relativedelta(years=settings.S3_RETENTION_ANNEES)
    for un in manquants:
        try:
            coffre.deposer(
                un.cle,
                un.en_json(),
                jusqu_au=jusqu_au,
                metadonnees={"client": str(un.client)},
                type_mime="application/json",
            )
        except DejaDepose:  # another run was first
            continue
    return len(manquants)


def a_effacer_de_nouveau() -> list[Client]:
    """After a restoration: the clients that were erased since the backup and have their name again.

    A card made after its erasure is another person's, whose number was given again. Raise OSError.
    """
    dates: dict[int, date] = {}
    for un in _deposes():
        dates[un.client] = max(un.le, dates.get(un.client, un.le))
    revenus = Client.tous.filter(pk__in=dates, anonymise_le=None).order_by("pk")
    return [c for c in revenus if timezone.localdate(c.cree_le) <= dates[c.pk]]


def _du_journal() -> Iterator[Effacement]:
    lignes = Entree.objects.filter(action=ACTION, objet_id__isnull=False).order_by("pk")
    for client, le in lignes.values_list("objet_id", "le"):
        yield Effacement(int(client or 0), timezone.localdate(le))


def _deposes() -> Iterator[Effacement]:
    coffre = coffre_des_documents()
    for objet in coffre.lister(PREFIXE):
        if not objet.est_marqueur:
            dit = json.loads(coffre.lire(objet.cle, objet.version))
            yield Effacement(int(dit["client"]), date.fromisoformat(dit["le"]))
