"""The sample files of an office, and the same content as other programs would write it."""

import csv
import io
import json
import unicodedata
from pathlib import Path

DONNEES = Path(__file__).parent / "data"
CLIENTS = (DONNEES / "clients.csv").read_bytes()
FACTURES = (DONNEES / "factures-ouvertes.csv").read_bytes()
ATTENDU = json.loads((DONNEES / "attendu.json").read_text(encoding="utf-8"))


def en_virgules(octets):
    return ecrire(rangees(octets), separateur=",").encode("utf-8")


def en_tabulations(octets):
    return ecrire(rangees(octets), separateur="\t").encode("utf-8")


def en_utf8_avec_marque(octets):
    return octets.decode("cp1252").replace("\r\n", "\n").encode("utf-8-sig")


def en_utf16(octets):
    return octets.decode("cp1252").encode("utf-16")


def sans_accents_aux_entetes(octets):
    entetes, *suite = rangees(octets)
    nus = [unicodedata.normalize("NFKD", e).encode("ascii", "ignore").decode() for e in entetes]
    return ecrire([[f" {nu.upper()} " for nu in nus], *suite]).encode("cp1252")


def colonnes_a_l_envers(octets):
    return ecrire([[*reversed(rangee), "rien"] for rangee in rangees(octets)]).encode("cp1252")


VARIANTES = [
    en_virgules,
    en_tabulations,
    en_utf8_avec_marque,
    en_utf16,
    sans_accents_aux_entetes,
    colonnes_a_l_envers,
]


def rangees(octets):
    texte = octets.decode("cp1252")
    return list(csv.reader(io.StringIO(texte, newline=""), delimiter=";"))


def ecrire(lignes, separateur=";"):
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=separateur).writerows(lignes)
    return sortie.getvalue()
