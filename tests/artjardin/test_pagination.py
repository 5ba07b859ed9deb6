"""Lists walked page by page: every row once, whatever the order, ties and blanks included."""

import base64
from datetime import date, timedelta

import pytest
import time_machine

from facturation.models import Devis, Facture
from tests.chantiers.factories import creer_chantier
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    creer_brouillon,
    creer_devis,
    creer_devis_finalise,
    creer_facture,
    payer,
)

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.mark.parametrize(
    ("taille", "lignes"), [("2", 2), ("0", 3), ("-1", 3), ("abc", 3), ("9" * 30, 3), ("", 3)]
)
def test_the_size_of_a_page_is_bounded(http, taille, lignes):
    for _ in range(3):
        creer_brouillon()

    assert len(http.get(f"{API}/factures/?taille={taille}").json()["results"]) == lignes


def test_an_empty_list_has_no_neighbour(http):
    assert http.get(f"{API}/factures/").json() == {"next": None, "previous": None, "results": []}


@pytest.fixture(scope="module")
def _factures(base_du_module):
    """Eleven rows: seven issued, several on one day, and four drafts without date or number.

    For the tests below; those above start from an empty list.
    """
    client = creer_client()
    with time_machine.travel("2026-06-10T12:00:00+02:00", tick=False):
        creer_brouillon(client=client)
        for jours in (3, 3, 2, 2, 2):
            creer_facture(client=client, le=date(2026, 6, 10) - timedelta(days=jours))
        creer_brouillon(client=client, echeance=date(2026, 7, 10))
        creer_facture(client=client)
        creer_brouillon(client=client)
        creer_facture(client=client)
        creer_brouillon(client=client)


def marcher(http, chemin, sens="next"):
    """Ids page by page, following the links to the end; the pages, and the last answer."""
    pages = []
    while chemin:
        page = http.get(chemin)
        assert page.status_code == 200, page.content
        pages.append([ligne["id"] for ligne in page.json()["results"]])
        assert len(pages) < 100
        dernier, chemin = chemin, page.json()[sens]
    return pages, dernier


TRIS = ["-id", "id", "-date", "date", "echeance", "-echeance", "numero", "-numero"]


@pytest.mark.usefixtures("_factures")
@pytest.mark.parametrize("tri", TRIS)
def test_a_walk_forward_and_back_meets_every_row_once(http, tri):
    (complet,), _ = marcher(http, f"{API}/factures/?tri={tri}&taille=200")
    assert sorted(complet) == sorted(Facture.objects.values_list("pk", flat=True))

    for taille in (1, 2, 3, 4, 11):
        aller, dernier = marcher(http, f"{API}/factures/?tri={tri}&taille={taille}")
        retour, _ = marcher(http, dernier, "previous")
        assert [rang for page in aller for rang in page] == complet
        assert [rang for page in reversed(retour) for rang in page] == complet


@pytest.mark.usefixtures("_factures")
@pytest.mark.parametrize("tri", ["date", "echeance", "numero"])
def test_an_order_and_its_reverse_are_mirrors(http, tri):
    aller, _ = marcher(http, f"{API}/factures/?tri={tri}")
    retour, _ = marcher(http, f"{API}/factures/?tri=-{tri}")

    assert aller[0] == retour[0][::-1]


@pytest.mark.usefixtures("_factures")
def test_rows_added_meanwhile_neither_hide_nor_double_any(http):
    premiere = http.get(f"{API}/factures/?taille=4").json()
    creer_brouillon()

    suite, _ = marcher(http, premiere["next"])

    vus = [ligne["id"] for ligne in premiere["results"]] + [i for page in suite for i in page]
    assert len(vus) == len(set(vus)) == 11


@pytest.mark.parametrize(
    ("chemin", "tris"),
    [
        ("devis", ["-id", "-date", "numero", "date", "-numero"]),
        ("paiements", ["-id", "-le", "le"]),
        ("prestations", ["code", "-code", "designation"]),
        ("clients", ["nom", "-cree_le", "code", "-ville"]),
        ("chantiers", ["-cree_le", "nom", "statut"]),
        ("journal", ["-id"]),
        ("courriels", ["-id"]),
        ("archives", ["-id"]),
    ],
)
def test_the_other_lists_are_walked_too(http, chemin, tris):
    facture = creer_facture()
    for montant in ("10.00", "20.00", "30.00"):
        payer(facture, montant)
    for _ in range(3):
        creer_chantier(client=facture.client)
    for creer in (creer_devis, creer_devis_finalise, creer_devis, creer_devis_finalise):
        creer(client=facture.client)

    for tri in tris:
        complet, _ = marcher(http, f"{API}/{chemin}/?tri={tri}&taille=200")
        aller, dernier = marcher(http, f"{API}/{chemin}/?tri={tri}&taille=2")
        retour, _ = marcher(http, dernier, "previous")
        assert [i for page in aller for i in page] == complet[0]
        assert [i for page in reversed(retour) for i in page] == complet[0]


def test_more_ties_than_any_offset(http):
    client = creer_client()
    Devis.objects.bulk_create(Devis(client=client, objet=f"n° {rang}") for rang in range(1203))

    pages, _ = marcher(http, f"{API}/devis/?tri=-date&taille=200")

    ids = [rang for page in pages for rang in page]
    assert len(ids) == len(set(ids)) == 1203


@pytest.mark.parametrize("tri", ["inconnu", "client__email", "--id", "id;drop", "-"])
def test_an_unknown_order_is_a_400_that_gives_the_choices(http, tri):
    reponse = http.get(f"{API}/factures/?tri={tri}")

    assert (reponse.status_code, reponse.json()["code"]) == (400, "invalide")
    choix = reponse.json()["champs"]["tri"][0]
    assert all(nom in choix for nom in ("-date", "date", "echeance", "numero"))


@pytest.mark.parametrize("tri", ["-id", "-date", "numero"])
def test_a_forged_cursor_is_a_404_or_an_honest_page(http, tri):
    creer_facture()
    places = [
        b"", b"[]", b"null", b"{}", b"[0,null,null]", b'[0,"abc",1]', b'[0,"2026-02-30",1]',
        b'[0,"a\\u0000b",1]', b"[0,null,1e400]", b'[0,null,"1"]', b"[0,null,true]", b"[0,[],1]",
        b"[0,null,%d]" % 10**30, b"[1,null,%d]" % 2**63, b'[1,"2026-06-10",-1]',
    ]  # fmt: skip

    curseurs = ["abc", "!!!", "%00", "é", *(base64.urlsafe_b64encode(p).decode() for p in places)]
    for curseur in curseurs:
        reponse = http.get(f"{API}/factures/?tri={tri}&curseur={curseur}")
        assert reponse.status_code in {200, 404}, curseur
