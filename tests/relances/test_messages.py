"""The mail of a reminder: holes, singular and plural, layout, code of the transfer, safety."""

import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from artjardin.erreurs import Invalide
from relances.decompte import Decompte, LigneDeDecompte
from relances.interets import Periode
from relances.messages import composer, nommer
from relances.models import Modele
from tests.relances.lettres import CLIENT, FIRME, LE, lignes

LIEN = "https://gestion.example/reglement/jeton/"
TEXTE = (
    "Bonjour {nom},\n\nLe règlement {de_factures}, {echues}, manque depuis {retard}.\n\n{tableau}"
    "\n\nPayez **{total}** pour le {delai}.\n\n{decompte}\n\n{coordonnees_bancaires}"
)


def modele(texte=TEXTE, objet="Rappel : {vos_factures}", ton="ferme"):
    return Modele(ton=ton, type_client="particulier", objet=objet, courriel=texte, lettre=texte)


def message(texte=TEXTE, *, nombre=1, client=CLIENT, entreprise=FIRME, **champs):
    return composer(
        modele=modele(texte),
        niveau_nom="Rappel ferme",
        client=client,
        entreprise=entreprise,
        jour=LE,
        **({"lignes": lignes(nombre)} | champs),
    )


@pytest.mark.parametrize("nombre", [1, 4, 9])
def test_a_long_reference_goes_on_under_its_beginning(nombre):
    """Broken to the left margin, it read as a paragraph of its own."""
    contenu = message(nombre=nombre)
    corps = contenu.texte.split("Pour régler par virement :\n")[1].split("\n\n")[0]
    rangs = corps.split("\n")

    assert all(len(rang) <= 72 for rang in rangs)
    debut = next(rang for rang, ligne in enumerate(rangs) if "Référence" in ligne)
    colonne = rangs[debut].index("FAC-")
    assert all(rang.index("FAC-") == colonne for rang in rangs[debut + 1 :])
    assert " ".join(rangs[debut:]).split()[1:] == [
        f"FAC-2026-{n:04d}" for n in range(1, nombre + 1)
    ]


class Textes(HTMLParser):
    """The words of an HTML page."""

    def __init__(self, html):
        super().__init__()
        self.mots = []
        self.feed(html)

    def handle_data(self, data):
        self.mots += data.split()


def mots(html):
    return " ".join(Textes(html).mots)


def test_one_invoice_is_in_the_singular():
    contenu = message()
    assert contenu.objet == "Rappel : votre facture FAC-2026-0001"
    plat = " ".join(contenu.texte.split())
    assert "Le règlement de la facture FAC-2026-0001, échue le 1er octobre 2026, manque" in plat
    assert "manque depuis 52 jours." in plat
    assert "Payez 1 000,00 € pour le 30 novembre 2026." in plat


def test_several_invoices_are_in_the_plural_and_all_in_one_message():
    # invoiceninja#2238: one mail per client, not per invoice
    contenu = message(nombre=3)
    plat = " ".join(contenu.texte.split())
    assert (
        "des factures FAC-2026-0001, FAC-2026-0002 et FAC-2026-0003, échues, la plus ancienne"
        in plat
    )
    for numero in ("FAC-2026-0001", "FAC-2026-0002", "FAC-2026-0003"):
        assert numero in mots(contenu.html)
    assert "Total dû 3 000,00 €" in plat


def test_the_total_is_the_sum_of_what_is_left_of_each():
    # frappe/erpnext#46650, #42605: a wrong balance as soon as there are several invoices
    restes = [Decimal("10.01"), Decimal("20.02"), Decimal("0.07")]
    rangs = [ligne | {"solde": reste} for ligne, reste in zip(lignes(3), restes, strict=True)]
    contenu = message(lignes=rangs)
    assert "30,10\xa0€" in contenu.texte
    assert "EUR30.10" in contenu.codes["virement"]


def test_many_invoices_are_counted_in_the_subject_and_all_in_the_table():
    contenu = message(nombre=25)
    assert contenu.objet == "Rappel : vos 25 factures"
    assert contenu.texte.count("Facture du 01/09/2026") == 25
    assert "C0007 25 factures" in contenu.codes["virement"]


@pytest.mark.parametrize("nombre", [1, 2, 4, 5])
def test_every_name_of_the_invoices_is_there_whatever_their_number(nombre):
    noms = nommer([f"F{n}" for n in range(nombre)])
    assert set(noms) == {
        "numeros", "factures", "de_factures", "vos_factures", "ces_factures", "de_ces_factures"
    }  # fmt: skip
    assert noms["factures"].startswith("la " if nombre == 1 else "les ")


def test_plain_text_holds_in_72_columns_but_for_addresses_of_pages():
    contenu = message(
        "Une phrase assez longue, " * 9 + "\n\n{tableau}\n\n{coordonnees_bancaires}",
        lignes=lignes(2, objet="Création d'un massif de vivaces et d'une allée pavée " * 3),
        lien=LIEN + "x" * 80,
    )
    assert [li for li in contenu.texte.split("\n") if len(li) > 72] == [LIEN + "x" * 80]


def test_what_a_name_holds_opens_no_hole_and_no_tag():
    client = CLIENT | {"nom": "<b>Léa</b> {total} **x**"}
    contenu = message(client=client)
    assert "Bonjour <b>Léa</b> {total} **x**," in contenu.texte
    assert "&lt;b&gt;Léa&lt;/b&gt; {total} **x**" in contenu.html
    objets = message(lignes=lignes(1, objet="<script>{nom}</script>"))
    assert "<script>" not in objets.html


def test_the_code_of_the_transfer_pays_the_exact_total():
    contenu = message(nombre=2)
    assert 'src="cid:virement"' in contenu.html
    assert contenu.codes["virement"].split("\n")[7] == "EUR2000.00"
    assert contenu.codes["virement"].endswith("FAC-2026-0001 FAC-2026-0002")


@pytest.mark.parametrize(
    ("_cas", "champs"),
    [
        ("no IBAN", {"entreprise": FIRME | {"iban": "", "bic": ""}}),
        ("more than a transfer holds", {"lignes": lignes(1, solde=Decimal("1000000000.00"))}),
        ("a text that does not show how to pay", {"texte": "Bonjour,\n\n{tableau}"}),
    ],
)
def test_no_code_is_drawn_where_none_is_shown(_cas, champs):
    contenu = message(**champs)
    assert not contenu.codes
    assert "cid:virement" not in contenu.html


def test_without_an_iban_nor_a_page_nothing_is_said_of_how_to_pay():
    contenu = message(entreprise=FIRME | {"iban": "", "bic": ""})
    assert "virement" not in contenu.texte + contenu.html
    assert "\n\n\n" not in contenu.texte


def test_the_page_to_pay_is_a_link():
    contenu = message(lien=LIEN)
    assert LIEN in contenu.texte
    assert f'href="{LIEN}"' in contenu.html
    assert "Voir le détail et régler" not in message().html


def test_what_was_paid_is_shown_and_the_rest_is_asked():
    plat = mots(message().html)
    assert "réglé 234,56" in plat
    entiere = lignes(1, regle=Decimal("0.00"), solde=Decimal("1234.56"))
    assert "réglé" not in message(lignes=entiere).texte


def test_interest_is_a_statement_of_its_own_beside_the_principal():
    # invoiceninja#7790, #11118, #10263: a fee that rewrites the invoice
    periode = Periode(LE, LE, Decimal("1000.00"), Decimal("12.40"), 1, Decimal("0.34"))
    ligne = LigneDeDecompte(
        "FAC-2026-0001", LE, LE, Decimal("1000.00"), (periode,), Decimal("40.00")
    )
    contenu = message(decompte=Decompte(1, LE, consommateur=False, lignes=(ligne,)))
    plat = " ".join(contenu.texte.split())
    assert "Total dû 1 000,00 €" in plat
    assert "Décompte arrêté au 22/11/2026" in plat
    assert "Pénalités de retard 0,34 €" in plat
    assert "Total 1 040,34 €" in plat
    assert contenu.codes["virement"].split("\n")[7] == "EUR1000.00"


def test_without_interest_no_statement_is_announced():
    assert "Décompte" not in message(decompte=Decompte(1, LE, consommateur=True, lignes=())).texte


def test_an_unknown_hole_is_refused_in_french():
    with pytest.raises(Invalide, match=r"« Rappel ferme, particulier » a un trou inconnu : \{prix"):
        message("Bonjour {prix}")


def test_a_message_reads_in_the_dark_and_on_a_telephone():
    html = message(nombre=2).html
    assert "prefers-color-scheme: dark" in html
    assert 'name="viewport"' in html
    assert "max-width:600px" in html


@pytest.mark.django_db
def test_composing_asks_the_database_nothing(django_assert_num_queries):
    message()
    with django_assert_num_queries(0):
        message(nombre=3, lien=LIEN)


def test_a_thank_you_names_what_was_paid():
    merci = modele("Merci pour le règlement {de_factures}.", "Merci", ton="merci")
    contenu = composer(
        modele=merci,
        niveau_nom="Remerciement",
        client=CLIENT,
        entreprise=FIRME,
        lignes=lignes(1, solde=Decimal("0.00")),
        jour=date(2026, 11, 22),
    )
    assert "Merci pour le règlement de la facture FAC-2026-0001." in contenu.texte
    assert not contenu.codes


def test_a_firm_without_address_iban_nor_phone_leaves_no_hole():
    vide = dict.fromkeys(FIRME, "") | {"nom": "Art & Jardin"}
    contenu = message(
        "{tableau}\n\n{coordonnees_bancaires}\n\nJoignez-nous {contact}.", entreprise=vide
    )
    for absent in ("IBAN", "BIC", "Tél", "SIRET", "None", " au "):
        assert absent not in contenu.texte
        assert absent not in mots(contenu.html)
    assert "Joignez-nous en répondant à ce message." in contenu.texte
    assert "\n\n\n" not in contenu.texte


def test_no_message_loads_anything_from_elsewhere():
    html = message(nombre=3).html
    assert not re.search(r"<(link|script|iframe)|url\(|https?://", html)
    assert re.findall(r"<img src=\"([^\"]*)\"", html) == ["cid:virement"]
