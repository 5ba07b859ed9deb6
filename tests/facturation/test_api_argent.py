"""Money over HTTP: what is not an amount is a 400 that changes nothing; the new paths in full."""

from decimal import Decimal

import pytest
from django.utils import timezone

from facturation.models import Facture, Paiement
from tests.clients.factories import creer_client
from tests.facturation.etat import etat, refuse_en_http
from tests.facturation.factories import (
    creer_devis_accepte,
    creer_devis_finalise,
    creer_facture,
    facturer,
    ligne,
    payer,
    solde,
)

pytestmark = pytest.mark.django_db
API = "/api/v1"
IMPOSSIBLES = ["NaN", "-Infinity", "1e400", "0", "-1", "0.001", "", None, "dix", [], "9" * 40]


def post(http, chemin, corps=None, statut=200):
    reponse = http.post(f"{API}{chemin}", corps or {})
    assert reponse.status_code == statut, reponse.content
    return reponse.json()


def aujourdhui():
    return str(timezone.localdate())


@pytest.fixture
def chemins(http):
    """Every path that takes an amount, with a body that is right but for it."""
    facture = creer_facture()
    paiement = payer(facture, "150.00", garder_le_surplus=True)
    due, devis = creer_facture(client=facture.client), creer_devis_accepte()
    entree = {"le": aujourdhui()}
    return {
        f"/factures/{due.pk}/encaisser/": entree,
        "/paiements/": entree | {"client": facture.client_id},
        f"/paiements/{paiement.pk}/imputer/": {"facture": due.pk},
        f"/paiements/{paiement.pk}/rembourser/": entree | {"motif": "trop versé"},
        f"/devis/{devis.pk}/facturer/": {"type": "acompte"},
    }


def test_what_is_not_an_amount_is_refused_and_changes_nothing(http, chemins):
    avant = etat()

    for chemin, corps in chemins.items():
        for montant in IMPOSSIBLES:
            reponse = http.post(f"{API}{chemin}", corps | {"montant": montant})
            assert (reponse.status_code, bool(reponse.json()["champs"])) == (400, True), (
                chemin, montant, reponse.content,
            )  # fmt: skip

    assert etat() == avant


def test_an_impossible_part_of_a_payment_is_refused(http):
    facture = creer_facture()
    corps = {"client": facture.client_id, "montant": "50.00", "le": aujourdhui()}
    avant = etat()

    for montant in IMPOSSIBLES:
        parts = [{"facture": facture.pk, "montant": montant}]
        erreur = post(http, "/paiements/", corps | {"imputations": parts}, 400)
        assert next(iter(erreur["champs"])).startswith("imputations"), montant

    assert etat() == avant


@pytest.mark.parametrize("genre", ["acompte", "situation"])
def test_an_impossible_percentage_is_refused(http, genre):
    devis = creer_devis_accepte()
    avant = etat()

    for pourcentage in ("NaN", "1e400", "0", "-1", "100.01", "101", "", "dix"):
        corps = {"type": genre, "pourcentage": pourcentage}
        erreur = post(http, f"/devis/{devis.pk}/facturer/", corps, 400)
        assert list(erreur["champs"]) == ["pourcentage"], pourcentage

    assert etat() == avant


def test_a_faulty_part_of_a_devis_is_refused(http):
    devis = creer_devis_accepte()
    avant = etat()

    for corps in (
        {"type": "avoir"},
        {"type": "inconnu"},
        {"type": "acompte", "pourcentage": "10", "montant": "10.00"},
        {"type": "situation", "avancement": "tout"},
        {"type": "situation", "avancement": [{"ligne": "x", "pourcentage": "10"}]},
        {"type": "situation", "avancement": [{"ligne": 0, "pourcentage": "10"}]},
        {"retenue_taux": "5.01"},
        {"retenue_taux": "-1"},
        {"retenue_taux": "NaN"},
    ):
        assert post(http, f"/devis/{devis.pk}/facturer/", corps, 400)["champs"], corps

    assert etat() == avant


def test_two_discounts_at_once_are_refused_by_field(http):
    corps = {"client": creer_client().pk, "objet": "x", "remise_taux": "5", "remise_montant": "5"}

    for chemin in ("/devis/", "/factures/"):
        erreur = refuse_en_http(lambda c=chemin: http.post(f"{API}{c}", corps))
        assert "pas les deux" in erreur["message"] + str(erreur["champs"])


def test_a_devis_is_invoiced_by_parts_to_the_end(http):
    devis = creer_devis_accepte(lignes=[ligne(prix_unitaire=Decimal("1000.00"))])
    haie = devis.lignes.get().pk
    chemin = f"/devis/{devis.pk}/facturer/"

    acompte = post(http, chemin, {"type": "acompte", "pourcentage": "30"}, 201)
    assert (acompte["type"], acompte["total_ttc"]) == ("acompte", "360.00")
    attente = post(http, chemin, {"type": "acompte", "pourcentage": "30"}, 409)
    assert attente["code"] == "devis_deja_facture"
    post(http, f"/factures/{acompte['id']}/emettre/")
    avancement = [{"ligne": haie, "pourcentage": "40.00"}]
    corps = {"type": "situation", "avancement": avancement, "retenue_taux": "5"}
    situation = post(http, chemin, corps, 201)
    emise = post(http, f"/factures/{situation['id']}/emettre/")
    assert emise["retenue"] == {"montant": "24.00", "reception_le": None, "echeance": None}
    assert emise["lignes"][0]["avancement"] == "40.00"
    solde_ = post(http, chemin, {}, 201)

    assert (solde_["type"], solde_["total_ttc"]) == ("solde", "360.00")
    assert [une["total_ht"] for une in solde_["lignes"]] == ["1000.00", "-300.00", "-400.00"]
    fige = http.patch(f"{API}/factures/{solde_['id']}/", {"remise_taux": "5"})
    assert (fige.status_code, fige.json()["code"]) == (409, "facture_derivee")


def test_what_a_draft_takes_from_elsewhere_is_not_written_by_patch(http):
    brouillon = facturer(creer_devis_accepte(), type="acompte", pourcentage=Decimal(30))
    autre = creer_facture()

    reponse = http.patch(
        f"{API}/factures/{brouillon.pk}/",
        {"type": "facture", "devis": None, "origine": autre.pk, "statut": "emise",
         "numero": "FAC-2026-9999", "empreinte": "x", "total_ttc": "1.00"},
    )  # fmt: skip

    assert reponse.status_code == 200
    actuel = Facture.objects.get(pk=brouillon.pk)
    assert (actuel.type, actuel.devis_id, actuel.origine) == ("acompte", brouillon.devis_id, None)
    assert (actuel.statut, actuel.numero, actuel.empreinte) == ("brouillon", None, "")
    assert actuel.total_ttc == 36


def test_a_credit_note_over_http(http):
    facture = creer_facture()
    chemin = f"/factures/{facture.pk}/avoir/"

    assert list(post(http, chemin, {"motif": " "}, 400)["champs"]) == ["motif"]
    avoir = post(http, chemin, {"motif": "geste commercial"}, 201)
    assert (avoir["type"], avoir["origine"], avoir["statut"]) == ("avoir", facture.pk, "brouillon")
    emis = post(http, f"/factures/{avoir['id']}/emettre/")

    assert (emis["serie"], emis["total_ttc"], emis["echeance"]) == ("AVO", "120.00", None)
    assert post(http, chemin, {"motif": "encore"}, 409)["code"] == "avoir_trop_grand"
    assert solde(facture) == 0


def test_a_revision_over_http(http):
    devis = creer_devis_finalise()

    revision = post(http, f"/devis/{devis.pk}/reviser/", {}, 201)
    assert (revision["version"], revision["remplace"]) == (2, devis.pk)
    assert post(http, f"/devis/{devis.pk}/reviser/", {}, 409)["code"] == "deja_revise"
    finalisee = post(http, f"/devis/{revision['id']}/finaliser/")

    assert finalisee["statut"] == "finalise"
    assert http.get(f"{API}/devis/{devis.pk}/").json()["statut"] == "remplace"


def test_options_and_place_of_an_agreement_over_http(http):
    devis = creer_devis_finalise(lignes=[ligne(), ligne(option=True)])
    chemin = f"/devis/{devis.pk}/accepter/"
    option = devis.lignes.get(option=True).pk

    assert list(post(http, chemin, {"options": [0]}, 400)["champs"]) == ["options"]
    assert post(http, chemin, {"conclusion": "domicile"}, 409)["code"] == "mentions_absentes"
    accepte = post(http, chemin, {"options": [option], "le": aujourdhui()})

    assert (accepte["statut"], accepte["options_retenues"]) == ("accepte", [2])
    assert accepte["signe_le"] == aujourdhui()


def test_credit_over_http_received_used_given_back(http):
    client = creer_client()
    corps = {"client": client.pk, "montant": "200.00", "le": aujourdhui(), "mode": "cheque"}

    recu = post(http, "/paiements/", corps, 201)
    assert (recu["credit"], recu["imputations"]) == ("200.00", [])
    facture = creer_facture(client=client)
    impute = post(
        http, f"/paiements/{recu['id']}/imputer/", {"facture": facture.pk, "montant": "120.00"}
    )
    assert (impute["credit"], impute["imputations"][0]["montant"]) == ("80.00", "120.00")
    rendu = post(
        http,
        f"/paiements/{recu['id']}/rembourser/",
        {"montant": "80.00", "le": aujourdhui(), "motif": "trop versé"},
        201,
    )

    assert (rendu["montant"], rendu["rembourse"]) == ("-80.00", recu["id"])
    assert http.get(f"{API}/paiements/{recu['id']}/").json()["credit"] == "0.00"
    assert solde(facture) == 0


def test_several_invoices_at_once_over_http(http):
    une = creer_facture()
    autre = creer_facture(client=une.client)
    parts = [{"facture": f.pk, "montant": "120.00"} for f in (une, autre)]
    corps = {"client": une.client_id, "montant": "240.00", "le": aujourdhui()}

    paiement = post(http, "/paiements/", corps | {"imputations": parts}, 201)

    assert [i["numero"] for i in paiement["imputations"]] == [une.numero, autre.numero]
    assert Paiement.objects.avec_credit().get().credit == 0


def test_what_is_missing_is_listed_by_field(http):
    brouillon = facturer(creer_devis_accepte(), type="acompte", pourcentage=Decimal(30))
    client = brouillon.client
    client.adresse = ""
    client.save()

    reponse = post(http, f"/factures/{brouillon.pk}/emettre/", {}, 409)

    assert reponse["code"] == "document_incomplet"
    assert list(reponse["champs"]) == ["client.adresse"]
