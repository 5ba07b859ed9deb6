"""Exports over HTTP: who may ask, who may download, and what the answers say."""

from __future__ import annotations

import hashlib
import logging
from decimal import Decimal

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from artjardin.accounts.auteur import personne
from artjardin.audit.models import Entree
from artjardin.celery import app
from artjardin.softdelete.services import supprimer
from facturation.services import emettre_facture, modifier_entreprise
from ops.exports import services, tables
from ops.exports.fichiers import fichier
from ops.models import Export
from ops.tasks import oublier_les_exports, produire_export
from tests.clients.factories import creer_client
from tests.facturation.factories import ROBOT, creer_devis_accepte, creer_facture, facturer
from tests.ops.exports import faire, lire_csv, lu, tout

pytestmark = pytest.mark.django_db
ICI = "/api/v1/exports/"


@pytest.fixture
def ouvrier(django_capture_on_commit_callbacks, settings):
    """What is asked of the worker is done at once."""
    app.conf.task_always_eager = True
    yield lambda: django_capture_on_commit_callbacks(execute=True)
    app.conf.task_always_eager = False


def octets(reponse) -> bytes:
    return b"".join(reponse.streaming_content)


def ventes(**choix) -> dict[str, object]:
    jour = f"{timezone.localdate()}"
    return {"genre": "ventes", "du": jour, "au": jour} | choix


def test_everything_is_asked_followed_and_downloaded(http, ouvrier):
    creer_client()
    with ouvrier():
        demande = http.post(ICI, {"genre": "complet"})
    export = http.get(f"{ICI}{demande.json()['id']}/").json()
    reponse = http.get(export["fichier"])
    contenu = octets(reponse)

    assert (demande.status_code, demande.json()["etat"]) == (202, "demande")
    assert demande.json()["fichier"] is None
    assert (export["etat"], export["progression"]) == ("pret", 100)
    assert export["bilan"]["clients"] == 1
    assert hashlib.sha256(contenu).hexdigest() == export["sha256"]
    assert reponse["ETag"] == f'"{export["sha256"]}"'
    assert reponse["Content-Type"] == "application/zip"
    assert reponse["Content-Length"] == f"{export['taille']}" == f"{len(contenu)}"
    assert reponse["Content-Disposition"] == f'attachment; filename="{export["nom"]}"'
    assert reponse["Cache-Control"] == "no-store"
    telecharges = Entree.objects.filter(action="export.telecharge", acteur_nom="Claire Moreau")
    assert telecharges.get().details == {"sha256": export["sha256"]}


def test_a_file_is_not_downloaded_before_it_is_made_nor_after_its_day(http, ouvrier):
    pk = http.post(ICI, {"genre": "complet"}).json()["id"]
    avant = http.get(f"{ICI}{pk}/telecharger/")
    faire(Export.objects.get())
    Export.objects.update(expire_le=timezone.now())
    apres = http.get(f"{ICI}{pk}/telecharger/")
    detail = http.get(f"{ICI}{pk}/").json()

    assert [avant.status_code, apres.status_code] == [409, 409]
    assert avant.json()["code"] == apres.json()["code"] == "export_sans_fichier"
    assert detail["fichier"] is None


def test_a_file_on_another_machine_answers_503(http, patron):
    export = tout(patron)
    fichier(export.pk).unlink()

    reponse = http.get(f"{ICI}{export.pk}/telecharger/")
    assert (reponse.status_code, reponse.json()["code"]) == (503, "export_ailleurs")
    assert reponse["Retry-After"]


def test_the_accountant_has_the_sales_journal_and_nothing_else(
    http, connecter, comptable, patron, ouvrier
):
    facture = creer_facture()
    complet = tout(patron)
    comptes = connecter(comptable)
    with ouvrier():
        demande = comptes.post(ICI, ventes())
    vus = [ligne["genre"] for ligne in comptes.get(ICI).json()["results"]]
    reponse = comptes.get(f"{ICI}{demande.json()['id']}/telecharger/")
    texte = octets(reponse).decode()

    assert (demande.status_code, vus) == (202, ["ventes"])
    assert reponse["Content-Type"] == "text/plain; charset=utf-8"
    assert "journal-des-ventes-" in reponse["Content-Disposition"]
    assert "FEC" not in reponse["Content-Disposition"]
    assert facture.numero in texte
    assert comptes.post(ICI, {"genre": "complet"}).status_code == 403
    assert comptes.get(f"{ICI}{complet.pk}/").status_code == 404
    assert comptes.get(f"{ICI}{complet.pk}/telecharger/").status_code == 404
    assert comptes.get(f"{ICI}tables/").status_code == 403
    assert comptes.get(f"{ICI}tables/clients.csv").status_code == 403
    client = f"/api/v1/clients/{facture.client_id}/donnees-personnelles/"
    assert comptes.post(client).status_code == 403
    assert Export.objects.count() == 2
    assert len(http.get(ICI).json()["results"]) == 2


def test_an_employee_exports_nothing(connecter, employe, patron):
    tout(patron)
    http = connecter(employe)

    assert http.get(ICI).status_code == 403
    assert http.post(ICI, ventes()).status_code == 403
    assert http.get(f"{ICI}tables/clients.csv").status_code == 403
    assert Export.objects.count() == 1


@pytest.mark.parametrize(
    ("corps", "champ"),
    [
        ({}, "genre"),
        ({"genre": "tout"}, "genre"),
        ({"genre": "personne"}, "genre"),
        ({"genre": "ventes", "du": "2026-01-01"}, "au"),
        ({"genre": "ventes", "du": "2026-02-01", "au": "2026-01-01"}, "au"),
    ],
)
def test_a_wrong_request_is_refused_by_field(http, corps, champ):
    reponse = http.post(ICI, corps)

    assert reponse.status_code == 400
    assert champ in reponse.json()["champs"]
    assert not Export.objects.exists()


def test_a_body_that_is_no_object_is_refused(http):
    assert http.post(ICI, ["complet"]).status_code == 400
    assert not Export.objects.exists()


def test_the_same_person_waits_for_the_first_one(http):
    premier = http.post(ICI, {"genre": "complet"}, headers={"Idempotency-Key": "un"})
    encore = http.post(ICI, {"genre": "complet"}, headers={"Idempotency-Key": "un"})
    autre = http.post(ICI, {"genre": "complet"})

    assert (premier.json(), encore.status_code) == (encore.json(), 202)
    assert (autre.status_code, autre.json()["code"]) == (409, "export_en_cours")
    assert Export.objects.count() == 1


def test_the_sales_journal_says_what_it_left_aside(http, ouvrier):
    creer_facture()
    with ouvrier():
        pk = http.post(ICI, ventes(paiements=True)).json()["id"]
    export = http.get(f"{ICI}{pk}/").json()

    assert export["bilan"]["ecritures"] == 1
    assert export["bilan"]["debit"] == export["bilan"]["credit"] == "120.00"
    assert export["bilan"]["laisses_de_cote"]["factures_reprises"] == 0
    assert export["parametres"]["paiements"] is True
    compact = f"{timezone.localdate():%Y%m%d}"
    assert export["nom"] == f"journal-des-ventes-{compact}-{compact}.txt"


def test_each_table_is_listed_and_downloaded(http):
    client = creer_client(nom="Émile")
    liste = {une["nom"]: une for une in http.get(f"{ICI}tables/").json()}
    reponse = http.get(liste["clients"]["fichier"])
    lignes = lire_csv(octets(reponse))

    assert set(liste) == set(tables.PAR_NOM)
    assert liste["clients"]["libelle"] == "clients"
    assert list(lignes[0]) == liste["clients"]["colonnes"]
    assert (lignes[0]["id"], lignes[0]["nom"]) == (str(client.pk), "Émile")
    assert reponse["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="clients.csv"' in reponse["Content-Disposition"]
    assert http.get(f"{ICI}tables/accounts_jeton.csv").status_code == 404
    assert Entree.objects.get(action="table.exportee").details["table"] == "clients"


def test_every_table_has_its_csv(http, patron):
    creer_facture()
    for nom in tables.PAR_NOM:
        reponse = http.get(f"{ICI}tables/{nom}.csv")
        assert reponse.status_code == 200, nom
        lire_csv(octets(reponse))


def test_the_data_of_a_client_even_in_the_trash(http, ouvrier):
    client = creer_client()
    supprimer(client, par=ROBOT)
    with ouvrier():
        reponse = http.post(f"/api/v1/clients/{client.pk}/donnees-personnelles/")
    export = Export.objects.get()

    assert (reponse.status_code, reponse.json()["client_ref"]) == (202, client.pk)
    assert export.etat == "pret"
    assert lu(export).json("donnees.json")["code"] == client.code
    assert Entree.objects.get(action="client.donnees_personnelles").objet_id == client.pk
    assert http.post("/api/v1/clients/999999/donnees-personnelles/").status_code == 404


def test_a_broker_that_is_away_loses_nothing(
    http, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def absent(*_):
        raise OperationalError("courtier absent")

    monkeypatch.setattr(produire_export, "delay", absent)
    with (
        caplog.at_level(logging.CRITICAL, logger="django"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        reponse = http.post(ICI, {"genre": "complet"})

    assert (reponse.status_code, Export.objects.get().etat) == (202, "demande")


def test_the_sweep_takes_again_what_was_interrupted(patron, ouvrier):
    export = services.exporter_tout(par=personne(patron))
    Export.objects.update(etat="en_cours", essais=1)
    oublier_les_exports()

    export.refresh_from_db()
    assert (export.etat, export.essais) == ("pret", 2)


def test_the_list_costs_the_same_however_long(http, django_assert_max_num_queries, patron):
    for _ in range(5):
        faire(services.exporter_tout(par=personne(patron)))

    with django_assert_max_num_queries(10):
        assert len(http.get(ICI).json()["results"]) == 5


@pytest.mark.parametrize(("champ", "vaut"), [("", False), ("tva_debits", True)])
def test_what_the_accountant_has_to_move_is_said(champ, vaut, patron):
    if champ:
        modifier_entreprise(par=ROBOT, **{champ: vaut})
    devis = creer_devis_accepte()
    facture = facturer(devis, retenue_taux=Decimal(5))
    emettre_facture(facture, par=ROBOT)
    jour = timezone.localdate()
    export = faire(services.exporter_les_ventes(du=jour, au=jour, par=personne(patron)))

    dits = " ".join(export.bilan["a_reclasser"])
    assert ("44574" in dits) is not vaut
    assert "6,00" in dits
    assert "4117" in dits
