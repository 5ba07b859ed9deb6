"""Importing open invoices: the sample file, what may change the next time, what is refused."""

import io
import json
import time
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import ProgrammingError, transaction

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from artjardin.erreurs import Invalide
from artjardin.softdelete.services import supprimer
from clients.importation import importer_clients
from clients.models import Client, RejetImport
from facturation import importation
from facturation.importation import analyser_factures, importer_factures, resumer_factures
from facturation.models import Entreprise, Facture, Imputation, Litige, Paiement, TvaFacture
from facturation.services import clore_litige, encaisser, ouvrir_litige
from tests.clients.fils import en_parallele
from tests.variantes import ATTENDU, CLIENTS, FACTURES, VARIANTES, ecrire

PAR = systeme("import")
CLES = ["importees", "soldees", "rejets"]
URL = "/api/v1/factures/import/"
LIGNE = {
    "N° facture": "FA1",
    "Code client": "C1",
    "Date facture": "01/06/2026",
    "Échéance": "01/07/2026",
    "Objet": "Taille de haie",
    "Montant HT": "100,00",
    "Taux TVA": "20",
    "Montant TTC": "120,00",
    "Déjà réglé": "",
    "Litige": "",
}


def fichier(*lignes):
    """A file of rows given as {heading: cell}; what is not given is that of LIGNE."""
    return ecrire([list(LIGNE), *((LIGNE | ligne).values() for ligne in lignes)]).encode()


def importer(octets):
    return importer_factures(octets, fichier="factures.csv", par=PAR)


def importer_une(**champs):
    """One row, with the cells named by our keys."""
    noms = {"regle": "Déjà réglé", "litige": "Litige", "objet": "Objet"}
    return importer(fichier({noms[clef]: valeur for clef, valeur in champs.items()}))


def analyser(octets):
    return analyser_factures(octets, fichier="factures.csv", par=PAR)


def comptes(rapport):
    return {clef: nombre for clef, nombre in rapport.compter().items() if nombre}


def raisons(rapport):
    return [constat.raison for constat in rapport.refuses]


def solde(numero="FA1"):
    return Facture.objects.avec_solde().get(numero=numero).solde


@pytest.fixture
def client_un(db):
    return Client.objects.create(code="C1", nom="Roux", prenom="Anne", ville="Angers")


@pytest.fixture
def clients(db):
    importer_clients(CLIENTS, fichier="clients.csv", par=PAR)


@pytest.mark.usefixtures("clients")
class TestEchantillon:
    def test_gives_exactly_the_expected_counts_fast_enough(self):
        debut = time.monotonic()
        resume = resumer_factures(importer(FACTURES))
        assert time.monotonic() - debut < 15  # under 2 s alone on a machine; tests share it
        assert {clef: resume[clef] for clef in CLES} == {clef: ATTENDU[clef] for clef in CLES}
        emises = Facture.objects.emises().avec_solde()
        assert emises.count() == 883
        assert sum(facture.solde == 0 for facture in emises) == 414
        assert Litige.objects.count() == 14

    def test_again_changes_nothing_and_says_so(self):
        importer(FACTURES)
        rapport = importer(FACTURES)
        assert comptes(rapport) == {"inchanges": 883, "rejetes": 17}
        assert rapport.phrase == "Rien n'a changé."
        resume = resumer_factures(rapport)
        assert {clef: resume[clef] for clef in CLES} == {clef: ATTENDU[clef] for clef in CLES}
        assert Paiement.objects.count() == Imputation.objects.count()

    @pytest.mark.parametrize("variante", VARIANTES)
    def test_every_variant_of_the_file_gives_the_same(self, variante):
        resume = resumer_factures(analyser(variante(FACTURES)))
        assert {clef: resume[clef] for clef in CLES} == {clef: ATTENDU[clef] for clef in CLES}

    def test_the_dry_run_says_the_same_and_writes_nothing(self):
        essai = analyser(FACTURES)
        assert not Facture.tous.exists()
        assert not Entree.objects.filter(action="facture.import").exists()
        assert essai.constats == importer(FACTURES).constats

    def test_the_number_of_queries_does_not_grow_with_the_rows(self, django_assert_max_num_queries):
        with django_assert_max_num_queries(30):
            importer(FACTURES)

    def test_a_failure_in_the_middle_leaves_nothing(self, monkeypatch):
        ecrites = []

        def casser(lues, *, par):
            ecrites.append(creer(lues, par=par))
            if len(ecrites) == 3:
                raise RuntimeError("coupure")

        creer = importation.creer_reprises
        monkeypatch.setattr(importation, "creer_reprises", casser)
        monkeypatch.setattr("clients.rapport.LOT", 100)
        with pytest.raises(RuntimeError):
            importer(FACTURES)
        assert len(ecrites) == 3
        assert not Facture.tous.exists()
        assert not Paiement.objects.exists()

    def test_small_batches_find_the_same(self, monkeypatch):
        monkeypatch.setattr("clients.rapport.LOT", 7)
        resume = resumer_factures(importer(FACTURES))
        assert {clef: resume[clef] for clef in CLES} == {clef: ATTENDU[clef] for clef in CLES}


def test_an_imported_invoice_is_whole_issued_and_frozen(client_un):
    importer_une(regle="20,00", litige="oui")
    facture = Facture.objects.get()
    assert (facture.serie, facture.numero, facture.statut) == ("REPRISE", "FA1", "emise")
    assert facture.est_reprise
    assert (facture.date, facture.echeance) == (date(2026, 6, 1), date(2026, 7, 1))
    assert (facture.total_ht, facture.total_tva) == (Decimal(100), Decimal(20))
    assert facture.destinataire == client_un.instantane()
    assert facture.emetteur == Entreprise.la_notre().instantane()
    assert facture.emise_le is not None
    assert not facture.lignes.exists()
    tva = TvaFacture.objects.get(facture=facture)
    assert (tva.taux, tva.base, tva.montant) == (Decimal(20), Decimal(100), Decimal(20))
    paiement = Paiement.objects.get()
    assert (paiement.mode, paiement.le, paiement.montant) == ("reprise", facture.date, Decimal(20))
    assert Litige.objects.get().motif == "Repris de l'ancien logiciel"
    assert solde() == Decimal(100)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Facture.tous.filter(pk=facture.pk).update(objet="autre")


@pytest.mark.parametrize(
    ("ligne", "raison"),
    [
        ({"N° facture": ""}, "numero"),
        ({"N° facture": "FA 1"}, "numero"),
        ({"N° facture": "FÀ1"}, "numero"),
        ({"N° facture": "F" * 36}, "numero"),
        ({"Code client": "C9"}, "client-inconnu"),
        ({"Code client": ""}, "client-inconnu"),
        ({"Date facture": "31/02/2026"}, "date"),
        ({"Date facture": ""}, "date"),
        ({"Échéance": "demain"}, "date"),
        ({"Échéance": "31/05/2026"}, "echeance-avant-date"),
        ({"Objet": " "}, "objet-manquant"),
        ({"Objet": "x" * 201}, "champ-trop-long"),
        ({"Montant HT": "mille"}, "montant"),
        ({"Montant HT": "100,001"}, "montant"),
        ({"Montant HT": "0", "Montant TTC": "0"}, "montant"),
        ({"Montant HT": "-100,00", "Montant TTC": "-120,00"}, "montant"),
        ({"Montant TTC": "NaN"}, "montant"),
        ({"Montant TTC": ""}, "montant"),
        ({"Montant HT": "99999999999", "Montant TTC": "99999999999"}, "montant"),
        ({"Déjà réglé": "-1"}, "montant"),
        ({"Taux TVA": "19,6", "Montant TTC": "119,60"}, "taux-tva"),
        ({"Montant TTC": "120,01"}, "ttc"),
        ({"Déjà réglé": "120,01"}, "trop-regle"),
        ({"Litige": "peut-être"}, "oui-non"),
    ],
)
def test_a_wrong_row_is_refused_with_its_reason_and_the_others_come_in(client_un, ligne, raison):
    rapport = importer(fichier(ligne, {"N° facture": "FA2"}))
    assert raisons(rapport) == [raison]
    assert list(Facture.objects.values_list("numero", flat=True)) == ["FA2"]


@pytest.mark.parametrize("taux", ["20", "20,0", "20 %", "20.00"])
def test_a_rate_may_be_written_in_several_ways(client_un, taux):
    assert comptes(importer(fichier({"Taux TVA": taux}))) == {"crees": 1}


def test_a_repeated_number_keeps_its_first_row(client_un):
    rapport = importer(fichier({}, {"Montant HT": "10", "Montant TTC": "12"}))
    assert raisons(rapport) == ["numero-double"]
    assert resumer_factures(rapport)["rejets"] == {"FA1@3": "numero-double"}
    assert solde() == Decimal(120)


def test_the_gravest_reason_is_the_code_and_all_are_told(client_un):
    ligne = {"Code client": "C9", "Montant HT": "mille", "Échéance": "demain"}
    (refuse,) = analyser(fichier(ligne)).refuses
    assert refuse.raison == "client-inconnu"
    assert "mille" in refuse.message
    assert "demain" in refuse.message


def test_the_invoices_of_a_refused_client_are_refused_until_it_is_in(client_un):
    RejetImport.objects.create(code="C2", raison="siret-clef", fichier="clients.csv")
    octets = fichier({"Code client": "C2"})
    assert raisons(analyser(octets)) == raisons(importer(octets)) == ["client-rejete"]
    Client.objects.create(code="C2", nom="Petit")
    assert comptes(importer(octets)) == {"crees": 1}


def test_a_client_in_the_trash_gets_no_invoice(client_un, auteur):
    supprimer(client_un, par=auteur)
    assert raisons(importer(fichier({}))) == ["client-corbeille"]


def test_a_missing_column_is_named(client_un):
    with pytest.raises(Invalide, match="« Déjà réglé »"):
        importer(fichier({}).replace("Déjà réglé".encode(), b"Divers"))


@pytest.mark.parametrize(
    "ligne",
    [
        {"Objet": "Tonte"},
        {"Date facture": "02/06/2026"},
        {"Échéance": "02/07/2026"},
        {"Code client": "C2"},
        {"Montant HT": "200,00", "Montant TTC": "240,00"},
        {"Taux TVA": "10", "Montant TTC": "110,00"},
    ],
)
def test_what_was_issued_never_changes(client_un, ligne):
    Client.objects.create(code="C2", nom="Petit")
    importer(fichier({}))
    rapport = importer(fichier(ligne))
    assert raisons(rapport) == ["deja-emise"]
    assert "avoir" in rapport.refuses[0].message
    assert importer(fichier({})).ne_change_rien


def test_more_paid_before_is_another_entry_shown_and_journalled(client_un):
    importer_une(regle="20,00")
    rapport = importer_une(regle="50,00")
    ((changement,),) = [constat.changements for constat in rapport.constats]
    assert changement.champ == "regle"
    assert (changement.avant[:5], changement.apres[:5]) == ("20,00", "50,00")
    assert list(Paiement.objects.order_by("pk").values_list("montant", flat=True)) == [
        Decimal(20),
        Decimal(30),
    ]
    assert solde() == Decimal(70)
    entree = Entree.objects.get(action="facture.reprise_corrigee")
    assert (entree.avant, entree.apres) == ({"deja_regle": "20.00"}, {"deja_regle": "50.00"})
    assert importer_une(regle="50,00").ne_change_rien


@pytest.mark.parametrize(("apres", "reste"), [("30,00", 90), ("", 120)])
def test_less_paid_before_cancels_by_opposite_entries(client_un, apres, reste):
    importer_une(regle="20,00")
    importer_une(regle="50,00")
    assert comptes(importer_une(regle=apres)) == {"modifies": 1}
    assert solde() == Decimal(reste)
    assert Paiement.objects.exclude(annule=None).count() == 2
    assert importer_une(regle=apres).ne_change_rien
    assert comptes(importer_une(regle="50,00")) == {"modifies": 1}
    assert solde() == Decimal(70)


def test_with_what_we_were_paid_since_an_invoice_is_not_paid_twice(client_un, auteur):
    importer_une(regle="20,00")
    facture = Facture.objects.get()
    encaisser(facture, montant=Decimal(90), mode="virement", le=date(2026, 7, 1), par=auteur)
    assert raisons(importer_une(regle="50,00")) == ["trop-regle"]
    assert importer_une(regle="20,00").ne_change_rien
    assert comptes(importer_une(regle="30,00")) == {"modifies": 1}
    assert solde() == 0
    assert resumer_factures(importer_une(regle="30,00"))["soldees"] == 1


def test_a_dispute_opens_and_closes_with_the_file(client_un):
    importer_une(litige="oui")
    assert importer_une(litige="oui").ne_change_rien
    rapport = importer_une(litige="")
    assert [str(c) for c in rapport.constats[0].changements] == ["Litige : « oui » → « non »"]
    assert not Litige.objects.filter(clos_le=None).exists()
    assert comptes(importer_une(litige="oui")) == {"modifies": 1}
    assert Litige.objects.filter(clos_le=None).count() == 1


def test_a_dispute_that_we_opened_is_not_closed_by_a_file(client_un, auteur):
    importer_une()
    facture = Facture.objects.get()
    ouvrir_litige(facture, motif="Haie mal taillée", par=auteur)
    assert importer_une(litige="").ne_change_rien
    assert importer_une(litige="oui").ne_change_rien
    clore_litige(facture, par=auteur)
    assert importer_une(litige="").ne_change_rien


def test_a_file_without_the_column_of_disputes_closes_none(client_un):
    importer_une(litige="oui")
    sans = fichier({}).replace(b"Litige", b"Divers")
    assert importer(sans).ne_change_rien
    assert Litige.objects.filter(clos_le=None).exists()


def test_a_dry_run_of_changes_writes_nothing(client_un):
    importer_une(regle="50,00")
    essai = analyser(fichier({"Déjà réglé": "20,00", "Litige": "oui"}))
    assert comptes(essai) == {"modifies": 1}
    assert (Paiement.objects.count(), Litige.objects.count()) == (1, 0)


def test_two_imports_at_once_the_second_finds_all_unchanged(base_partagee):
    Client.objects.create(code="C1", nom="Roux")
    octets = fichier(*({"N° facture": f"FA{n}", "Déjà réglé": "10,00"} for n in range(200)))
    rapports = en_parallele(lambda: importer(octets), lambda: importer(octets))
    assert sorted(str(comptes(rapport)) for rapport in rapports) == [
        "{'crees': 200}",
        "{'inchanges': 200}",
    ]
    assert Paiement.objects.count() == 200


@pytest.mark.usefixtures("clients")
def test_the_command_prints_the_keys_of_the_expected_file(tmp_path):
    chemin = tmp_path / "factures.csv"
    chemin.write_bytes(FACTURES)
    sortie = io.StringIO()
    rejets = tmp_path / "rejets.csv"
    call_command(
        "importer", "factures", str(chemin), "--json", "--rejets", str(rejets), stdout=sortie
    )
    resume = json.loads(sortie.getvalue())
    assert {clef: resume[clef] for clef in CLES} == {clef: ATTENDU[clef] for clef in CLES}
    assert len(rejets.read_text(encoding="utf-8-sig").splitlines()) == 18


def envoyer(http, octets, **champs):
    envoi = SimpleUploadedFile("factures.csv", octets, content_type="text/csv")
    return http.post(URL, {"fichier": envoi, **champs}, format="multipart")


def test_the_api_runs_dry_then_imports(http, client_un):
    reponse = envoyer(http, fichier({}))
    assert (reponse.status_code, reponse.data["importees"]) == (200, 1)
    assert not Facture.tous.exists()
    reponse = envoyer(http, fichier({}), essai="false")
    assert (reponse.status_code, reponse.data["crees"]) == (201, 1)
    assert Facture.objects.get().numero == "FA1"


def test_only_those_with_the_right_may_import(connecter, employe, comptable, client_un):
    for user in (employe, comptable):
        assert envoyer(connecter(user), fichier({}), essai="false").status_code == 403
    assert not Facture.tous.exists()
