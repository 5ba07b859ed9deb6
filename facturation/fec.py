"""Entries of a sales journal, in the layout of the FEC (LPF A47 A-1). Pure.

A journal of sales is a part of the accounts: what this makes is never the FEC itself, which holds
every journal of a year, and must not be called so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from artjardin.argent import ZERO

COLONNES = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib",
    "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit",
    "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip
FIN = "\r\n"
# What the separators and the line ends would become in a text; the DGFiP tool refuses "|" as well
INTERDITS = re.compile(r"[|\x00-\x1f\x7f-\x9f\u2028\u2029]")
GUILLEMET = str.maketrans('"', "'")  # one alone would swallow lines when read as a CSV
FORMULES = ("=", "+", "-", "@")  # a spreadsheet would run such a name (OWASP, CSV injection)


@dataclass(frozen=True)
class Compte:
    """An account of the chart: its number and its label."""

    numero: str
    libelle: str


@dataclass(frozen=True)
class Journal:
    """A journal: its code and its label."""

    code: str
    libelle: str


VENTES = Journal("VE", "Ventes")
BANQUE = Journal("BQ", "Banque")
CAISSE = Journal("CA", "Caisse")
Plan = Mapping[str, Compte]  # by code: client, acompte, vente_20, tva_20, banque, caisse…


@dataclass(frozen=True)
class Ligne:
    """One line of an entry, in euros: a debit above zero, a credit below."""

    compte: Compte
    montant: Decimal
    tiers: Compte | None = None


@dataclass(frozen=True)
class Ecriture:
    """One balanced entry of a journal, and the document that proves it.

    `numero` is the document's own, gapless in its series: the same in whatever file it goes to.
    """

    journal: Journal
    numero: str
    le: date
    piece: str
    libelle: str
    validee_le: date
    lignes: tuple[Ligne, ...]


@dataclass(frozen=True)
class Taux:
    """One rate of a document, in percent; base HT and VAT in euros, as printed.

    `avances`: what the document adds to the deposits that wait, HT; below zero, what it takes.
    """

    taux: Decimal
    base: Decimal
    tva: Decimal
    avances: Decimal = ZERO


@dataclass(frozen=True)
class Vente:
    """An issued invoice or credit note (`avoir`), amounts as printed, in euros.

    `autoliquidee`: its zero rate is. `reprise`: it has the number of the previous software.
    """

    numero: str
    le: date
    emise_le: date
    nom: str
    tiers: Compte
    ttc: Decimal
    par_taux: Sequence[Taux]
    avoir: bool = False
    autoliquidee: bool = False
    reprise: bool = False


@dataclass(frozen=True)
class Encaissement:
    """Money received in euros, below zero when given back or cancelled."""

    numero: str
    le: date
    saisi_le: date
    libelle: str
    tiers: Compte
    montant: Decimal
    especes: bool = False


@dataclass
class Registre:
    """Writes entries, and counts what it wrote, in euros."""

    ecritures: int = 0
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    par_journal: dict[str, int] = field(default_factory=dict)

    def lignes(self, ecritures: Iterable[Ecriture]) -> Iterator[str]:
        """The file, line by line, names of the columns first.

        Raise ValueError for an entry that is empty or does not balance.
        """
        yield "\t".join(COLONNES) + FIN
        for ecriture in ecritures:
            _verifier(ecriture)
            self.ecritures += 1
            code = ecriture.journal.code
            self.par_journal[code] = self.par_journal.get(code, 0) + 1
            for ligne in ecriture.lignes:
                self.debit += max(ligne.montant, ZERO)
                self.credit += max(-ligne.montant, ZERO)
                yield "\t".join(_colonnes(ecriture, ligne)) + FIN


def ecriture_de_vente(vente: Vente, plan: Plan) -> Ecriture | None:
    """Client against sales, deposits and VAT; a credit note the other way. None when all is zero.

    A deposit is owed until the works are invoiced: it goes to its own account (PCG 4191), and the
    invoice that deducts it takes it from there (see avances.py).
    """
    sens = -1 if vente.avoir else 1
    lignes = [Ligne(plan["client"], sens * vente.ttc, vente.tiers)]
    lignes += [
        Ligne(_compte_de_vente(vente, taux, plan), taux.avances - sens * taux.base)
        for taux in vente.par_taux
    ]
    avances = sum((taux.avances for taux in vente.par_taux), ZERO)
    lignes.append(Ligne(plan["acompte"], -avances))
    lignes += [Ligne(plan[f"tva_{_clef(t.taux)}"], -sens * t.tva) for t in vente.par_taux if t.tva]
    numero = f"REPRISE-{vente.numero}" if vente.reprise else vente.numero
    return _utile(
        Ecriture(VENTES, numero, vente.le, vente.numero, vente.nom, vente.emise_le, tuple(lignes))
    )


def ecriture_d_encaissement(recu: Encaissement, plan: Plan) -> Ecriture | None:
    """Bank or cash against the client, the other way for what was given back."""
    journal, compte = (CAISSE, "caisse") if recu.especes else (BANQUE, "banque")
    lignes = (Ligne(plan[compte], recu.montant), Ligne(plan["client"], -recu.montant, recu.tiers))
    qui = (journal, recu.numero, recu.le, recu.numero, recu.libelle, recu.saisi_le)
    return _utile(Ecriture(*qui, lignes))


def propre(texte: str) -> str:
    """A text that fits in a cell: one line, no separator, no quote, no formula.

    >>> propre("Taille | haie" + chr(9) + "nord" + chr(10)), propre("=1+1")
    ('Taille haie nord', "'=1+1")
    """
    net = " ".join(INTERDITS.sub(" ", texte).split()).translate(GUILLEMET)
    return f"'{net}" if net.startswith(FORMULES) else net


def _compte_de_vente(vente: Vente, taux: Taux, plan: Plan) -> Compte:
    if vente.autoliquidee and not taux.taux:
        return plan["vente_autoliquidee"]
    return plan[f"vente_{_clef(taux.taux)}"]


def _clef(taux: Decimal) -> str:
    """How a rate ends the code of an account.

    >>> _clef(Decimal("20.00")), _clef(Decimal("5.50")), _clef(Decimal("0.00"))
    ('20', '5_5', '0')
    """
    return f"{taux.normalize():f}".replace(".", "_")


def _utile(ecriture: Ecriture) -> Ecriture | None:
    """Without the lines of nothing; None when none is left."""
    lignes = tuple(ligne for ligne in ecriture.lignes if ligne.montant)
    return replace(ecriture, lignes=lignes) if lignes else None


def _verifier(ecriture: Ecriture) -> None:
    ecart = sum((ligne.montant for ligne in ecriture.lignes), ZERO)
    if ecart or not ecriture.lignes:
        raise ValueError(f"L'écriture de {ecriture.piece} ne tombe pas juste ({ecart}).")


def _colonnes(ecriture: Ecriture, ligne: Ligne) -> list[str]:
    tiers = ligne.tiers or Compte("", "")
    textes = [
        ecriture.journal.code, ecriture.journal.libelle, ecriture.numero, _jour(ecriture.le),
        ligne.compte.numero, ligne.compte.libelle, tiers.numero, tiers.libelle, ecriture.piece,
        _jour(ecriture.le), ecriture.libelle, _montant(ligne.montant), _montant(-ligne.montant),
        "", "", _jour(ecriture.validee_le), "", "",
    ]  # fmt: skip
    return [propre(texte) for texte in textes]


def _jour(jour: date) -> str:
    return f"{jour:%Y%m%d}"


def _montant(montant: Decimal) -> str:
    """The side of a signed amount, in euros; the other one is zero.

    >>> _montant(Decimal("1234.50")), _montant(Decimal("-3"))
    ('1234,50', '0,00')
    """
    return f"{max(montant, ZERO):.2f}".replace(".", ",")
