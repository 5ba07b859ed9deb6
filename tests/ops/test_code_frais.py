"""Grave acts ask for a code of less than ten minutes, in the pages and by the API."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from artjardin.accounts import exigence
from artjardin.accounts.auteur import personne
from artjardin.softdelete.models import Lot
from artjardin.softdelete.services import supprimer
from clients.models import Client
from facturation.models import Entreprise, MandatPrelevement
from ops.exports import services
from ops.models import Export
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.clients.factories import creer_client
from tests.connexion import laisser_vieillir_le_code
from tests.facturation.factories import mandater
from tests.facturation.test_admin_reglages import saisie
from tests.ops.corbeille import jeter, vieillir
from tests.ops.exports import tout
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db
CODE, TRASH = "/admin/securite/code/", "/admin/trash"
HTML = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}
IBAN, AUTRE = "FR1420041010050500013M02606", "FR7630006000011234567890189"


@pytest.fixture
def bureau(patron):
    http = ouvrir(patron)
    http.defaults |= HTML
    return http


@pytest.fixture
def vieux(bureau):
    """A patron's browser whose last code is ten minutes old."""
    return laisser_vieillir_le_code(bureau)


@pytest.fixture
def api(http):
    """The same by the API."""
    return laisser_vieillir_le_code(http)


@pytest.fixture
def echu():
    """A client in the trash, whose purge is due."""
    client = creer_client(nom="Durand")
    vieillir(jeter(client))
    return client


def refuse(reponse) -> bool:
    return (reponse.status_code, reponse.json()["code"]) == (403, "code_frais_requis")


def vers(reponse) -> str:
    """Where the page of the code leads next."""
    assert reponse.status_code == 302
    assert reponse.url.startswith(CODE)
    return parse_qs(urlsplit(reponse.url).query)["next"][0]


def texte(reponse) -> str:
    return " ".join(reponse.content.decode().replace("&#x27;", "'").split())


def test_ten_minutes_and_no_more(patron):
    with time_machine.travel(timezone.now(), tick=False) as horloge:
        http = ouvrir(patron)
        tout_exporter = reverse("admin:ops_export_tout_exporter")
        horloge.shift(exigence.FRAICHEUR - timedelta(seconds=1))
        assert http.get(tout_exporter).status_code == 200
        horloge.shift(timedelta(seconds=1))
        assert vers(http.get(tout_exporter)) == tout_exporter


class TestCorbeille:
    def test_looking_asks_for_nothing_and_the_forms_wait_behind_a_link(self, vieux, echu):
        fiche, accueil = f"{TRASH}/clients/{echu.pk}/", f"{TRASH}/"

        for chemin, action in ((fiche, "restore/"), (fiche, "purge/"), (accueil, "purge/")):
            contenu = texte(vieux.get(chemin))
            assert f"{CODE}?next={chemin.replace('/', '%2F')}" in contenu
            assert 'name="confirmation"' not in contenu
            assert ">Restaurer le tout<" not in contenu
            assert f'action="{chemin}{action}"' in contenu
        assert "Durand" in texte(vieux.get(f"{TRASH}/clients/"))

    def test_they_are_there_once_it_was_given(self, bureau, echu):
        contenu = texte(bureau.get(f"{TRASH}/clients/{echu.pk}/"))

        assert 'name="confirmation"' in contenu
        assert "Restaurer le tout" in contenu
        assert CODE not in contenu

    @pytest.mark.parametrize(
        ("acte", "retour"),
        [
            ("clients/{pk}/restore/", "clients/{pk}/"),
            ("clients/{pk}/purge/", "clients/{pk}/"),
            ("purge/", ""),
        ],
    )
    def test_a_form_sent_too_late_does_nothing_and_comes_back_to_its_page(
        self, acte, retour, vieux, echu
    ):
        corps = {"confirmation": "PURGER" if acte == "purge/" else echu.code}

        reponse = vieux.post(f"{TRASH}/{acte.format(pk=echu.pk)}", corps)

        assert vers(reponse) == f"{TRASH}/{retour.format(pk=echu.pk)}"
        assert Client.tous.filter(pk=echu.pk).exists()
        assert Lot.objects.get().restaure_le is None

    @pytest.mark.parametrize("acte", ["clients/{pk}/restore/", "clients/{pk}/purge/", "purge/"])
    def test_neither_does_the_api(self, acte, api, echu):
        assert api.get(f"{TRASH}/clients/{echu.pk}/").status_code == 200
        corps = {"confirmation": "PURGER" if acte == "purge/" else echu.code}

        assert refuse(api.post(f"{TRASH}/{acte.format(pk=echu.pk)}", corps))

        assert Client.tous.filter(pk=echu.pk).exists()
        assert Lot.objects.get().restaure_le is None

    def test_a_fresh_one_purges(self, bureau, echu):
        reponse = bureau.post(
            f"{TRASH}/clients/{echu.pk}/purge/", {"confirmation": echu.code}, follow=True
        )

        assert "Purge faite" in messages_de(reponse)[0]
        assert not Client.tous.filter(pk=echu.pk).exists()

    def test_erasing_a_person(self, vieux, api):
        client = creer_client(nom="Durand")
        supprimer(client, par=PAR)
        chemin = f"{TRASH}/effacement/{client.pk}/"
        vue = texte(vieux.get(chemin))

        assert "Confirmer par un code pour effacer" in vue
        assert "Effacer pour toujours" not in vue
        assert vers(vieux.post(chemin, {"confirmation": client.code})) == chemin
        par_api = f"/api/v1/clients/{client.pk}/effacement/"
        assert api.get(par_api).status_code == 200
        assert refuse(api.post(par_api, {"confirmation": client.code}))
        assert Client.tous.get(pk=client.pk).nom == "Durand"


class TestExports:
    def test_everything_or_a_person_but_not_the_sales_journal(self, vieux, employe):
        client = creer_client()
        for chemin in (
            reverse("admin:ops_export_tout_exporter"),
            page(client, "donnees_personnelles"),
        ):
            assert vers(vieux.get(chemin)) == chemin
            assert vers(vieux.post(chemin, {})) == chemin
        assert not Export.objects.exists()

        jour = f"{timezone.localdate():%Y-%m-%d}"
        journal = reverse("admin:ops_export_journal_des_ventes")
        assert vieux.get(journal).status_code == 200
        assert vieux.post(journal, {"du": jour, "au": jour}).status_code == 302
        assert Export.objects.get().genre == Export.Genre.VENTES

    def test_neither_by_the_api_nor_one_table(self, api):
        client, jour = creer_client(), f"{timezone.localdate()}"
        ici = "/api/v1/exports/"

        assert refuse(api.post(ici, {"genre": "complet"}))
        assert refuse(api.post(f"/api/v1/clients/{client.pk}/donnees-personnelles/"))
        assert refuse(api.get(f"{ici}tables/clients.csv"))
        assert not Export.objects.exists()
        assert api.get(f"{ici}tables/").status_code == 200
        assert api.post(ici, {"genre": "ventes", "du": jour, "au": jour}).status_code == 202

    def test_a_file_left_by_a_colleague_is_not_taken_away_without_one(self, vieux, api, patron):
        export = tout(patron)

        assert vers(vieux.get(page(export, "telecharger"))) == page(export, "telecharger")
        assert refuse(api.get(f"/api/v1/exports/{export.pk}/telecharger/"))
        assert vieux.get(page(export)).status_code == 200

    def test_that_of_the_sales_journal_is(self, vieux, api, patron):
        jour = timezone.localdate()
        export = services.exporter_les_ventes(du=jour, au=jour, par=personne(patron))

        assert not vieux.get(page(export, "telecharger")).url.startswith(CODE)
        reponse = api.get(f"/api/v1/exports/{export.pk}/telecharger/")
        assert reponse.json()["code"] != "code_frais_requis", "it is not made yet"


class TestIbanDeLEntreprise:
    def test_it_is_read_until_a_code_is_given_and_the_rest_is_changed(self, vieux):
        fiche = page(Entreprise.la_notre())
        Entreprise.objects.update(iban=IBAN)
        vue = texte(vieux.get(fiche))

        assert 'name="iban"' not in vue
        assert 'name="bic"' not in vue
        assert IBAN in vue
        assert "Confirmer par un code pour modifier l'IBAN et le BIC" in vue
        sans = {
            c: v for c, v in saisie(telephone="02 41 00 00 01").items() if c not in {"iban", "bic"}
        }
        assert vieux.post(fiche, sans).status_code == 302
        firme = Entreprise.la_notre()
        assert (firme.telephone, firme.iban) == ("02 41 00 00 01", IBAN)

    def test_a_stale_code_changes_nothing_and_loses_nothing(self, vieux):
        fiche = page(Entreprise.la_notre())

        refus = vieux.post(fiche, saisie(iban=AUTRE, telephone="02 41 00 00 01"))

        assert refus.status_code == 200
        assert f'value="{AUTRE}"' in texte(refus)
        assert "02 41 00 00 01" in texte(refus)
        assert "Dans un autre onglet" in texte(refus)
        assert Entreprise.la_notre().iban != AUTRE
        assert Entreprise.la_notre().telephone != "02 41 00 00 01"

    def test_a_fresh_one_changes_it(self, bureau):
        assert 'name="iban"' in texte(bureau.get(page(Entreprise.la_notre())))

        assert bureau.post(page(Entreprise.la_notre()), saisie(iban=AUTRE)).status_code == 302

        assert Entreprise.la_notre().iban == AUTRE

    def test_the_accountant_reads_it_and_is_not_asked(self, comptable):
        http = laisser_vieillir_le_code(ouvrir(comptable))

        vue = texte(http.get(page(Entreprise.la_notre())))

        assert CODE not in vue
        assert 'name="iban"' not in vue


class TestIbanDUnMandat:
    def test_another_account_to_debit_asks_for_a_code(self, vieux):
        mandat = mandater(creer_client())
        corps = {"rum": mandat.rum, "signe_le": "05/01/2026"}
        vue = texte(vieux.get(page(mandat)))
        assert 'name="iban"' not in vue
        assert 'name="rum"' in vue

        refus = vieux.post(page(mandat), corps | {"iban": AUTRE, "actif": "on"})
        assert "Dans un autre onglet" in texte(refus)
        assert MandatPrelevement.objects.get().iban == IBAN

        assert vieux.post(page(mandat), corps).status_code == 302
        mandat.refresh_from_db()
        assert (mandat.actif, mandat.iban) == (False, IBAN)

    def test_so_does_a_new_mandate(self, vieux):
        client = creer_client()
        corps = {"client": client.pk, "rum": "AJ-9", "signe_le": "05/01/2026", "iban": IBAN}

        assert vers(vieux.get(page(MandatPrelevement, "add"))) == page(MandatPrelevement, "add")
        assert vieux.post(page(MandatPrelevement, "add"), corps).url.startswith(CODE)
        assert not MandatPrelevement.objects.exists()

    def test_the_api_asks_when_the_account_changes_only(self, api):
        client = creer_client()
        chemin = f"/api/v1/clients/{client.pk}/mandat/"
        corps = {"rum": "AJ-9", "signe_le": "2026-01-05", "iban": IBAN, "actif": True}
        assert refuse(api.put(chemin, corps))
        assert not MandatPrelevement.objects.exists()

        mandater(client, rum="AJ-9")
        aere = "fr14 2004 1010 0505 0001 3M02 606"
        assert api.put(chemin, corps | {"iban": aere, "actif": False}).status_code == 200
        assert not MandatPrelevement.objects.get().actif
        assert refuse(api.put(chemin, corps | {"iban": AUTRE}))
        assert MandatPrelevement.objects.get().iban == IBAN
