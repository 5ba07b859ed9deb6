"""Lists of the money: what they show, find and filter, at a constant number of queries."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from artjardin.softdelete.services import supprimer
from clients.models import Client
from facturation.models import Facture
from facturation.services import accepter_devis, annuler_paiement, envoyer_facture
from tests.chantiers.factories import creer_chantier
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    creer_brouillon,
    creer_devis,
    creer_devis_finalise,
    creer_facture,
    ligne,
    payer,
)

pytestmark = pytest.mark.django_db
API = "/api/v1"
JOUR = "2026-06-10T12:00:00+02:00"


def peupler(nombre):
    for _ in range(nombre):
        chantier = creer_chantier()
        facture = creer_facture(
            client=chantier.client, chantier=chantier, lignes=[ligne(), ligne()]
        )
        annuler_paiement(payer(facture, "10.00"), motif="x", par=ROBOT)
        creer_brouillon(client=chantier.client)
        creer_devis_finalise(client=chantier.client, lignes=[ligne(), ligne()])
        envoyer_facture(facture, par=ROBOT)


def compter(http, chemin):
    with CaptureQueriesContext(connection) as requetes:
        reponse = http.get(f"{API}/{chemin}/")
    assert reponse.status_code == 200
    return len(requetes), len(reponse.json()["results"])


LISTES = [
    "factures", "devis", "paiements", "courriels", "archives", "journal", "clients", "chantiers",
]  # fmt: skip


def test_the_queries_of_a_list_do_not_grow_with_its_rows(http):
    peupler(1)
    avant = {chemin: compter(http, chemin) for chemin in LISTES}
    peupler(3)
    apres = {chemin: compter(http, chemin) for chemin in LISTES}

    assert {c: requetes for c, (requetes, _) in apres.items()} == {
        c: requetes for c, (requetes, _) in avant.items()
    }
    assert all(apres[chemin][1] > avant[chemin][1] for chemin in LISTES)
    assert max(requetes for requetes, _ in apres.values()) <= 11
    assert compter(http, "prestations")[0] <= 6


def test_the_queries_of_a_detail_do_not_grow_with_its_lines(http):
    petite, grande = creer_brouillon(), creer_brouillon(lignes=[ligne()] * 50)

    comptes = []
    for facture in (petite, grande):
        with CaptureQueriesContext(connection) as requetes:
            http.get(f"{API}/factures/{facture.pk}/")
        comptes.append(len(requetes))

    assert comptes[0] == comptes[1]


@time_machine.travel(JOUR, tick=False)
def test_a_row_of_the_list(http):
    chantier = creer_chantier(nom="Rue Bressigny")
    facture = creer_facture(client=chantier.client, chantier=chantier)
    payer(facture, "20.00")

    (rangee,) = http.get(f"{API}/factures/").json()["results"]

    assert rangee == {
        "id": facture.pk,
        "type": "facture",
        "numero": "FAC-2026-0001",
        "serie": "FAC",
        "statut": "emise",
        "objet": "Entretien du jardin",
        "date": "2026-06-10",
        "echeance": "2026-07-10",
        "total_ht": "100.00",
        "total_tva": "20.00",
        "total_ttc": "120.00",
        "solde": "100.00",
        "reprise": False,
        "client": {
            "id": chantier.client_id,
            "code": chantier.client.code,
            "designation": chantier.client.designation,
        },
        "chantier": {"id": chantier.pk, "nom": "Rue Bressigny"},
    }


def test_a_draft_and_a_firm_in_the_list(http):
    client = creer_client(type="syndic", raison_sociale='Foncia "Anjou" \\ & Cie', nom="Roy")
    creer_brouillon(client=client, objet='Haie « d\'if » "nord"\n\té')

    (rangee,) = http.get(f"{API}/factures/").json()["results"]

    assert (rangee["numero"], rangee["date"], rangee["solde"], rangee["chantier"]) == (None,) * 4
    assert rangee["client"]["designation"] == 'Foncia "Anjou" \\ & Cie'
    assert rangee["objet"] == 'Haie « d\'if » "nord"\n\té'


def test_list_and_detail_agree(http):
    facture = creer_facture(lignes=[ligne(prix_unitaire=Decimal("33.333333"))])
    payer(facture, "0.01")

    (rangee,) = http.get(f"{API}/factures/").json()["results"]
    detail = http.get(f"{API}/factures/{facture.pk}/").json()

    communs = set(rangee) - {"client", "chantier"}
    assert {champ: rangee[champ] for champ in communs} == {
        champ: detail[champ] for champ in communs
    }


@pytest.fixture
def trois():
    """One settled, one overdue, one draft, each of its own client."""
    with time_machine.travel("2026-05-01T12:00:00+02:00", tick=False):
        retard = creer_facture(client=creer_client(nom="Éluard", prenom="Paul"))
    with time_machine.travel(JOUR, tick=False):
        reglee = creer_facture(client=creer_client(nom="Aragon", prenom="Louis"))
        payer(reglee, "120.00")
        brouillon = creer_brouillon(client=creer_client(nom="Char", prenom="René"), objet="Élagage")
    return {"retard": retard, "reglee": reglee, "brouillon": brouillon}


FILTRES = [
    ("statut=brouillon", {"brouillon"}),
    ("statut=emise", {"retard", "reglee"}),
    ("reglee=true", {"reglee"}),
    ("reglee=false", {"retard"}),
    ("en_retard=true", {"retard"}),
    ("en_retard=false", {"reglee", "brouillon"}),
    ("du=2026-06-01", {"reglee"}),
    ("au=2026-06-01", {"retard"}),
    ("du=2026-05-01&au=2026-06-10", {"retard", "reglee"}),
    ("numero=FAC-2026-0001", {"retard"}),
    ("serie=FAC", {"retard", "reglee"}),
    ("type=avoir", set()),
    ("recherche=eluard", {"retard"}),
    ("recherche=ÉLUARD", {"retard"}),
    ("recherche=elouard", {"retard"}),
    ("recherche=fac-2026", {"retard", "reglee"}),
    ("recherche=lagage", {"brouillon"}),
    ("recherche=introuvable", set()),
    ("statut=emise&recherche=aragon", {"reglee"}),
]


@time_machine.travel(JOUR, tick=False)
def test_filters_and_search(http, trois):
    noms = {facture.pk: nom for nom, facture in trois.items()}

    lues = [
        (requete, {noms[li["id"]] for li in lire(http, f"factures/?{requete}")})
        for requete, _ in FILTRES
    ]

    assert lues == FILTRES


def lire(http, chemin):
    return http.get(f"{API}/{chemin}").json()["results"]


@time_machine.travel(JOUR, tick=False)
def test_filters_by_client_and_site(http, trois):
    chantier = creer_chantier(client=trois["reglee"].client)
    ici = creer_brouillon(client=chantier.client, chantier=chantier)

    def ids(requete):
        return {li["id"] for li in http.get(f"{API}/factures/?{requete}").json()["results"]}

    assert ids(f"client={chantier.client_id}") == {trois["reglee"].pk, ici.pk}
    assert ids(f"chantier={chantier.pk}") == {ici.pk}


def test_an_invoice_due_today_is_not_overdue(http):
    with time_machine.travel("2026-06-10T12:00:00+02:00", tick=False):
        creer_facture(echeance=date(2026, 6, 20))

    def en_retard(instant):
        with time_machine.travel(instant, tick=False):
            return len(http.get(f"{API}/factures/?en_retard=true").json()["results"])

    assert en_retard("2026-06-20T23:59:59+02:00") == 0
    assert en_retard("2026-06-20T22:00:00+00:00") == 1


def test_the_trash_is_not_listed(http):
    brouillon, garde = creer_brouillon(), creer_brouillon()
    supprimer(Facture.objects.get(pk=brouillon.pk), par=ROBOT)

    assert [li["id"] for li in http.get(f"{API}/factures/").json()["results"]] == [garde.pk]


@time_machine.travel(JOUR, tick=False)
def test_devis_and_payments_are_filtered(http):
    accepte, brouillon = creer_devis_finalise(), creer_devis(objet="Dallage")
    accepter_devis(accepte, par=ROBOT)
    facture = creer_facture()
    payer(facture, "10.00", mode="cheque")
    payer(facture, "20.00")
    payer(creer_facture(), "30.00")

    def lire(chemin, champ="id"):
        return [li[champ] for li in http.get(f"{API}/{chemin}").json()["results"]]

    assert lire("devis/?statut=accepte") == [accepte.pk]
    assert lire("devis/?recherche=dallage") == [brouillon.pk]
    assert lire(f"devis/?client={brouillon.client_id}") == [brouillon.pk]
    assert lire(f"paiements/?facture={facture.pk}", "montant") == ["20.00", "10.00"]
    assert lire("paiements/?mode=cheque", "montant") == ["10.00"]
    assert lire(f"paiements/?client={facture.client_id}", "montant") == ["20.00", "10.00"]
    hier = date(2026, 6, 10) - timedelta(days=1)
    assert lire(f"paiements/?au={hier}") == []
    assert len(lire("prestations/?active=true")) > 20


def test_the_documents_of_an_erased_client_are_found_by_what_they_froze(http):
    client = creer_client(nom="Éluard", prenom="Paul", code="EL7")
    facture = creer_facture(client=client)
    devis = creer_devis_finalise(client=client)
    creer_facture(client=creer_client(nom="Aragon"))
    Client.tous.filter(pk=client.pk).anonymiser()
    Client.tous.filter(pk=client.pk).update(code="X1")

    for demande in ("eluard", "ÉLUARD paul", "EL7", "el7 éluard"):
        assert trouver(http, "factures", demande) == [facture.pk]
        assert trouver(http, "devis", demande) == [devis.pk]
    assert trouver(http, "factures", "éluard zzzzzz") == []
    assert trouver(http, "factures", "%%%") == []


def trouver(http, chemin, demande) -> list[int]:
    reponse = http.get(f"{API}/{chemin}/", {"recherche": demande}).json()
    return [rangee["id"] for rangee in reponse["results"]]


def test_the_search_of_a_frozen_name_uses_its_index():
    creer_facture(client=creer_client(nom="Éluard"))
    figees = Facture.tous.rechercher("éluard").order_by()

    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL enable_seqscan = off")
        plan = figees.explain()
    assert "facture_destinataire" in plan
