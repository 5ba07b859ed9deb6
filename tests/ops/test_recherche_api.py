"""Lists over HTTP: each searches or refuses to, and none ignores what it was asked."""

from datetime import date

import pytest
import time_machine
from django.urls import URLPattern, get_resolver

from artjardin.outbox.services import Contenu, promettre
from relances.services import relancer_la_facture
from tests.artjardin.factories import creer_pdf
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture, payer
from tests.relances.factories import PAR, facture_due

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture(autouse=True)
def _un_jour_ouvrable():
    with time_machine.travel("2026-11-24T10:00:00+01:00", tick=True):
        yield


SANS_RECHERCHE = {
    "/api/v1/cles-api/",
    "/api/v1/comptes/",
    "/api/v1/exports/",
    "/api/v1/relances/passages/",
    "/api/v1/relances/taux/",
}


def listes():
    """The address of each list of the API that takes no other id."""
    trouvees = []
    for motif, vue, actions in _routes(get_resolver().url_patterns, ""):
        if actions.get("get") == "list" and "<" not in motif and vue.filter_backends:
            trouvees.append("/" + motif.replace("^", "").replace("$", ""))
    return sorted(set(trouvees))


def _routes(motifs, debut):
    for motif in motifs:
        if isinstance(motif, URLPattern):
            yield debut + str(motif.pattern), *_de(motif.callback)
        else:
            yield from _routes(motif.url_patterns, debut + str(motif.pattern))


def _de(vue):
    return getattr(vue, "cls", None), getattr(vue, "actions", None) or {}


def test_every_list_refuses_what_it_does_not_read(http):
    adresses = [une for une in listes() if "(" not in une]
    assert len(adresses) > 20
    for adresse in adresses:
        reponse = http.get(f"{adresse}?recherce=haie&statuts=x")
        assert reponse.status_code == 400, adresse
        assert set(reponse.json()["champs"]) == {"recherce", "statuts"}, adresse
        assert "recherce, statuts" in reponse.json()["message"]
        assert http.get(f"{adresse}?taille=2&format=json").status_code == 200, adresse


def test_every_list_searches_or_says_that_it_does_not(http):
    adresses = [une for une in listes() if "(" not in une]
    for adresse in adresses:
        reponse = http.get(f"{adresse}?recherche=zzzz")
        if adresse in SANS_RECHERCHE:
            assert list(reponse.json()["champs"]) == ["recherche"], adresse
        else:
            assert (reponse.status_code, reponse.json()["results"]) == (200, []), adresse


def trouves(http, liste, demande):
    reponse = http.get(f"{API}/{liste}/", {"recherche": demande})
    assert reponse.status_code == 200, reponse.content
    return [ligne["id"] for ligne in reponse.json()["results"]]


@pytest.mark.parametrize("demande", ["Haie à tailler", "zoe@example.org", "zoé", "C0001", "zoe"])
def test_mails_are_found_by_subject_address_and_client(demande, http):
    client = creer_client(nom="Zoé", email="zoe@example.org")
    contenu = Contenu("Haie à tailler", "Bonjour", "")
    voulu = promettre(genre="essai", a=["zoe@example.org"], contenu=contenu, client=client.pk)
    promettre(genre="essai", a=["lea@example.org"], contenu=Contenu("Tonte", "", ""), client=None)

    assert trouves(http, "courriels", demande) == [voulu.pk]


def test_reminders_payments_and_documents_are_found_by_number_and_client(http, settings):
    genres = settings.DOCUMENT_PRODUCTEURS
    essai = "tests.artjardin.factories.pdf"
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys([*genres, "essai"], essai)
    zoe, lea = creer_client(nom="Zoé"), creer_client(nom="Léa")
    facture, autre = (facture_due(c, retard=40, au=date(2026, 11, 24)) for c in (zoe, lea))
    relances = [relancer_la_facture(une, par=PAR) for une in (facture, autre)]
    payer(facture, "20.00")
    payer(facture, "10.00")
    payer(autre, "20.00")
    piece = creer_pdf(client=zoe.pk, nom="plan-du-jardin")

    for demande in (facture.numero, "zoe"):
        assert trouves(http, "relances", demande) == [relances[0].pk]
        assert len(trouves(http, "paiements", demande)) == 2
    assert trouves(http, "archives", "plan-du-jardin") == [piece.pk]
    assert piece.pk in trouves(http, "archives", "zoe")


def test_the_journal_still_gives_its_csv(http):
    creer_facture()

    reponse = http.get(f"{API}/journal/?sortie=csv&recherche=facture")
    lu = b"".join(reponse.streaming_content)  # to the end, which closes the file

    assert reponse["Content-Type"].startswith("text/csv")
    assert b";" in lu
