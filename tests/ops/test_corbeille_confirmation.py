"""Purging by hand: the typed name, the 90 days, what the page says first."""

import pytest

from artjardin.audit.models import Entree
from artjardin.erreurs import Invalide
from clients.models import Client
from ops.corbeille.purge import purger_a_la_main
from tests.chantiers.factories import creer_chantier
from tests.connexion import se_connecter
from tests.ops.corbeille import creer_ancien, creer_prospect, jeter, vieillir
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db


@pytest.fixture
def prospect():
    return creer_prospect()


@pytest.fixture
def ancien():
    return creer_ancien()


@pytest.mark.parametrize("saisie", ["", "durand", "Durand", "PURGER"])
def test_the_name_is_typed_exactly(saisie, prospect):
    lot = jeter(prospect)
    vieillir(lot)

    with pytest.raises(Invalide, match="Tapez exactement"):
        purger_a_la_main(Client.tous.get(pk=prospect.pk), confirmation=saisie, par=PAR)
    assert Client.tous.exists()


@pytest.mark.parametrize("mot", ["__str__", "code", "designation"])
def test_the_name_or_the_code_will_do(mot, prospect):
    lot = jeter(prospect)
    vieillir(lot)
    saisie = str(prospect) if mot == "__str__" else getattr(prospect, mot)

    purger_a_la_main(Client.tous.get(pk=prospect.pk), confirmation=f" {saisie} ", par=PAR)

    assert not Client.tous.exists()


def test_over_http(http, prospect):
    lot = jeter(prospect)
    adresse = f"/admin/trash/clients/{prospect.pk}/purge/"
    saisie = {"confirmation": str(prospect)}

    tot = http.post(adresse, saisie)
    vieillir(lot)
    faux = http.post(adresse, {"confirmation": "?"})
    fait = http.post(adresse, saisie)

    assert (tot.status_code, tot.json()["code"]) == (409, "trop_tot")
    assert faux.status_code == 400
    assert fait.json()["purges"]["detruits"]["clients.client"] == 1
    assert Entree.objects.get(action="corbeille.purge").acteur_nom == "Claire Moreau"


def test_on_its_page(client, patron, prospect):
    lot = jeter(prospect)
    vieillir(lot)
    se_connecter(client, patron)
    adresse = f"/admin/trash/clients/{prospect.pk}/"
    html = {"HTTP_ACCEPT": "text/html"}

    assert "Sera détruit" in client.get(adresse, **html).content.decode()
    client.post(f"{adresse}purge/", {"confirmation": "?"}, **html)
    assert Client.tous.exists()
    client.post(f"{adresse}purge/", {"confirmation": str(prospect)}, **html)
    assert not Client.tous.exists()


def test_a_purge_that_waits_for_another_is_said_on_its_page(http):
    chantier = creer_chantier(nom="Verger")
    jeter(chantier)
    jeter(chantier.client)

    fiche = http.get(f"/admin/trash/clients/{chantier.client_id}/").json()
    assert "Verger" in fiche["refus_de_purge"]


def test_what_is_kept_is_shown_with_its_reason(http, ancien):
    jeter(ancien)

    garde = http.get(f"/admin/trash/clients/{ancien.pk}/").json()["garde"]

    raisons = {part["quoi"]: part["pourquoi"] for part in garde}
    assert "trois ans" in raisons["intervention"]
    assert "chaînée" in raisons["devis"]
    assert "dix ans" in raisons["client"]
