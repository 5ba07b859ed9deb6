"""Exports in the office's admin, for each role."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from artjardin.audit.models import Entree
from ops.models import CompteComptable, Export
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.clients.factories import creer_client
from tests.facturation.vie import reprendre
from tests.ops.exports import faire, tout

pytestmark = pytest.mark.django_db
LISTE = "/admin/ops/export/"


@pytest.fixture
def navigateur(patron):
    return ouvrir(patron)


def adresse(nom: str) -> str:
    return reverse(f"admin:ops_export_{nom}")


def test_everything_is_exported_in_two_clicks(navigateur, patron):
    accueil = navigateur.get(reverse("admin:index")).content.decode()
    demande = navigateur.get(adresse("tout_exporter"))
    suite = navigateur.post(adresse("tout_exporter"), {}, follow=True)
    export = Export.objects.get()
    attente = navigateur.get(page(export))
    faire(export)
    fini = navigateur.get(page(export))
    telecharge = navigateur.get(page(export, "telecharger"), follow=True)

    assert LISTE in accueil
    assert "24 heures" in demande.content.decode()
    assert "None" not in demande.content.decode().split("<form")[-1]
    assert (export.genre, export.demandeur) == ("complet", patron)
    assert "cette page dira où il en est" in messages_de(suite)[0]
    assert (attente.headers.get("Refresh"), fini.headers.get("Refresh")) == ("5", None)
    assert page(export, "telecharger") not in attente.content.decode()
    assert page(export, "telecharger") in fini.content.decode()
    assert telecharge["Content-Type"] == "application/zip"
    assert b"".join(telecharge.streaming_content)[:2] == b"PK"


def test_a_second_click_asks_for_nothing_more(navigateur):
    navigateur.post(adresse("tout_exporter"), {})
    reponse = navigateur.post(adresse("tout_exporter"), {})

    assert "n&#x27;est pas fini" in reponse.content.decode()
    assert Export.objects.count() == 1


def test_the_accountant_asks_for_the_sales_journal(comptable, patron):
    complet = tout(patron)
    navigateur = ouvrir(comptable)
    reprendre(creer_client())
    jour = timezone.localdate()
    dates = {"du": "2020-01-01", "au": f"{jour}", "paiements": "on"}
    navigateur.post(adresse("journal_des_ventes"), dates)
    export = faire(Export.objects.get(genre="ventes"))
    liste = navigateur.get(LISTE).content.decode()
    detail = navigateur.get(page(export)).content.decode()

    assert export.parametres == {
        "du": "2020-01-01", "au": f"{jour}", "paiements": True, "reprises": False,
    }  # fmt: skip
    assert "Journal des ventes" in liste
    assert page(export) in liste
    assert page(complet) not in liste
    assert adresse("tout_exporter") not in liste
    assert "au débit comme au crédit" in detail
    assert f"Du 01/01/2020 au {jour:%d/%m/%Y}, avec les encaissements" in detail
    assert "Factures reprises de l&#x27;ancien logiciel : 1, 240,00" in detail
    assert "avant la reprise : 1" in detail
    assert navigateur.post(adresse("tout_exporter"), {}).status_code == 403


def test_a_period_the_wrong_way_round_is_said_by_its_field(navigateur):
    dates = {"du": "2026-02-01", "au": "2026-01-01"}
    reponse = navigateur.post(adresse("journal_des_ventes"), dates)

    assert reponse.context["form"].errors["au"] == ["La fin précède le début."]
    assert not Export.objects.exists()


def test_the_data_of_a_client_are_exported_from_its_page(navigateur):
    client = creer_client()
    fiche = navigateur.get(page(client)).content.decode()
    navigateur.post(page(client, "donnees_personnelles"), {})
    export = faire(Export.objects.get())

    assert page(client, "donnees_personnelles") in fiche
    assert (export.genre, export.client_ref) == ("personne", client.pk)
    assert str(client) in navigateur.get(page(export)).content.decode()


def test_the_page_names_what_is_missing_and_what_happened(navigateur, patron, settings):
    export = tout(patron)
    manquants = [{"fichier": "documents/2026/x.pdf", "raison": "absent <b>"}]
    bilan = {"manquants": manquants, "manquants_en_tout": 70, "clients": 3}
    Export.objects.update(etat="partiel", bilan=bilan)
    detail = navigateur.get(page(export)).content.decode()
    Export.objects.update(genre="personne", client_ref=999999, bilan={})
    inconnu = navigateur.get(page(export)).content.decode()

    assert "documents/2026/x.pdf : absent &lt;b&gt;" in detail
    assert "70 en tout : tous sont dans manifest.json" in detail
    assert "3 clients" in detail
    assert "client effacé" in inconnu


def test_documents_without_an_entry_are_named(navigateur, patron):
    export = tout(patron)
    laisses = {"pieces_sans_montant": ["FAC-2026-0001", "FAC-2026-0002"]}
    bilan = {"laisses_de_cote": laisses, "a_reclasser": ["Retenues <b>"]}
    Export.objects.update(genre="ventes", bilan=bilan)

    detail = navigateur.get(page(export)).content.decode()
    assert "Pièces à zéro, sans écriture : FAC-2026-0001, FAC-2026-0002" in detail
    assert "À reclasser : Retenues &lt;b&gt;" in detail


def test_an_account_is_changed_checked_and_journaled(navigateur):
    compte = CompteComptable.objects.get(code="vente_20")
    bon = {"numero": "70612", "libelle": "Ventes 20 %"}
    navigateur.post(page(compte), bon)
    navigateur.post(page(compte), bon)
    refuse = navigateur.post(page(compte), bon | {"numero": "Ventes"})

    compte.refresh_from_db()
    assert (compte.numero, compte.libelle) == ("70612", "Ventes 20 %")
    assert "trois chiffres" in refuse.content.decode()
    entree = Entree.objects.get(action="compte_comptable.modifie")
    assert entree.avant["numero"] == "706020"


def test_the_accountant_sees_the_accounts_and_changes_none(comptable):
    compte = CompteComptable.objects.get(code="client")
    navigateur = ouvrir(comptable)

    assert navigateur.get(page(compte)).status_code == 200
    refus = navigateur.post(page(compte), {"numero": "411999", "libelle": "x"})
    assert refus.status_code == 403
    assert CompteComptable.objects.get(code="client").numero == "411000"


def test_an_export_that_one_may_not_ask_for_is_not_there(comptable, employe, patron):
    complet = tout(patron)

    for quoi in ("change", "history", "telecharger"):
        assert ouvrir(comptable).get(page(complet, quoi)).status_code == 404
        assert ouvrir(employe).get(page(complet, quoi)).status_code == 403
