"""Sixty days of reminders, from Monday 2 March to Tuesday 5 May 2026, as a bookkeeper writes them.

The expected sequences are worked out by hand, on a calendar: `docs/relances.md` shows them. In
these weeks: Easter Monday (6 April), 1 May, the change of hour (29 March), two days when the
machine is off (19 and 20 March), twelve days without a look at the bank (to 8 April, 10:15).
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

DEBUT, FIN = date(2026, 3, 2), date(2026, 5, 5)
PANNE = (date(2026, 3, 19), date(2026, 3, 20))
# When the office enters what the bank shows, besides the payments of the scenario
RELEVES = [(3, 6), (3, 13), (3, 21), (3, 27), (4, 10), (4, 17), (4, 24), (4, 30)]
MAIL, LETTRE, LES_DEUX = "courriel", "poste", "les_deux"


class Attente(NamedTuple):
    """An invoice: its type of client, its due date, what happens to it, what reaches the client."""

    genre: str
    echeance: tuple[int, int, int]
    histoire: str
    suite: list[tuple[int, int, int, str]]  # month, day, level, way


ATTENDU = {
    "F01": Attente(
        "particulier", (2026, 1, 31), "rien",
        [(3, 2, 30, MAIL), (3, 17, 45, MAIL), (4, 1, 60, LES_DEUX)],
    ),
    "F02": Attente(
        "professionnel", (2026, 2, 6), "J+30 un dimanche, J+60 sans nouvelle de la banque",
        [(3, 9, 30, MAIL), (3, 23, 45, MAIL), (4, 8, 60, LES_DEUX)],
    ),
    "F03": Attente(
        "syndic", (2026, 2, 5), "J+30 un samedi, J+45 un dimanche, J+60 le lundi de Pâques",
        [(3, 7, 30, MAIL), (3, 23, 45, MAIL), (4, 8, 60, LES_DEUX)],
    ),
    "F04": Attente(
        "particulier", (2025, 12, 1), "déjà trois mois de retard : un niveau par semaine",
        [(3, 2, 30, MAIL), (3, 9, 45, MAIL), (3, 16, 60, LES_DEUX)],
    ),
    "F05": Attente(
        "professionnel", (2026, 1, 31), "sans adresse e-mail, lettres postées le jour même",
        [(3, 2, 30, LETTRE), (3, 17, 45, LETTRE), (4, 1, 60, LETTRE)],
    ),
    "F06": Attente(
        "particulier", (2026, 1, 31), "sans e-mail, première lettre postée le 25 mars seulement",
        [(3, 23, 30, LETTRE), (4, 1, 45, LETTRE), (4, 8, 60, LETTRE)],
    ),
    "F07": Attente("particulier", (2026, 2, 15), "réglée la veille de J+30", []),
    "F08": Attente(
        "particulier", (2026, 1, 31), "50 € reçus le 12 mars : on demande le reste",
        [(3, 2, 30, MAIL), (3, 17, 45, MAIL), (4, 1, 60, LES_DEUX)],
    ),
    "F09": Attente("particulier", (2026, 2, 10), "réglée entre le passage et l'envoi", []),
    "F10": Attente(
        "professionnel", (2026, 2, 2), "litige du 10 au 25 mars à midi",
        [(3, 4, 30, MAIL), (3, 26, 45, MAIL), (4, 3, 60, LES_DEUX)],
    ),
    "F11": Attente(
        "particulier", (2026, 2, 10), "promesse du 23 mars pour le 31, tenue le 27",
        [(3, 12, 30, MAIL)],
    ),
    "F12": Attente(
        "particulier", (2026, 2, 10), "promesse du 23 mars pour le 7 avril, non tenue",
        [(3, 12, 30, MAIL), (4, 8, 45, MAIL), (4, 15, 60, LES_DEUX)],
    ),
    "F13": Attente(
        "syndic", (2026, 2, 1), "client en pause du 5 au 31 mars inclus",
        [(3, 3, 30, MAIL), (4, 1, 45, MAIL), (4, 8, 60, LES_DEUX)],
    ),
    "F14": Attente("particulier", (2026, 1, 31), "client exclu", []),
    "F15": Attente(
        "particulier", (2026, 2, 10), "plan du client : J+20, J+50",
        [(3, 2, 20, MAIL), (4, 1, 50, MAIL)],
    ),
    "F16": Attente(
        "particulier", (2026, 2, 17), "J+30 un jour de panne",
        [(3, 21, 30, MAIL), (4, 3, 45, MAIL), (4, 18, 60, LES_DEUX)],
    ),
    "F17": Attente(
        "professionnel", (2026, 2, 3), "J+45 un jour de panne",
        [(3, 5, 30, MAIL), (3, 21, 45, MAIL), (4, 4, 60, LES_DEUX)],
    ),
    "F18": Attente(
        "particulier", (2026, 2, 27), "J+30 le dimanche du changement d'heure",
        [(3, 30, 30, MAIL), (4, 13, 45, MAIL), (4, 28, 60, LES_DEUX)],
    ),
    "F19": Attente("particulier", (2026, 4, 1), "J+30 le 1er mai", [(5, 2, 30, MAIL)]),
    "F20": Attente("particulier", (2026, 4, 20), "pas encore à J+30", []),
    "F21": Attente("particulier", (2026, 1, 31), "il reste 4 €, sous la tolérance", []),
    "F22": Attente("particulier", (2026, 2, 9), "avoir le 16 mars", [(3, 11, 30, MAIL)]),
    "F23": Attente(
        "professionnel", (2026, 2, 8), "30 € reçus le 9 mars, imputés le 11 à midi",
        [(3, 12, 30, MAIL), (3, 25, 45, MAIL), (4, 9, 60, LES_DEUX)],
    ),
    "F24": Attente(
        "particulier", (2026, 2, 14), "adresse refusée le 16 mars, corrigée et renvoyée le 24",
        [(3, 24, 30, MAIL), (3, 31, 45, MAIL), (4, 15, 60, LES_DEUX)],
    ),
    "F25": Attente(
        "particulier", (2026, 2, 22), "sort incertain le 24 mars, constaté arrivé le 27",
        [(3, 24, 30, MAIL), (4, 8, 45, MAIL), (4, 23, 60, LES_DEUX)],
    ),
    "F26": Attente(
        "syndic", (2026, 2, 16), "retenue à 8 h 30 le 18 mars, puis deux jours de panne",
        [(3, 21, 30, MAIL), (4, 2, 45, MAIL), (4, 17, 60, LES_DEUX)],
    ),
    "F27": Attente(
        "particulier", (2026, 2, 20), "J+45 relancée à la main le 7 avril, banque non relevée",
        [(3, 23, 30, MAIL), (4, 7, 45, MAIL), (4, 21, 60, LES_DEUX)],
    ),
    "F28": Attente(
        "particulier", (2026, 1, 31), "même client que F29 : une relance par semaine en tout",
        [(3, 2, 30, MAIL), (3, 23, 45, MAIL), (4, 8, 60, LES_DEUX)],
    ),
    "F29": Attente(
        "particulier", (2026, 2, 14), "même client que F28",
        [(3, 16, 30, MAIL), (3, 31, 45, MAIL), (4, 15, 60, LES_DEUX)],
    ),
}  # fmt: skip


def en_tableau() -> list[str]:
    """The rows of the table, as docs/relances.md shows them."""
    noms = {MAIL: "", LETTRE: " L", LES_DEUX: " C+L"}
    return [
        f"| {nom} | {a.genre} | {date(*a.echeance):%d/%m} | {a.histoire} | "
        + (
            ", ".join(f"{jour:02}/{mois:02} J+{n}{noms[voie]}" for mois, jour, n, voie in a.suite)
            or "–"
        )
        + " |"
        for nom, a in ATTENDU.items()
    ]
