"""Reading CSV: whatever the office's program wrote, or a clear refusal."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artjardin.erreurs import Invalide
from clients import lecture
from clients.lecture import Colonne, lire_jour, lire_montant, lire_oui_non, ouvrir

COLONNES = (
    Colonne("code", "Code", ("N° client",), obligatoire=True),
    Colonne("email", "E-mail", ("Courriel", "Mail")),
    Colonne("echeance", "Échéance", ("Date d'échéance",)),
)


def valeurs(texte, codage="utf-8"):
    return [ligne.valeurs for ligne in ouvrir(texte.encode(codage), COLONNES).lignes()]


@pytest.mark.parametrize("separateur", [";", ",", "\t"])
@pytest.mark.parametrize("codage", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("fin", ["\n", "\r\n"])
def test_every_separator_encoding_and_line_end_reads_the_same(separateur, codage, fin):
    texte = fin.join([separateur.join(["Code", "Échéance"]), separateur.join(["É1", "à voir"])])
    assert valeurs(texte, codage) == [{"code": "É1", "echeance": "à voir"}]


@pytest.mark.parametrize(
    "entete",
    [
        "Code;E-mail",
        "CODE;Email",
        "code;courriel",
        '"Code";"MAIL"',
        "N° client;e mail",
        "E-MAIL;code",
    ],
)
def test_headings_are_matched_whatever_their_spelling_and_order(entete):
    cellules = "C1;a@b.fr" if entete.lower().startswith(("code", '"code', "n°")) else "a@b.fr;C1"
    assert valeurs(f"{entete}\n{cellules}") == [{"code": "C1", "email": "a@b.fr"}]


def test_quoted_headings_are_read_with_any_separator():
    assert valeurs('"Code","E-mail"\n"C1","a@b.fr"') == [{"code": "C1", "email": "a@b.fr"}]


def test_a_separator_inside_quotes_and_doubled_quotes_are_kept():
    assert valeurs('Code;E-mail\nC1;"a ""b""; c"') == [{"code": "C1", "email": 'a "b"; c'}]


def test_the_real_name_of_a_column_wins_over_its_synonyms():
    feuille = ouvrir(b"Courriel;Code;E-mail\nx;C1;y", COLONNES)
    assert [ligne.valeurs["email"] for ligne in feuille.lignes()] == ["y"]
    assert feuille.ignorees == ("Courriel",)


def test_unknown_columns_are_ignored_and_told():
    feuille = ouvrir(b"Code;Humeur\nC1;bonne", COLONNES)
    assert feuille.ignorees == ("Humeur",)
    assert [ligne.valeurs for ligne in feuille.lignes()] == [{"code": "C1"}]


def test_line_numbers_are_those_of_the_file():
    texte = 'Code;E-mail\n\nC1;"deux\nlignes"\n;\nC2;x'
    lignes = list(ouvrir(texte.encode(), COLONNES).lignes())
    assert [(ligne.numero, ligne.valeurs["code"]) for ligne in lignes] == [(3, "C1"), (6, "C2")]


def test_a_row_with_too_few_or_too_many_cells_is_told():
    lignes = ouvrir(b"Code;E-mail\nC1\nC2;x;y\nC3;x;\nC4;x", COLONNES).lignes()
    assert [ligne.est_complete for ligne in lignes] == [False, False, True, True]


def test_decomposed_accents_are_composed():
    assert valeurs("Code;E\u0301che\u0301ance\nE\u0301;x") == [{"code": "É", "echeance": "x"}]


@pytest.mark.parametrize(
    ("octets", "code", "message"),
    [
        (b"", "fichier_vide", "Le fichier est vide."),
        (b" \r\n;;\r\n"[:3], "fichier_vide", "Le fichier est vide."),
        (b"PK\x03\x04 classeur", "fichier_illisible", "CSV"),
        (b"Code\nC\x001", "fichier_illisible", "nuls"),
        (b"Code\nC\x81", "fichier_illisible", "codage"),
        (b"\xff\xfeC\xd8x", "fichier_illisible", "codage"),
        (b"E-mail\na@b.fr", "colonnes_manquantes", "« Code »"),
        (b";;;\n;;;", "colonnes_manquantes", "« Code »"),
        (b"Code;Code\nC1;C2", "colonnes_en_double", "« Code »"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_french(octets, code, message):
    with pytest.raises(Invalide) as refus:
        ouvrir(octets, COLONNES)
    assert refus.value.code == code
    assert message in refus.value.message


def test_quotes_left_open_are_refused_with_their_line():
    with pytest.raises(Invalide, match="Ligne 3"):
        valeurs('Code\nC1\n"C2\nC3')


def test_a_cell_longer_than_any_text_is_refused():
    with pytest.raises(Invalide, match="trop longue"):
        valeurs(f"Code\n{'x' * 200_000}")


def test_too_big_a_file_is_refused(monkeypatch):
    monkeypatch.setattr(lecture, "OCTETS_MAX", 20)
    with pytest.raises(Invalide, match="10 Mo"):
        valeurs("Code\n" + "C1\n" * 10)


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(lecture, "LIGNES_MAX", 2)
    assert len(valeurs("Code\nC1\nC2")) == 2
    with pytest.raises(Invalide, match="dépasse 2 lignes"):
        valeurs("Code\nC1\nC2\nC3")


CENTS = st.integers(min_value=-(10**11), max_value=10**11)


@given(cents=CENTS, milliers=st.sampled_from(["", " ", "\xa0", "\u202f", "."]))
def test_an_amount_written_the_french_way_is_read_to_the_cent(cents, milliers):
    montant = Decimal(cents) / 100
    entier, _, decimales = f"{montant:,.2f}".partition(".")
    texte = f"{entier.replace(',', milliers)},{decimales} €"
    assert lire_montant(texte) == montant


@given(cents=CENTS)
def test_an_amount_with_a_point_is_read_to_the_cent(cents):
    montant = Decimal(cents) / 100
    assert lire_montant(f"{montant:.2f}") == montant
    assert lire_montant(f"{montant:,.2f}") == montant


@given(st.text(max_size=20))
def test_an_amount_is_exact_or_refused_never_wrong(texte):
    try:
        montant = lire_montant(texte)
    except ValueError as refus:
        assert texte in str(refus)  # noqa: PT017
    else:
        assert montant.is_finite()
        assert montant == montant.quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    "texte",
    ["mille", "", "NaN", "inf", "-Infinity", "1e3", "1,234", "1.234", "12,345", "1 23", "١٢", "--1",
     "1_000", "0x10", "5,", "99999999999", "1,2,3"],
)  # fmt: skip
def test_what_is_not_an_amount_in_cents_is_refused(texte):
    with pytest.raises(ValueError, match="«"):
        lire_montant(texte)


@given(
    jour=st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31)),
    forme=st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"]),
)
def test_a_date_is_read_in_each_form(jour, forme):
    assert lire_jour(jour.strftime(forme)) == jour
    assert lire_jour(f"{jour.day}/{jour.month}/{jour.year}") == jour


@given(st.text(max_size=12))
def test_a_date_is_right_or_refused(texte):
    try:
        jour = lire_jour(texte)
    except ValueError as refus:
        assert texte in str(refus)  # noqa: PT017
    else:
        assert 1990 <= jour.year <= 2100


@pytest.mark.parametrize(
    "texte",
    [
        "31/02/2026",
        "29/02/2025",
        "2026/02/01",
        "01/13/2026",
        "1/1/26",
        "01/01-2026",
        "0026-01-01",
        "",
    ],
)
def test_what_is_not_a_date_is_refused(texte):
    with pytest.raises(ValueError, match="«"):
        lire_jour(texte)


def test_yes_and_no_are_read_and_anything_else_is_refused():
    assert all(lire_oui_non(texte) for texte in ("oui", "OUI", "o", "x", "1", "vrai"))
    assert not any(lire_oui_non(texte) for texte in ("", "non", "N", "0", "faux"))
    with pytest.raises(ValueError, match="oui ou non"):
        lire_oui_non("peut-être")
