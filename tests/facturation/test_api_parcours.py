"""The whole work of the office over HTTP: from devis to payment."""

from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from artjardin.storage.services import produire, produire_les_promis
from facturation.models import Devis, Facture, Paiement, Prestation
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
PRODUCTEURS = dict.fromkeys(["facture", "devis", "releve"], "tests.facturation.factories.pdf")


@pytest.fixture
def _sans_patience(monkeypatch, settings):
    """No worker runs here: the wait for one is short, and the queue lies in memory."""
    monkeypatch.setattr("artjardin.api.pdf.PATIENCE", 0.05)
    settings.DOCUMENT_PRODUCTEURS = PRODUCTEURS


def post(http, chemin, corps=None, statut=200):
    reponse = http.post(f"{API}{chemin}", corps or {})
    assert reponse.status_code == statut, reponse.content
    return reponse.json()


@time_machine.travel("2026-06-10T12:00:00+02:00", tick=False)
def test_from_devis_to_settled_invoice(http, patron):
    chantier = creer_chantier()
    client = chantier.client
    tonte = Prestation.objects.get(code="TONTE")
    corps = {
        "client": client.pk,
        "chantier": chantier.pk,
        "objet": "Remise en état du jardin",
        "lignes": [
            {"prestation": tonte.pk, "quantite": "400"},
            {"designation": "Taille", "quantite": "2", "prix_unitaire": "45.50", "remise": "10"},
        ],
    }

    devis = post(http, "/devis/", corps, 201)
    assert (devis["statut"], devis["numero"], devis["total_ht"]) == ("brouillon", None, "221.90")
    assert devis["lignes"][0]["designation"] == tonte.designation
    devis = post(http, f"/devis/{devis['id']}/finaliser/")
    assert (devis["numero"], devis["valide_jusqu_au"]) == ("DEV-2026-0001", "2026-07-10")
    assert post(http, f"/devis/{devis['id']}/envoyer/")["a"] == [client.email]
    assert post(http, f"/devis/{devis['id']}/accepter/")["statut"] == "accepte"

    facture = post(http, f"/devis/{devis['id']}/facturer/", statut=201)
    assert (facture["statut"], facture["devis"], facture["solde"]) == (
        "brouillon", devis["id"], None,
    )  # fmt: skip
    chemin = f"/factures/{facture['id']}"
    facture = post(http, f"{chemin}/emettre/", {"envoyer": True})
    assert facture["numero"] == "FAC-2026-0001"
    assert (facture["date"], facture["echeance"]) == ("2026-06-10", "2026-07-10")
    assert facture["tva"] == [{"taux": "20.00", "base": "221.90", "montant": "44.38"}]
    assert (facture["total_ttc"], facture["solde"]) == ("266.28", "266.28")

    paiement = {"montant": "66.28", "mode": "cheque", "le": "2026-06-10", "reference": "n° 7"}
    assert post(http, f"{chemin}/encaisser/", paiement)["solde"] == "200.00"
    reste = {"montant": "200.00", "le": "2026-06-10"}
    assert post(http, f"{chemin}/encaisser/", reste)["solde"] == "0.00"

    assert Courriel.objects.count() == 2
    assert {e.acteur for e in Entree.objects.filter(objet_type__startswith="facturation")} == {
        patron
    }


def test_a_draft_is_changed_then_put_in_the_trash(http):
    facture = creer_brouillon()
    chemin = f"{API}/factures/{facture.pk}/"

    reponse = http.patch(chemin, {"objet": "Élagage"})
    assert reponse.status_code == 200
    assert (reponse.json()["objet"], len(reponse.json()["lignes"])) == ("Élagage", 1)
    reponse = http.patch(
        chemin, {"lignes": [{"designation": "x", "quantite": 3, "prix_unitaire": 10}]}
    )
    assert (reponse.json()["total_ttc"], reponse.json()["objet"]) == ("36.00", "Élagage")
    assert http.delete(f"{chemin}?motif=doublon").status_code == 204

    assert http.get(chemin).status_code == 404
    assert Facture.tous.get().supprime_le is not None
    assert Entree.objects.get(action="corbeille.suppression").details["motif"] == "doublon"


@pytest.mark.parametrize("methode", ["patch", "delete"])
@pytest.mark.parametrize(
    ("creer", "chemin"), [(creer_facture, "factures"), (creer_devis_finalise, "devis")]
)
def test_a_frozen_document_answers_409(http, creer, chemin, methode):
    document = creer()
    if chemin == "devis" and methode == "delete":
        document = Devis.objects.get()
        post(http, f"/devis/{document.pk}/accepter/")
    avant = type(document).objects.values().get()

    reponse = getattr(http, methode)(f"{API}/{chemin}/{document.pk}/", {"objet": "autre"})

    assert reponse.status_code == 409
    assert reponse.json()["code"] in {"document_fige", "suppression_refusee"}
    assert type(document).objects.values().get() == avant


def test_put_is_not_offered(http):
    facture = creer_brouillon()

    reponse = http.put(f"{API}/factures/{facture.pk}/", {"objet": "x"})

    assert (reponse.status_code, reponse.json()["code"]) == (405, "method_not_allowed")
    assert Facture.objects.get().objet == facture.objet


@pytest.mark.parametrize(
    ("creer", "chemin", "corps", "code"),
    [
        (lambda: creer_brouillon(lignes=[]), "factures/{}/emettre", {}, "document_vide"),
        (creer_facture, "factures/{}/emettre", {}, "document_fige"),
        (creer_brouillon, "factures/{}/envoyer", {}, "pas_de_document"),
        (creer_brouillon, "factures/{}/litige", {"motif": "x"}, "transition_refusee"),
        (creer_facture, "factures/{}/clore-litige", {}, "sans_litige"),
        (
            creer_brouillon,
            "factures/{}/encaisser",
            {"montant": "1.00", "le": "2026-01-01"},
            "facture_non_emise",
        ),
        (creer_devis, "devis/{}/facturer", {}, "devis_non_accepte"),
        (creer_devis, "devis/{}/accepter", {}, "transition_refusee"),
        (creer_devis, "devis/{}/refuser", {"motif": "x"}, "transition_refusee"),
        (creer_devis, "devis/{}/envoyer", {}, "transition_refusee"),
        (creer_devis_finalise, "devis/{}/finaliser", {}, "document_fige"),
    ],
)
def test_what_the_state_refuses_is_a_409_with_code_and_message(http, creer, chemin, corps, code):
    document = creer()
    entrees = Entree.objects.count()

    reponse = http.post(f"{API}/{chemin.format(document.pk)}/", corps)

    assert reponse.status_code == 409
    assert set(reponse.json()) == {"code", "message", "champs"}
    assert (reponse.json()["code"], reponse.json()["champs"]) == (code, {})
    assert reponse.json()["message"].endswith(".")
    assert Entree.objects.count() == entrees


def test_paying_too_much_is_a_409_and_paying_nothing_a_400(http):
    facture = creer_facture()
    chemin = f"{API}/factures/{facture.pk}/encaisser/"
    jour = str(facture.date)

    trop = http.post(chemin, {"montant": "120.01", "le": jour})
    rien = http.post(chemin, {"montant": "0.00", "le": jour})
    interdit = http.post(chemin, {"montant": "1.00", "le": jour, "mode": "reprise"})

    assert (trop.status_code, trop.json()["code"]) == (409, "trop_percu")
    assert (rien.status_code, list(rien.json()["champs"])) == (400, ["montant"])
    assert (interdit.status_code, list(interdit.json()["champs"])) == (400, ["mode"])
    assert not Paiement.objects.exists()


def test_a_payment_is_listed_and_cancelled_with_a_reason(http):
    facture = creer_facture()
    paiement = payer(facture, "120.00")
    chemin = f"/paiements/{paiement.pk}/annuler/"

    assert list(post(http, chemin, {}, 400)["champs"]) == ["motif"]
    oppose = post(http, chemin, {"motif": "sans provision"}, 201)
    assert (oppose["montant"], oppose["annule"]) == ("-120.00", paiement.pk)
    assert oppose["imputations"] == [
        {
            "facture": facture.pk,
            "numero": facture.numero,
            "montant": "-120.00",
            "le": str(timezone.localdate()),
        }
    ]
    assert post(http, chemin, {"motif": "encore"}, 409)["code"] == "deja_annule"

    liste = http.get(f"{API}/paiements/?facture={facture.pk}").json()["results"]
    assert [p["montant"] for p in liste] == ["-120.00", "120.00"]
    assert http.delete(f"{API}/paiements/{paiement.pk}/").status_code == 405
    assert http.post(f"{API}/paiements/", {}).status_code == 400
    assert Paiement.objects.count() == 2


def test_a_dispute_is_opened_shown_and_closed(http):
    facture = creer_facture()
    chemin = f"/factures/{facture.pk}"

    assert post(http, f"{chemin}/litige/", {"motif": "haie abîmée"})["litige"] == "haie abîmée"
    assert post(http, f"{chemin}/litige/", {"motif": "x"}, 409)["code"] == "litige_ouvert"
    assert post(http, f"{chemin}/clore-litige/")["litige"] is None


def test_the_catalogue_is_kept_with_its_history(http):
    corps = {"code": "MUR", "designation": "Muret", "unite": "m2", "prix_unitaire": "80"}

    prestation = post(http, "/prestations/", corps, 201)
    chemin = f"{API}/prestations/{prestation['id']}/"
    assert http.patch(chemin, {"prix_unitaire": "85.50"}).status_code == 200
    assert http.delete(chemin).status_code == 405

    creee, modifiee = Entree.objects.filter(objet_type="facturation.prestation").order_by("id")
    assert (creee.action, creee.avant) == ("prestation.creee", {})
    assert modifiee.action == "prestation.modifiee"
    assert Decimal(modifiee.avant["prix_unitaire"]) == 80
    assert Decimal(modifiee.apres["prix_unitaire"]) == Decimal("85.50")


PRESTATIONS_FAUSSES = [
    ({"taux_tva": "21.00"}, "taux_tva"),
    ({"prix_unitaire": "-1"}, "prix_unitaire"),
    ({"prix_unitaire": "NaN"}, "prix_unitaire"),
    ({"code": "TONTE"}, "code"),
    ({"unite": "brouette"}, "unite"),
    ({"designation": ""}, "designation"),
]


def test_a_faulty_prestation_is_a_400(http):
    bonne = {"code": "MUR", "designation": "Muret", "prix_unitaire": "80"}

    for champs, champ in PRESTATIONS_FAUSSES:
        assert list(post(http, "/prestations/", bonne | champs, 400)["champs"]) == [champ]
    assert not Prestation.objects.filter(code="MUR").exists()


def test_an_inactive_prestation_fills_no_line(http):
    prestation = Prestation.objects.get(code="TONTE")
    http.patch(f"{API}/prestations/{prestation.pk}/", {"active": False})
    corps = {
        "client": creer_client().pk,
        "objet": "x",
        "lignes": [{"prestation": prestation.pk, "quantite": 1}],
    }

    assert list(post(http, "/devis/", corps, 400)["champs"]) == ["lignes.0.prestation"]


def test_a_later_price_of_the_catalogue_leaves_documents_alone(http):
    prestation = Prestation.objects.get(code="TAILLE-A")
    ligne = {"prestation": prestation.pk, "quantite": 1}
    corps = {"client": creer_client().pk, "objet": "x", "lignes": [ligne]}
    devis = post(http, "/devis/", corps, 201)

    http.patch(f"{API}/prestations/{prestation.pk}/", {"prix_unitaire": "99"})

    assert http.get(f"{API}/devis/{devis['id']}/").json()["total_ht"] == "18.00"


@pytest.mark.usefixtures("_sans_patience")
@pytest.mark.parametrize(
    ("creer", "chemin"), [(creer_facture, "factures"), (creer_devis_finalise, "devis")]
)
def test_a_pdf_is_waited_for_then_served_with_its_hash(http, creer, chemin):
    objet = creer()
    adresse = f"{API}/{chemin}/{objet.pk}/pdf/"

    attente = http.get(adresse)
    assert (attente.status_code, attente.json()["code"]) == (503, "indisponible")
    assert int(attente["Retry-After"]) > 0
    document = produire(Document.objects.get())
    reponse = http.get(adresse)

    assert (reponse.status_code, reponse["Content-Type"]) == (200, "application/pdf")
    assert reponse.content == f"%PDF-1.7 {objet.numero}.pdf".encode()
    assert reponse["ETag"] == f'"{document.sha256}"'
    assert f"{objet.numero}.pdf" in reponse["Content-Disposition"]


@pytest.mark.usefixtures("_sans_patience")
def test_a_draft_has_no_pdf(http):
    reponse = http.get(f"{API}/factures/{creer_brouillon().pk}/pdf/")

    assert (reponse.status_code, reponse.json()["code"]) == (409, "sans_pdf")


@pytest.mark.usefixtures("_sans_patience")
def test_an_altered_pdf_is_not_served(http, settings):
    facture = creer_facture()
    produire_les_promis()
    fichier = settings.DONNEES_DOCUMENTS / Document.objects.get().cle
    fichier.chmod(0o600)
    fichier.write_bytes(b"%PDF-1.7 autre")

    reponse = http.get(f"{API}/factures/{facture.pk}/pdf/")

    assert (reponse.status_code, reponse.json()["code"]) == (503, "document_altere")


@pytest.mark.usefixtures("_sans_patience")
def test_the_outstanding_amount_of_a_client(http):
    facture = creer_facture()
    payer(facture, "20.00")

    encours = http.get(f"{API}/clients/{facture.client_id}/encours/")

    assert encours.json() == {
        "client": facture.client_id,
        "solde": "100.00",
        "en_retard": "0.00",
        "factures_ouvertes": 1,
        "factures_en_retard": 0,
        "avances": "0.00",
    }
    assert http.get(f"{API}/clients/999999/encours/").status_code == 404
