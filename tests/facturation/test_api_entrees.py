"""What the API refuses: every faulty body is a 400 that names the field in French."""

import json
from itertools import product

import pytest

from artjardin.audit.models import Entree
from artjardin.softdelete.services import supprimer
from clients.models import Client
from facturation.models import Devis, Facture, LigneFacture
from tests.chantiers.factories import creer_chantier
from tests.clients.factories import creer_client
from tests.facturation.factories import ROBOT, creer_brouillon, creer_facture

pytestmark = pytest.mark.django_db
LIGNE = {"designation": "Taille", "quantite": "1", "prix_unitaire": "10"}


def ecrire(http, brut: str, chemin="/api/v1/factures/"):
    return http.post(chemin, brut, content_type="application/json")


def corps(**champs):
    return {"client": creer_client().pk, "objet": "Entretien", "lignes": [LIGNE]} | champs


def refuse(reponse, *champs):
    assert reponse.status_code == 400, reponse.content
    recu = reponse.json()
    assert set(recu) == {"code", "message", "champs"}
    assert (recu["code"], recu["message"]) == ("invalide", "La demande contient des erreurs.")
    assert sorted(recu["champs"]) == sorted(champs)
    assert all(isinstance(t, str) and t for textes in recu["champs"].values() for t in textes)
    assert not Facture.tous.exists()
    assert not Entree.objects.filter(action="facture.preparee").exists()


LIGNES_FAUSSES = [
    ({"quantite": "-1"}, "quantite"),
    ({"quantite": "0"}, "quantite"),
    ({"quantite": "1.00001"}, "quantite"),
    ({"quantite": "999999999"}, "quantite"),
    ({"quantite": "NaN"}, "quantite"),
    ({"quantite": "Infinity"}, "quantite"),
    ({"quantite": "1e400"}, "quantite"),
    ({"quantite": "un"}, "quantite"),
    ({"quantite": None}, "quantite"),
    ({"quantite": True}, "quantite"),
    ({"quantite": [1]}, "quantite"),
    ({"quantite": {"a": 1}}, "quantite"),
    ({"prix_unitaire": "-0.01"}, "prix_unitaire"),
    ({"prix_unitaire": "0.0000001"}, "prix_unitaire"),
    ({"remise": "100.01"}, "remise"),
    ({"remise": "-1"}, "remise"),
    ({"taux_tva": "21"}, "taux_tva"),
    ({"taux_tva": "19.6"}, "taux_tva"),
    ({"unite": "brouette"}, "unite"),
    ({"designation": ""}, "designation"),
    ({"designation": "x" * 1_000_000}, "designation"),
    ({"designation": "a\x00b"}, "designation"),
    ({"designation": ["x"]}, "designation"),
    ({"prestation": 999_999}, "prestation"),
    ({"prestation": "abc"}, "prestation"),
    ({"prestation": 10**40}, "prestation"),
]


def test_every_faulty_line_is_named_by_rank_and_field(http):
    lignes = [LIGNE] + [LIGNE | champs for champs, _ in LIGNES_FAUSSES]

    reponse = ecrire(http, json.dumps(corps(lignes=lignes)))

    refuse(reponse, *(f"lignes.{rang}.{c}" for rang, (_, c) in enumerate(LIGNES_FAUSSES, 1)))


def test_messages_are_in_french(http):
    lignes = [LIGNE | {"quantite": "-1"}, LIGNE | {"taux_tva": "21"}, {"quantite": 1}]

    champs = http.post("/api/v1/factures/", corps(lignes=lignes)).json()["champs"]

    assert champs == {
        "lignes.0.quantite": ["Assurez-vous que cette valeur est supérieure ou égale à\xa00.0001."],
        "lignes.1.taux_tva": ["Taux de TVA inconnu. Choix : 20 ; 10 ; 5,5 ; 0."],
        "lignes.2.designation": ["Ce champ est obligatoire."],
        "lignes.2.prix_unitaire": ["Ce champ est obligatoire."],
    }


CHAMPS_FAUX = [
    ({"client": 999_999}, "client"),
    ({"client": "abc"}, "client"),
    ({"client": None}, "client"),
    ({"client": True}, "client"),
    ({"client": 1.5}, "client"),
    ({"client": 10**40}, "client"),
    ({"client": -1}, "client"),
    ({"client": {"id": 1}}, "client"),
    ({"client": [1]}, "client"),
    ({"chantier": 999_999}, "chantier"),
    ({"objet": ""}, "objet"),
    ({"objet": "x" * 201}, "objet"),
    ({"objet": {}}, "objet"),
    ({"echeance": "31/12/2026"}, "echeance"),
    ({"echeance": "2026-02-30"}, "echeance"),
    ({"echeance": 20261231}, "echeance"),
    ({"lignes": {"designation": "x"}}, "lignes"),
    ({"lignes": "x"}, "lignes"),
    ({"lignes": ["x"]}, "lignes.0"),
    ({"lignes": [None]}, "lignes.0"),
    ({"lignes": [LIGNE] * 501}, "lignes"),
]


def test_a_faulty_field_is_named(http):
    for champs, champ in CHAMPS_FAUX:
        refuse(ecrire(http, json.dumps(corps(**champs))), champ)


def test_missing_fields_are_named(http):
    reponse = http.post("/api/v1/factures/", {})

    refuse(reponse, "client", "objet")
    for champ in ("client", "objet"):
        assert reponse.json()["champs"][champ] == ["Ce champ est obligatoire."]


PAS_DU_JSON = [
    "",
    "{",
    "nul",
    '{"client": NaN}',
    '{"client": Infinity}',
    '{"objet": "\xff',
    '{"client": ' + "9" * 5000 + "}",
    '{"lignes":' + "[" * 5_000 + "]" * 5_000 + "}",
    '{"lignes":' + "[" * 100_000,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
]


def test_what_is_no_json_object_is_a_400(http):
    for brut in [*PAS_DU_JSON, "[]", "null", "1", '"texte"', "[[]]"]:
        reponse = ecrire(http, brut)
        assert (reponse.status_code, set(reponse.json())) == (400, {"code", "message", "champs"})
    assert not Facture.tous.exists()


def test_a_number_beyond_all_bounds_is_a_400(http):
    for champ, nombre in product(["client", "chantier"], ["1e400", "-1e400", "1E999999"]):
        brut = json.dumps(corps(**{champ: "ICI"})).replace('"ICI"', nombre)
        reponse = ecrire(http, brut)
        assert (reponse.status_code, reponse.json()["message"]) == (400, "Nombre trop grand.")
    assert not Facture.tous.exists()


def test_text_that_is_no_unicode_is_a_400(http):
    for champ in ("unite", "designation", "objet"):
        brut = json.dumps(corps(lignes=[LIGNE | {champ: "\ud800"}]))
        assert ecrire(http, brut).status_code == 400
    assert not Facture.tous.exists()


def test_another_content_type_is_refused(http):
    reponse = http.post("/api/v1/factures/", "<a/>", content_type="application/xml")

    assert (reponse.status_code, reponse.json()["code"]) == (415, "unsupported_media_type")


def test_what_only_the_house_decides_is_ignored(http):
    demande = corps(
        numero="FAC-2026-9999", statut="emise", date="2020-01-01", total_ttc="1.00", serie="X",
        type="avoir", devis=1, solde="0", emetteur={"nom": "moi"},
    )  # fmt: skip

    reponse = http.post("/api/v1/factures/", demande)

    assert reponse.status_code == 201
    facture = Facture.objects.get()
    assert (facture.numero, facture.statut, facture.date) == (None, "brouillon", None)
    assert (facture.type, facture.devis, facture.total_ttc) == ("facture", None, 12)


def test_amounts_as_json_numbers_are_exact(http):
    brut = json.dumps(corps(lignes=[LIGNE | {"quantite": 1.1, "prix_unitaire": 0.07}]))

    assert ecrire(http, brut).status_code == 201
    ligne = LigneFacture.objects.get()
    assert (str(ligne.quantite), str(ligne.prix_unitaire)) == ("1.1000", "0.070000")


def test_five_hundred_lines_are_welcome(http):
    reponse = http.post("/api/v1/factures/", corps(lignes=[LIGNE] * 500))

    assert (reponse.status_code, reponse.json()["total_ht"]) == (201, "5000.00")


def test_a_client_in_the_trash_is_unknown(http):
    client = creer_client()
    supprimer(Client.objects.get(pk=client.pk), par=ROBOT)

    refuse(http.post("/api/v1/factures/", corps(client=client.pk)), "client")


def test_the_site_of_another_client_is_named(http):
    reponse = http.post("/api/v1/factures/", corps(chantier=creer_chantier().pk))

    assert (reponse.status_code, list(reponse.json()["champs"])) == (400, ["chantier"])
    assert not Facture.tous.exists()


def test_a_faulty_validity_is_named(http):
    for valeur in ("-1", "32768", "1e400", "abc", 1.5):
        reponse = http.post("/api/v1/devis/", corps(duree_validite=valeur))
        assert (reponse.status_code, list(reponse.json()["champs"])) == (400, ["duree_validite"])
    assert not Devis.tous.exists()


PAIEMENTS_FAUX = [
    ({"montant": "NaN"}, "montant"),
    ({"montant": "-5"}, "montant"),
    ({"montant": "1.005"}, "montant"),
    ({"montant": "1e400"}, "montant"),
    ({"montant": None}, "montant"),
    ({"le": "demain"}, "le"),
    ({"le": "2999-01-01"}, "le"),
    ({"le": None}, "le"),
    ({"mode": "troc"}, "mode"),
    ({"reference": "x" * 141}, "reference"),
]


def test_a_faulty_payment_is_named(http):
    facture = creer_facture()
    bon = {"montant": "10.00", "le": str(facture.date)}

    for champs, champ in PAIEMENTS_FAUX:
        reponse = http.post(f"/api/v1/factures/{facture.pk}/encaisser/", bon | champs)
        assert (reponse.status_code, list(reponse.json()["champs"])) == (400, [champ])
    assert not facture.imputations.exists()


@pytest.mark.parametrize(
    ("champs", "champ"),
    [({"date": "2999-01-01"}, "date"), ({"date": "hier"}, "date"), ({"envoyer": "?"}, "envoyer")],
)
def test_a_faulty_issue_is_named(http, champs, champ):
    facture = creer_brouillon()

    reponse = http.post(f"/api/v1/factures/{facture.pk}/emettre/", champs)

    assert (reponse.status_code, list(reponse.json()["champs"])) == (400, [champ])
    assert Facture.objects.get().statut == "brouillon"


def test_an_unknown_document_is_a_404(http):
    for pk in ("abc", "0", "-1", "9" * 40, "1.5", "%00"):
        assert http.get(f"/api/v1/factures/{pk}/").status_code == 404
