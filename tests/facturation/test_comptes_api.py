"""The accounts over HTTP: who reads them, what is refused, and the files they give."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from artjardin.softdelete.services import supprimer
from artjardin.storage.models import Document
from artjardin.storage.services import produire_les_promis
from facturation import serializers_comptes as formes
from facturation.models import Entreprise
from tests.clients.factories import creer_client
from tests.facturation.factories import ROBOT, creer_facture, ligne, payer
from tests.facturation.vie import a_midi

API = "/api/v1"
BALANCE, CHIFFRE = "factures/balance-agee/", "factures/chiffre-affaires/"
AUJOURD_HUI = date(2026, 3, 31)
GENRES = ["releve_compte", "balance"]
PRODUCTEURS = dict.fromkeys(["facture", *GENRES], "tests.facturation.factories.pdf")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _aujourd_hui():
    with time_machine.travel("2026-03-31T22:30:00+02:00", tick=False):
        yield


@pytest.fixture
def facture():
    """120,00 € TTC of the 1st of January 2026, due the 31st; 20,00 € are paid the 2nd."""
    with a_midi(date(2026, 1, 2)):
        facture = creer_facture(client=creer_client(code="C042", nom="Martin", prenom="Léa"))
        payer(facture, "20.00")
        return facture


def releve(facture):
    return f"clients/{facture.client_id}/releve/"


def lire(http, chemin, **parametres):
    return http.get(f"{API}/{chemin}", parametres)


def rangees(reponse):
    """The rows of a CSV, once its form is checked."""
    assert (reponse.status_code, reponse["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert reponse.content.startswith(b"\xef\xbb\xbf")
    return reponse.content.decode("utf-8-sig").removesuffix("\r\n").split("\r\n")


def champs(reponse):
    assert (reponse.status_code, reponse.json()["code"]) == (400, "invalide")
    return reponse.json()["champs"]


def test_an_accountant_reads_the_accounts_and_an_employee_does_not(
    connecter, comptable, employe, facture
):
    for chemin in (releve(facture), BALANCE, CHIFFRE):
        assert lire(connecter(comptable), chemin).status_code == 200
        for sortie in ("json", "csv", "pdf"):
            assert lire(connecter(employe), chemin, sortie=sortie).status_code == 403
        assert connecter(comptable).post(f"{API}/{chemin}").status_code == 405
    assert not Document.objects.filter(type__in=GENRES).exists()


def test_a_statement_of_the_year(http, facture):
    corps = lire(http, releve(facture)).json()

    assert corps.keys() == formes.ReleveDeCompte().fields.keys()
    mouvements = corps.pop("mouvements")
    assert corps == {
        "client": facture.client_id, "code": "C042", "designation": "Martin Léa",
        "du": "2026-01-01", "au": "2026-03-31", "ouverture": "0.00",
        "totaux": {"debit": "120.00", "credit": "20.00"}, "cloture": "100.00", "avances": "0.00",
    }  # fmt: skip
    assert mouvements[0] == {
        "le": "2026-01-02", "genre": "facture", "piece": facture.numero,
        "libelle": "Facture : Entretien du jardin", "debit": "120.00", "credit": "0.00",
        "solde": "120.00",
    }  # fmt: skip
    assert [m["solde"] for m in mouvements] == ["120.00", "100.00"]


def test_a_statement_of_a_past_period(http, facture):
    corps = lire(http, releve(facture), du="2025-06-01", au="2026-01-01").json()

    assert (corps["du"], corps["au"], corps["mouvements"]) == ("2025-06-01", "2026-01-01", [])
    assert lire(http, releve(facture), au="2025-12-31").json()["du"] == "2025-01-01"


def test_the_statement_of_a_client_in_the_trash_stays(http, facture):
    payer(facture, "100.00")
    supprimer(facture.client, par=ROBOT)

    assert lire(http, releve(facture)).json()["cloture"] == "0.00"


def test_the_aged_balance_of_today(http, facture):
    corps = lire(http, BALANCE).json()

    zeros = dict.fromkeys(["non_echu", "j30", "j60", "j90", "plus", "avances"], "0.00")
    montants = zeros | {"total": "100.00", "j60": "100.00"}
    assert corps == {
        "au": "2026-03-31",
        "lignes": [
            {"client": facture.client_id, "code": "C042", "designation": "Martin Léa", **montants}
        ],
        "totaux": montants,
    }
    assert corps["lignes"][0].keys() == formes.LigneDeBalance().fields.keys()


def test_an_empty_account_has_amounts_all_the_same(http):
    assert set(lire(http, BALANCE).json()["totaux"].values()) == {"0.00"}
    corps = lire(http, f"clients/{creer_client().pk}/releve/").json()
    assert {corps[c] for c in ("ouverture", "cloture", "avances")} == {"0.00"}
    chiffre = lire(http, CHIFFRE).json()
    assert (chiffre["recu"], chiffre["emis"]["ttc"]) == ("0.00", "0.00")


def test_the_turnover_of_the_month(http, facture):
    payer(facture, "60.00", le=AUJOURD_HUI)

    corps = lire(http, CHIFFRE).json()

    ventes = {
        "par_taux": [{"taux": "20.00", "ht": "50.00", "tva": "10.00", "ttc": "60.00"}],
        "ht": "50.00", "tva": "10.00", "ttc": "60.00",
    }  # fmt: skip
    rien = {"par_taux": [], "ht": "0.00", "tva": "0.00", "ttc": "0.00"}
    assert corps == {
        "du": "2026-03-01", "au": "2026-03-31", "emis": rien, "encaisse": ventes, "recu": "60.00",
        "avances": {"ouverture": "0.00", "cloture": "0.00", "variation": "0.00"},
        "mois": [{"mois": "2026-03", "emis": rien, "encaisse": ventes}],
    }  # fmt: skip
    assert corps.keys() == formes.ChiffreDAffaires().fields.keys()
    trimestre = lire(http, CHIFFRE, du="2026-01-01").json()
    assert [mois["mois"] for mois in trimestre["mois"]] == ["2026-01", "2026-02", "2026-03"]


AGES = "1 à 30 jours;31 à 60 jours;61 à 90 jours;Plus de 90 jours"
DEMAIN = "Cette date est dans le futur."
FORME = "Une date s'écrit AAAA-MM-JJ, par exemple 2026-03-31."


@pytest.mark.parametrize(
    ("parametres", "attendus"),
    [
        ({"au": "2026-04-01"}, {"au": [DEMAIN]}),
        ({"au": "31/03/2026"}, {"au": [FORME]}),
        ({"au": "2026-02-30"}, {"au": [FORME]}),
        ({"au": "1899-12-31"}, {"au": ["Cette date précède 1900."]}),
    ],
)
def test_an_impossible_day_is_refused(http, facture, parametres, attendus):
    for chemin in (releve(facture), BALANCE, CHIFFRE):
        assert champs(lire(http, chemin, **parametres)) == attendus


@pytest.mark.parametrize(
    ("parametres", "attendus"),
    [
        ({"du": "2026-04-01"}, {"du": [DEMAIN]}),
        ({"du": "hier", "au": "demain"}, {"du": [FORME], "au": [FORME]}),
        (
            {"du": "2026-03-02", "au": "2026-03-01"},
            {"du": ["Cette date dépasse la fin de la période, le 01/03/2026."]},
        ),
    ],
)
def test_an_impossible_period_is_refused(http, facture, parametres, attendus):
    for chemin in (releve(facture), CHIFFRE):
        assert champs(lire(http, chemin, **parametres)) == attendus


def test_a_turnover_covers_ten_years_at_most(http):
    assert lire(http, CHIFFRE, du="2016-03-31").status_code == 200
    assert champs(lire(http, CHIFFRE, du="2016-03-30")) == {"du": ["La période dépasse dix ans."]}


def test_an_unknown_form_of_answer_is_refused(http, facture):
    sorties = {releve(facture): "json, csv, pdf", BALANCE: "json, csv, pdf", CHIFFRE: "json, csv"}
    for chemin, possibles in sorties.items():
        attendus = {"sortie": [f"Sorties possibles : {possibles}."]}
        assert champs(lire(http, chemin, sortie="xlsx")) == attendus
    assert champs(lire(http, CHIFFRE, sortie="pdf"))


def test_empty_parameters_are_the_usual_ones(http, facture):
    for chemin in (releve(facture), BALANCE, CHIFFRE):
        vide = lire(http, chemin, du="", au="")
        assert (vide.status_code, vide.json()) == (200, lire(http, chemin).json())


@pytest.mark.parametrize("pk", [999999, 10**30])
def test_an_unknown_client_has_no_statement(http, pk):
    assert lire(http, f"clients/{pk}/releve/").status_code == 404


def test_the_csv_of_a_statement(http, facture):
    reponse = lire(http, releve(facture), sortie="csv", du="2026-01-02")

    fichier = 'attachment; filename="releve-C042-2026-01-02-2026-03-31.csv"'
    assert reponse["Content-Disposition"] == fichier
    paiement = facture.imputations.get().paiement.numero
    assert rangees(reponse) == [
        "Date;Pièce;Libellé;Débit;Crédit;Solde",
        "02/01/2026;;Solde à l'ouverture;;;0,00",
        f"02/01/2026;{facture.numero};Facture : Entretien du jardin;120,00;0,00;120,00",
        f"02/01/2026;{paiement};Paiement par virement;0,00;20,00;100,00",
        "31/03/2026;;Totaux de la période;120,00;20,00;",
        "31/03/2026;;Solde à la clôture;;;100,00",
        "31/03/2026;;Dont avances non imputées;;;0,00",
    ]


@pytest.mark.parametrize("debut", ["=", "+", "-", "@", "\t"])
def test_no_text_of_a_csv_is_a_formula_and_amounts_stay_numbers(http, debut):
    client = creer_client(code=f"X{ord(debut)}", raison_sociale=f'{debut}HYPERLINK("x;y")')
    facture = creer_facture(client=client, objet="Taille")
    payer(facture, "150.00", garder_le_surplus=True)

    lignes = rangees(lire(http, BALANCE, sortie="csv"))
    nom = client.designation.replace('"', '""')
    garde = "'" if nom.startswith(debut) else ""  # blanks are trimmed on entry
    assert lignes[1] == f'X{ord(debut)};"{garde}{nom}";0,00;0,00;0,00;0,00;0,00;0,00;30,00'
    assert lignes[2] == "Total".join([";", ";0,00;0,00;0,00;0,00;0,00;0,00;30,00"])
    assert rangees(lire(http, releve(facture), sortie="csv"))[-2].endswith(";-30,00")


def test_the_csv_of_an_aged_balance(http, facture):
    reponse = lire(http, BALANCE, sortie="csv", au="2026-03-01")

    assert reponse["Content-Disposition"] == 'attachment; filename="balance-agee-2026-03-01.csv"'
    assert rangees(reponse) == [
        f"Code;Client;Total dû;Non échu;{AGES};Avances",
        "C042;Martin Léa;100,00;0,00;100,00;0,00;0,00;0,00;0,00",
        ";Total;100,00;0,00;100,00;0,00;0,00;0,00;0,00",
    ]


def test_the_csv_of_a_turnover(http, facture):
    with a_midi(date(2026, 2, 1)):
        reduit = ligne(taux_tva=Decimal("10.00"), justification_tva="Logement de plus de deux ans")
        payer(creer_facture(lignes=[reduit]), "120.00", garder_le_surplus=True)

    reponse = lire(http, CHIFFRE, sortie="csv", du="2026-01-01", au="2026-02-28")

    nom = 'attachment; filename="chiffre-affaires-2026-01-01-2026-02-28.csv"'
    assert reponse["Content-Disposition"] == nom
    assert rangees(reponse) == [
        "Mois;Taux de TVA (%);Émis HT;Émis TVA;Émis TTC;Encaissé HT;Encaissé TVA;Encaissé TTC",
        "01/2026;20,00;100,00;20,00;120,00;16,67;3,33;20,00",
        "02/2026;10,00;100,00;10,00;110,00;100,00;10,00;110,00",
        "Total;20,00;100,00;20,00;120,00;16,67;3,33;20,00",
        "Total;10,00;100,00;10,00;110,00;100,00;10,00;110,00",
        "Total;Tous;200,00;30,00;230,00;116,67;13,33;130,00",
        "Avances avant la période;;;;;;;0,00",
        "Avances à la fin;;;;;;;10,00",
        "Reçu en tout;;;;;;;140,00",
    ]


@pytest.fixture
def _sans_patience(settings, monkeypatch):
    settings.DOCUMENT_PRODUCTEURS = settings.DOCUMENT_PRODUCTEURS | PRODUCTEURS
    monkeypatch.setattr("artjardin.api.pdf.PATIENCE", 0.05)


def imprimer(http, chemin, **parametres):
    """Ask for a PDF, make it, ask again: the answer, and the document."""
    assert lire(http, chemin, sortie="pdf", **parametres).status_code == 503
    produire_les_promis()
    document = Document.objects.filter(type__in=GENRES).first()
    return lire(http, chemin, sortie="pdf", **parametres), document


@pytest.mark.usefixtures("_sans_patience")
def test_the_pdf_of_a_statement_freezes_what_it_shows(http, facture):
    reponse, document = imprimer(http, releve(facture))

    assert (reponse.status_code, reponse["Content-Type"]) == (200, "application/pdf")
    assert 'filename="Releve-C042-2026-01-01-2026-03-31.pdf"' in reponse["Content-Disposition"]
    assert (document.client_ref, document.type) == (facture.client_id, "releve_compte")
    assert document.cle.startswith(f"2026/03/releve_compte/C042-{facture.client_id}-20260331-")
    contexte = dict(document.contexte)
    assert contexte.pop("client") == facture.client.instantane()
    assert contexte.pop("emetteur") == Entreprise.la_notre().instantane()
    corps = lire(http, releve(facture)).json()
    assert contexte == {c: corps[c] for c in corps.keys() - {"client", "code", "designation"}}
    assert "120.00" in json.dumps(contexte)


@pytest.mark.usefixtures("_sans_patience")
def test_the_pdf_of_a_balance_freezes_what_it_shows(http, facture):
    reponse, document = imprimer(http, BALANCE)

    assert 'filename="Balance-agee-2026-03-31.pdf"' in reponse["Content-Disposition"]
    assert (document.client_ref, document.objet_type) == (0, "facturation.entreprise")
    corps = lire(http, BALANCE).json()
    (vue,) = corps["lignes"]
    vue["client"] = vue.pop("designation")
    assert document.contexte == {
        "au": "2026-03-31",
        "emetteur": Entreprise.la_notre().instantane(),
        "lignes": [vue],
        "totaux": corps["totaux"],
    }


@pytest.mark.usefixtures("_sans_patience")
def test_a_pdf_is_made_anew_only_when_what_it_shows_changes(http, facture):
    for chemin in (releve(facture), BALANCE):
        _, premier = imprimer(http, chemin)
        assert lire(http, chemin, sortie="pdf").status_code == 200
        payer(facture, "10.00", le=AUJOURD_HUI - timedelta(days=1))
        reponse, second = imprimer(http, chemin)
        assert (reponse.status_code, second.cle == premier.cle) == (200, False)
        assert second.nom == premier.nom
