"""Reading the CSV files of an office: any separator, encoding, column order or name. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from artjardin.erreurs import Invalide

OCTETS_MAX = 10 * 2**20
LIGNES_MAX = 100_000
SEPARATEURS = ";,\t"
ANNEES = range(1990, 2101)
EURO_MAX = Decimal("9999999999.99")
# Words that say nothing in a heading: « Date de l'échéance » is « Date échéance »
MOTS_VIDES = {"d", "de", "des", "du", "l", "la", "le", "les"}
FORMULES = ("=", "+", "-", "@", "\t", "\r")
BINAIRES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")
UTF16 = (b"\xff\xfe", b"\xfe\xff")

_ENTIER = r"[+-]?(?:\d+|\d{1,3}(?: \d{3})+"
_MONTANT = re.compile(
    rf"{_ENTIER}|\d{{1,3}}(?:\.\d{{3}})+(?=,))(?:,\d{{1,2}})?|"
    rf"{_ENTIER}|\d{{1,3}}(?:,\d{{3}})+(?=\.))(?:\.\d{{1,2}})?",
    re.ASCII,
)
_TROP_DE_DECIMALES = re.compile(r"[+-]?[\d ]+[.,]\d{3,}", re.ASCII)
_JOUR = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_JOUR_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_OUI = {"oui", "o", "x", "1", "vrai", "true", "yes"}
_NON = {"", "non", "n", "0", "faux", "false", "no"}


@dataclass(frozen=True)
class Colonne:
    """A column that a file may have: our key, the name people know, and its other names."""

    clef: str
    nom: str
    synonymes: tuple[str, ...] = ()
    obligatoire: bool = False


@dataclass(frozen=True)
class Refus:
    """Why a row is not taken: a code for machines, a French sentence for the office."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Ligne:
    """One row: where it starts in the file (heading = 1), its cells, and those we know by key."""

    numero: int
    cellules: tuple[str, ...]
    valeurs: Mapping[str, str]
    est_complete: bool = True


@dataclass(frozen=True)
class Feuille:
    """A file whose heading was understood; its rows are read as they are asked for."""

    texte: str
    separateur: str
    entetes: tuple[str, ...]
    places: Mapping[str, int]
    ignorees: tuple[str, ...]

    def lignes(self) -> Iterator[Ligne]:
        """Every row that is not blank. Raise Invalide past LIGNES_MAX or on broken quotes."""
        rangees = _rangees(self.texte, self.separateur)
        next(rangees)
        for rang, (numero, cellules) in enumerate(rangees, start=1):
            if rang > LIGNES_MAX:
                raise Invalide(f"Le fichier dépasse {LIGNES_MAX} lignes.", code="fichier_trop_long")
            yield self._ligne(numero, cellules)

    def _ligne(self, numero: int, cellules: list[str]) -> Ligne:
        largeur = len(self.entetes)
        completes = cellules + [""] * (largeur - len(cellules))
        return Ligne(
            numero,
            tuple(cellules),
            {clef: _cellule(completes[place]) for clef, place in self.places.items()},
            est_complete=len(cellules) >= largeur and not any(cellules[largeur:]),
        )


def ouvrir(octets: bytes, colonnes: Sequence[Colonne]) -> Feuille:
    """Decode the file and match its columns. Raise Invalide, in French, when it cannot be."""
    texte = decoder(octets)
    noms = {
        colonne.clef: [normaliser_entete(nom) for nom in (colonne.nom, *colonne.synonymes)]
        for colonne in colonnes
    }
    separateur, entetes = _entetes(texte, {nom for plusieurs in noms.values() for nom in plusieurs})
    normalises = [normaliser_entete(entete) for entete in entetes]
    places = {
        colonne.clef: place
        for colonne in colonnes
        if (place := _place(colonne, noms[colonne.clef], normalises)) is not None
    }
    _exiger_les_obligatoires(colonnes, places)
    ignorees = tuple(e for p, e in enumerate(entetes) if e and p not in places.values())
    return Feuille(texte, separateur, tuple(entetes), places, ignorees)


def decoder(octets: bytes) -> str:
    """UTF-8, UTF-16 with its mark, else cp1252. Raise Invalide on anything that is not text."""
    if len(octets) > OCTETS_MAX:
        raise Invalide("Le fichier dépasse 10 Mo.", code="fichier_trop_gros")
    if octets.startswith(BINAIRES):
        raise Invalide(
            "Ce fichier n'est pas un CSV : dans le tableur, choisissez « Enregistrer sous », CSV.",
            code="fichier_illisible",
        )
    codages = ["utf-16"] if octets.startswith(UTF16) else ["utf-8-sig", "cp1252"]
    for codage in codages:
        try:
            texte = octets.decode(codage)
        except UnicodeDecodeError:
            continue
        return _texte_net(texte)
    raise Invalide("Le codage du fichier n'est pas reconnu.", code="fichier_illisible")


def _texte_net(texte: str) -> str:
    if "\0" in texte:
        raise Invalide("Ce fichier contient des octets nuls.", code="fichier_illisible")
    if not texte.strip():
        raise Invalide("Le fichier est vide.", code="fichier_vide")
    return unicodedata.normalize("NFC", texte)


def _entetes(texte: str, connues: set[str]) -> tuple[str, list[str]]:
    """The separator that makes sense of the heading, and the heading so read."""

    def reconnues(essai: tuple[str, list[str]]) -> int:
        return sum(normaliser_entete(entete) in connues for entete in essai[1])

    return max(((s, _premiere_rangee(texte, s)) for s in SEPARATEURS), key=reconnues)


def _place(colonne: Colonne, noms: list[str], entetes: list[str]) -> int | None:
    """Where a column is: under its own name, else under a synonym. Raise Invalide if unsure."""
    propres = [place for place, entete in enumerate(entetes) if entete == noms[0]]
    places = propres or [place for place, entete in enumerate(entetes) if entete in noms]
    if len(places) > 1:
        raise Invalide(f"La colonne « {colonne.nom} » est en double.", code="colonnes_en_double")
    return places[0] if places else None


def _premiere_rangee(texte: str, separateur: str) -> list[str]:
    """The heading, without the empty cells that a spreadsheet leaves at its end."""
    try:
        _, cellules = next(_rangees(texte, separateur), (1, []))
    except Invalide:  # quotes that only another separator explains
        return []
    entetes = [cellule.strip() for cellule in cellules]
    while entetes and not entetes[-1]:
        entetes.pop()
    return entetes


def _exiger_les_obligatoires(colonnes: Sequence[Colonne], places: Mapping[str, int]) -> None:
    manquantes = [c.nom for c in colonnes if c.obligatoire and c.clef not in places]
    if manquantes:
        noms = ", ".join(f"« {nom} »" for nom in manquantes)
        pluriel = "s" if len(manquantes) > 1 else ""
        raise Invalide(
            f"Colonne{pluriel} manquante{pluriel} : {noms}.",
            code="colonnes_manquantes",
            champs={nom: ["Cette colonne est obligatoire."] for nom in manquantes},
        )


def _rangees(texte: str, separateur: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with the physical line on which each starts."""
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    fin = 0
    try:
        for cellules in lecteur:
            debut, fin = fin + 1, lecteur.line_num
            if any(cellule.strip() for cellule in cellules):
                yield debut, cellules
    except csv.Error as erreur:
        raise Invalide(
            f"Ligne {fin + 1} : guillemets mal fermés ou cellule trop longue.",
            code="fichier_illisible",
        ) from erreur


def _cellule(texte: str) -> str:
    """A cell without the apostrophe that the CSV of refused rows puts before a formula."""
    texte = texte.strip()
    return texte[1:] if texte[:1] == "'" and texte[1:].startswith(FORMULES) else texte


def sans_accents(texte: str) -> str:
    """Lower case, without accents.

    >>> sans_accents("Échéance")
    'echeance'
    """
    decompose = unicodedata.normalize("NFKD", texte)
    return "".join(c for c in decompose if not unicodedata.combining(c)).lower()


def normaliser_entete(texte: str) -> str:
    """A heading without case, accents, spaces, punctuation and small words.

    >>> normaliser_entete(" Numéro de FACTURE"), normaliser_entete("Date d'échéance")
    ('numerofacture', 'dateecheance')
    """
    mots = re.findall(r"[a-z0-9]+", sans_accents(texte.replace("º", "°")))
    return "".join(mot for mot in mots if mot not in MOTS_VIDES)


def lire_montant(texte: str) -> Decimal:
    """Euros or percent with at most two decimals, exact. Raise ValueError with the reason.

    >>> [str(lire_montant(t)) for t in ("1 234,56 €", "1.234,56", "1234.5", "20 %", "-3")]
    ['1234.56', '1234.56', '1234.5', '20', '-3']
    >>> lire_montant("mille")
    Traceback (most recent call last):
    ValueError: « mille » n'est pas un nombre.
    """
    nombre = re.sub(r"\s*(?:€|EUR|%)$", "", texte.strip(), flags=re.IGNORECASE)
    nombre = re.sub(r"\s", " ", nombre).replace("\N{MINUS SIGN}", "-")
    if not _MONTANT.fullmatch(nombre):
        precis = _TROP_DE_DECIMALES.fullmatch(nombre)
        defaut = "a plus de deux décimales" if precis else "n'est pas un nombre"
        raise ValueError(f"« {texte} » {defaut}.")
    entier, decimales = re.fullmatch(r"(.*?)(?:[.,](\d{1,2}))?", nombre).groups("")  # type: ignore[union-attr]
    montant = Decimal(f"{re.sub('[ .,]', '', entier)}.{decimales or 0}")
    montant = montant if decimales else Decimal(int(montant))
    if abs(montant) > EURO_MAX:
        raise ValueError(f"« {texte} » est trop grand.")
    return montant


def lire_jour(texte: str) -> date:
    """JJ/MM/AAAA (also with - or .) or AAAA-MM-JJ. Raise ValueError with the reason.

    >>> lire_jour("5/3/2026"), lire_jour("2026-03-05")
    (datetime.date(2026, 3, 5), datetime.date(2026, 3, 5))
    >>> lire_jour("31/02/2026")
    Traceback (most recent call last):
    ValueError: « 31/02/2026 » n'existe pas au calendrier.
    """
    if francais := _JOUR.fullmatch(texte.strip()):
        jour, _, mois, annee = francais.groups()
    elif iso := _JOUR_ISO.fullmatch(texte.strip()):
        annee, mois, jour = iso.groups()
    else:
        raise ValueError(f"« {texte} » n'est pas une date (JJ/MM/AAAA).")
    if int(annee) not in ANNEES:
        raise ValueError(f"« {texte} » : l'année est invraisemblable.")
    try:
        return date(int(annee), int(mois), int(jour))
    except ValueError as erreur:
        raise ValueError(f"« {texte} » n'existe pas au calendrier.") from erreur


def lire_oui_non(texte: str) -> bool:
    """Whether a box is ticked; empty is no. Raise ValueError on anything unclear.

    >>> lire_oui_non("Oui"), lire_oui_non("x"), lire_oui_non(""), lire_oui_non("non")
    (True, True, False, False)
    """
    reponse = sans_accents(texte.strip())
    if reponse not in _OUI | _NON:
        raise ValueError(f"« {texte} » : répondez oui ou non.")
    return reponse in _OUI
