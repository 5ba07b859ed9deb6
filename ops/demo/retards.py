"""Who is late, by how many days, and what becomes of it: one line for each case. Pure.

Weekends take up to two days off these delays, and the runs of the past weeks (`PASSAGES`) move to a
working day: the numbers are chosen so that each case is met on any day of loading.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

PASSAGES = (28, 18, 8)  # days before the end of the story

# (case, days late, where: a private person without email, a firm, or anybody with an email)
CAS = (
    ("exclu", 51, ""), ("exclu", 66, ""), ("litige", 49, ""), ("litige", 76, ""),
    # by post: a first letter to write, one printed and not posted, a formal notice received
    ("lettre", 35, "sans_email"), ("a_poster", 36, "sans_email"), ("recommande", 78, "sans_email"),
    # the first level, the second, nothing today, the formal notice, and all of them made
    ("", 32, ""), ("", 36, ""), ("", 47, ""), ("", 48, ""), ("", 52, ""), ("", 43, ""),
    ("", 64, "pro"), ("", 65, ""), ("", 90, ""), ("", 120, "pro"), ("plan", 33, "pro"),
    ("deux", 37, ""), ("deux", 65, ""),
    ("promesse", 50, ""), ("rompue", 64, ""), ("tenue", 49, ""),
    ("pause", 51, ""), ("exclusion", 58, ""), ("credit", 49, ""),
    ("rebond", 66, ""), ("echec", 43, ""), ("incertain", 44, ""),
    ("preleve", 33, "pro"), ("rejete", 36, "pro"),
    # late, and under the first level
    ("recent", 7, ""), ("recent", 13, ""), ("recent", 20, ""), ("recent", 28, ""),
)  # fmt: skip
PRELEVES = ("preleve", "rejete")
EN_RETARD = len(CAS) - 1  # once the promise that is kept has been paid


class Retard(NamedTuple):
    cas: str
    jours: int
    client: int


class Retards:
    """Gives each case a client of its own; the two invoices of « deux » have the same one."""

    def __init__(self, clients: list[dict[str, Any]]) -> None:
        simples = [rang for rang, client in enumerate(clients) if not client["fin_de_mois"]]
        pris: set[int] = set()
        siens: dict[str, int] = {}
        self.liste = []
        for cas, jours, ou in CAS:
            client = next(r for r in simples if r not in pris and lieu(clients[r]) == ou)
            if cas == "deux":
                client = siens.setdefault(cas, client)
            pris.add(client)
            self.liste.append(Retard(cas, jours, client))

    def __iter__(self) -> Iterator[Retard]:
        return iter(self.liste)

    def clients_de(self, *cas: str) -> list[int]:
        """Ranks of the clients of these cases."""
        return [retard.client for retard in self if retard.cas in cas]

    @property
    def preleves(self) -> list[int]:
        """Ranks of the clients who gave a mandate."""
        return self.clients_de(*PRELEVES)


def lieu(client: dict[str, Any]) -> str:
    """Where `CAS` looks for a client.

    >>> lieu({"type": "particulier", "email": ""}), lieu({"type": "professionnel", "email": "a@b"})
    ('sans_email', 'pro')
    """
    if client["type"] == "particulier":
        return "" if client["email"] else "sans_email"
    return "pro"
