"""Importing clients: the sample file, its variants, what changes the next time, what is refused."""

import io
import json
from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from artjardin.erreurs import Invalide
from artjardin.softdelete.services import supprimer
from clients import importation
from clients.importation import analyser_clients, importer_clients, resumer_clients
from clients.models import Client, RejetImport
from tests.variantes import ATTENDU, CLIENTS, VARIANTES, ecrire

pytestmark = pytest.mark.django_db
PAR = systeme("import")
ENTETES = [
    "Code", "Type", "Nom", "Prénom", "SIRET", "E-mail", "Téléphone", "Code postal",
    "Ne pas relancer", "Motif", "Notes",
]  # fmt: skip
CLES = ["clients_importes", "clients_rejetes", "doublon"]
URL = "/api/v1/clients/import/"


def fichier(*lignes):
    """A file of rows given as {heading: cell}; what is not given is that of Anne Roux."""
    modele = {"Code": "C1", "Type": "Particulier", "Nom": "Roux", "Prénom": "Anne"}
    rangs = [[(modele | ligne).get(entete, "") for entete in ENTETES] for ligne in lignes]
    return ecrire([ENTETES, *rangs]).encode()


def importer(octets):
    return importer_clients(octets, fichier="clients.csv", par=PAR)


def analyser(octets):
    return analyser_clients(octets, fichier="clients.csv", par=PAR)


def comptes(rapport):
    return {clef: nombre for clef, nombre in rapport.compter().items() if nombre}


def raisons(rapport):
    return [constat.raison for constat in rapport.refuses]


def test_the_sample_gives_exactly_the_expected_counts():
    resume = resumer_clients(importer(CLIENTS))
    assert {clef: resume[clef] for clef in CLES} == {clef: ATTENDU[clef] for clef in CLES}
    assert Client.objects.count() == 317
    assert set(RejetImport.objects.values_list("code", "raison")) == set(
        ATTENDU["clients_rejetes"].items()
    )


@pytest.mark.parametrize("variante", VARIANTES)
def test_every_variant_of_the_file_gives_the_same(variante):
    resume = resumer_clients(analyser(variante(CLIENTS)))
    assert {clef: resume[clef] for clef in CLES} == {clef: ATTENDU[clef] for clef in CLES}


def test_a_client_comes_in_whole_and_in_normal_form():
    importer(CLIENTS)
    client = Client.objects.get(code="C0010")
    assert (client.type, client.raison_sociale) == ("professionnel", "Résidence Collet & Fils")
    assert (client.siret, client.telephone) == ("26846563000039", "+33241203229")
    assert Client.objects.get(code="C0001").notes == 'Portail code "4512"; chien dans le jardin'
    assert Client.objects.exclus(au=date(2100, 1, 1)).count() == 19


def test_the_dry_run_says_the_same_and_writes_nothing():
    essai = analyser(CLIENTS)
    assert not Client.tous.exists()
    assert not RejetImport.objects.exists()
    assert not Entree.objects.exists()
    assert essai.constats == importer(CLIENTS).constats


def test_the_same_file_again_changes_nothing_and_says_so():
    importer(CLIENTS)
    lignes = Entree.objects.count()
    rapport = importer(CLIENTS)
    assert comptes(rapport) == {"inchanges": 317, "rejetes": 3, "doublons": 1}
    assert rapport.phrase == "Rien n'a changé."
    assert resumer_clients(rapport)["clients_importes"] == 317
    assert Entree.objects.count() == lignes + 1


def test_a_changed_row_is_an_update_shown_field_by_field_and_journalled():
    importer(fichier({"E-mail": "a@b.fr"}))
    rapport = importer(fichier({"E-mail": "A.Roux@b.fr", "Téléphone": "02 41 19 78 22"}))
    (constat,) = rapport.constats
    assert [(c.champ, c.avant, c.apres) for c in constat.changements] == [
        ("email", "a@b.fr", "a.roux@b.fr"),
        ("telephone", "", "+33241197822"),
    ]
    entree = Entree.objects.get(action="client.modifie")
    assert entree.avant == {"email": "…@b.fr", "telephone": ""}
    assert entree.apres == {"email": "…@b.fr", "telephone": "… 22"}
    assert Client.objects.get().email == "a.roux@b.fr"


def test_an_empty_cell_and_an_absent_column_erase_nothing():
    importer(fichier({"E-mail": "a@b.fr", "Notes": "chien"}))
    assert importer(fichier({})).ne_change_rien
    assert importer(b"Code;Type;Nom\nC1;Particulier;Roux").ne_change_rien
    assert (Client.objects.get().email, Client.objects.get().notes) == ("a@b.fr", "chien")


@pytest.mark.parametrize(
    ("ligne", "raison"),
    [
        ({"Code": ""}, "code-manquant"),
        ({"Nom": ""}, "nom-manquant"),
        ({"Type": "Voisin"}, "type-inconnu"),
        ({"Type": ""}, "type-inconnu"),
        ({"SIRET": "73282932000075"}, "siret-clef"),
        ({"SIRET": "732 829 320"}, "siret-format"),
        ({"SIRET": "7,32E+13"}, "siret-format"),
        ({"E-mail": "pas une adresse"}, "email-invalide"),
        ({"E-mail": "a@b.fr\r\nBcc: c@d.fr"}, "email-invalide"),
        ({"Téléphone": "demander à Paul"}, "telephone-invalide"),
        ({"Ne pas relancer": "peut-être"}, "oui-non"),
        ({"Nom": "x" * 101}, "champ-trop-long"),
        ({"Code": "C" * 21}, "champ-trop-long"),
        ({"Code postal": "49000 Angers cedex"}, "champ-trop-long"),
        ({"Ne pas relancer": "oui", "Motif": "m" * 201}, "champ-trop-long"),
    ],
)
def test_a_wrong_row_is_refused_with_its_reason_and_the_others_come_in(ligne, raison):
    rapport = importer(fichier(ligne, {"Code": "C2"}))
    assert raisons(rapport) == [raison]
    assert rapport.refuses[0].message
    assert list(Client.objects.values_list("code", flat=True)) == ["C2"]


def test_every_reason_of_a_row_is_told():
    (refuse,) = analyser(fichier({"Type": "Voisin", "E-mail": "non"})).refuses
    assert refuse.raison == "type-inconnu"
    assert "Voisin" in refuse.message
    assert "e-mail invalide" in refuse.message


def test_a_row_whose_cells_are_shifted_is_refused():
    rapport = importer(b"Code;Type;Nom\nC1;Particulier;Roux;Anne\nC2;Particulier")
    assert raisons(rapport) == ["colonnes", "colonnes"]


def test_a_repeated_code_keeps_its_first_row():
    rapport = importer(fichier({}, {"Nom": "Autre"}))
    assert [(c.ligne, c.action) for c in rapport.constats] == [(2, "creer"), (3, "doublon")]
    assert Client.objects.get().nom == "Roux"
    assert resumer_clients(rapport)["doublon"] == "C1"
    assert resumer_clients(rapport)["clients_rejetes"] == {}


def test_a_missing_column_is_named_and_nothing_is_written():
    with pytest.raises(Invalide, match="« Type »"):
        importer(b"Code;Nom\nC1;Roux")
    assert not Client.objects.exists()


@time_machine.travel("2026-11-24 10:00 +0100")
def test_do_not_remind_excludes_from_the_day_of_the_import():
    importer(fichier({"Ne pas relancer": "x"}, {"Code": "C2", "Ne pas relancer": "non"}))
    client = Client.objects.get(code="C1")
    assert client.exclusion_le == date(2026, 11, 24)
    assert client.exclusion_motif == "Reprise de l'ancien logiciel"
    assert client.exclusion_par == "système (import)"
    assert not Client.objects.get(code="C2").est_exclu(au=date(2026, 11, 24))


def test_an_exclusion_stays_as_it_is_and_an_import_never_ends_it():
    client = Client(code="C1", nom="Roux", prenom="Anne")
    client.exclure(motif="Deuil", par="Claire", le=date(2020, 1, 1))
    client.save()
    for cellule in ("oui", "non", ""):
        assert importer(fichier({"Ne pas relancer": cellule})).ne_change_rien
    rapport = importer(fichier({"Ne pas relancer": "oui", "Motif": "Client VIP"}))
    assert [c.champ for c in rapport.constats[0].changements] == ["exclusion_motif"]
    client.refresh_from_db(from_queryset=Client.tous)
    assert (client.exclusion_le, client.exclusion_par) == (date(2020, 1, 1), "Claire")


def test_a_client_in_the_trash_is_not_brought_back(auteur):
    importer(fichier({}))
    supprimer(Client.objects.get(), par=auteur)
    assert raisons(importer(fichier({}))) == ["dans-la-corbeille"]
    assert not Client.objects.exists()


def test_a_code_accepted_later_is_no_longer_held_as_refused():
    importer(fichier({"E-mail": "non"}, {"Code": "C2", "E-mail": "non"}))
    assert set(RejetImport.objects.values_list("code", flat=True)) == {"C1", "C2"}
    importer(fichier({"E-mail": "a@b.fr"}))
    assert set(RejetImport.objects.values_list("code", flat=True)) == {"C2"}


def test_a_failure_in_the_middle_leaves_nothing(monkeypatch):
    ecrits = []

    def casser(passage):
        ecrits.append(Client.objects.bulk_create(passage.a_creer))
        if len(ecrits) == 2:
            raise RuntimeError("coupure")

    monkeypatch.setattr(importation._Import, "_ecrire", casser)
    monkeypatch.setattr("clients.rapport.LOT", 100)
    with pytest.raises(RuntimeError):
        importer(CLIENTS)
    assert len(ecrits) == 2
    assert not Client.tous.exists()
    assert not Entree.objects.exists()


def test_the_refused_rows_come_back_as_a_harmless_csv_to_correct():
    octets = fichier({"Nom": "=HYPERLINK(1)", "E-mail": "non", "Téléphone": "+33241197822"})
    rejets = importer(octets).rejets_csv()
    entetes, ligne = rejets.splitlines()
    assert entetes == ";".join([*ENTETES, "Ligne", "Raison"])
    assert ligne == (
        "C1;Particulier;'=HYPERLINK(1);Anne;;non;'+33241197822;;;;;2;Adresse e-mail invalide."
    )
    rapport = importer(rejets.replace(";non;", ";a@b.fr;").encode("utf-8-sig"))
    assert comptes(rapport) == {"crees": 1}
    assert rapport.colonnes_ignorees == ("Ligne", "Raison")
    assert Client.objects.get().nom == "=HYPERLINK(1)"


def commander(*arguments):
    sortie = io.StringIO()
    call_command("importer", "clients", *arguments, stdout=sortie)
    return sortie.getvalue()


@pytest.fixture
def chemin(tmp_path):
    chemin = tmp_path / "clients.csv"
    chemin.write_bytes(CLIENTS)
    return chemin


def test_the_command_tells_counts_refusals_and_where_they_are(chemin, tmp_path):
    rejets = tmp_path / "a" / "rejets.csv"
    recit = commander(str(chemin), "--rejets", str(rejets))
    assert "Lignes : 317 nouvelles, 0 modifiées, 0 inchangées, 3 refusées, 1 en double." in recit
    assert "Refusée, ligne 140 (C0139) : Adresse e-mail invalide." in recit
    assert str(rejets) in recit
    assert len(rejets.read_text(encoding="utf-8-sig").splitlines()) == 5
    assert "Rien n'a changé." in commander(str(chemin), "--rejets", str(rejets))


def test_the_dry_run_of_the_command_goes_line_by_line(chemin, settings, tmp_path):
    settings.DONNEES = tmp_path
    recit = commander(str(chemin), "--essai")
    assert "ligne 2 (C0001) : nouvelle" in recit
    assert "ligne 202 (C0004) : en double" in recit
    assert "Essai : rien n'est enregistré." in recit
    assert not Client.tous.exists()
    assert len(list((tmp_path / "imports").glob("*-clients-rejets.csv"))) == 1


def test_with_json_the_command_prints_one_object(chemin, tmp_path):
    resume = json.loads(commander(str(chemin), "--json", "--rejets", str(tmp_path / "r.csv")))
    assert {clef: resume[clef] for clef in CLES} == {clef: ATTENDU[clef] for clef in CLES}
    assert (resume["crees"], resume["modifies"], resume["inchanges"]) == (317, 0, 0)


def test_the_command_refuses_what_it_cannot_read_or_would_destroy(chemin, tmp_path):
    with pytest.raises(CommandError, match="ne se lit pas"):
        commander(str(tmp_path / "absent.csv"))
    with pytest.raises(CommandError, match="écraserait"):
        commander(str(chemin), "--rejets", str(chemin))
    chemin.write_bytes(b"PK\x03\x04")
    with pytest.raises(CommandError, match="CSV"):
        commander(str(chemin))
    assert not Client.tous.exists()


def envoyer(http, octets=CLIENTS, **champs):
    envoi = SimpleUploadedFile("clients.csv", octets, content_type="text/csv")
    return http.post(URL, {"fichier": envoi, **champs}, format="multipart")


def test_the_api_runs_dry_unless_told_otherwise(http):
    reponse = envoyer(http)
    assert reponse.status_code == 200
    assert {clef: reponse.data[clef] for clef in CLES} == {clef: ATTENDU[clef] for clef in CLES}
    assert reponse.data["essai"] is True
    assert reponse.data["rejets_csv"].count("\r\n") == 5
    assert not Client.tous.exists()


def test_the_api_imports_and_names_the_author(http, patron):
    reponse = envoyer(http, essai="false")
    assert reponse.status_code == 201
    assert Client.objects.count() == 317
    assert Entree.objects.get(action="client.import").acteur == patron
    assert "Rien n'a changé." in envoyer(http, essai="false").data["message"]


def test_the_api_takes_a_bare_csv_body(http):
    assert http.post(URL, CLIENTS, content_type="text/csv").status_code == 200
    reponse = http.post(f"{URL}?essai=false", CLIENTS, content_type="text/csv")
    assert reponse.status_code == 201
    assert Client.objects.count() == 317


def test_an_import_with_an_idempotency_key_is_answered_the_same_again(http):
    entete = {"HTTP_IDEMPOTENCY_KEY": "import-1"}
    reponses = [
        http.post(f"{URL}?essai=non", CLIENTS, content_type="text/csv", **entete) for _ in "12"
    ]
    assert [reponse.data["crees"] for reponse in reponses] == [317, 317]
    assert reponses[1]["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("octets", "champs", "code"),
    [
        (b"", {}, "fichier_vide"),
        (b"PK\x03\x04", {}, "fichier_illisible"),
        (b"Nom\nRoux", {}, "colonnes_manquantes"),
        (CLIENTS, {"essai": "bof"}, "invalide"),
    ],
)
def test_the_api_refuses_in_the_house_shape(http, octets, champs, code):
    reponse = envoyer(http, octets, **champs)
    assert (reponse.status_code, reponse.data["code"]) == (400, code)
    assert set(reponse.data) == {"code", "message", "champs"}


def test_a_request_without_a_file_is_refused(http):
    reponse = http.post(URL, {}, format="multipart")
    assert reponse.status_code == 400
    assert "fichier" in reponse.data["champs"]
    assert http.post(f"{URL}?essai=bof", CLIENTS, content_type="text/csv").status_code == 400


def test_only_those_with_the_right_may_import(connecter, employe, comptable):
    for user in (employe, comptable):
        assert envoyer(connecter(user), essai="false").status_code == 403
    assert not Client.tous.exists()
