"""The trash over HTTP."""

import pytest
from django.contrib.auth.models import Permission

from artjardin.softdelete.services import supprimer
from clients.models import Client
from tests.chantiers.factories import creer_chantier
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_brouillon, creer_devis
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db


def test_a_client_comes_back_with_what_went_along(http):
    client = creer_client(nom="Durand")
    creer_chantier(client=client)
    http.delete(f"/api/v1/clients/{client.pk}/")

    stats = http.get("/admin/trash/stats/").json()
    ligne = http.get("/admin/trash/clients/").json()["results"][0]
    retour = http.post(f"/admin/trash/clients/{client.pk}/restore/")

    assert (stats["clients"], stats["chantiers"]) == (1, 1)
    assert (ligne["id"], ligne["supprime_par"]) == (client.pk, "Claire Moreau")
    assert retour.json() == {"restaures": {"clients.client": 1, "chantiers.chantier": 1}}
    assert Client.objects.filter(pk=client.pk).exists()


def test_what_is_not_in_the_trash_is_not_found(http):
    client = creer_client()

    assert http.post(f"/admin/trash/clients/{client.pk}/restore/").status_code == 404
    assert http.get("/admin/trash/plantes/").status_code == 404


@pytest.mark.parametrize(
    ("droit", "entite", "statut"),
    [
        ("clients.delete_client", "clients", 200),
        ("clients.delete_client", "factures", 403),
        ("facturation.delete_facture", "factures", 200),
        ("facturation.delete_facture", "clients", 403),
        ("facturation.delete_facture", "devis", 403),
    ],
)
def test_each_entity_asks_for_its_own_right(droit, entite, statut, connecter, employe):
    creer = {"clients": creer_client, "factures": creer_brouillon, "devis": creer_devis}[entite]
    jete = creer()
    supprimer(jete, par=PAR)
    employe.user_permissions.add(Permission.objects.get(codename=droit.split(".")[1]))
    http = connecter(employe)

    assert http.get(f"/admin/trash/{entite}/").status_code == statut
    assert http.post(f"/admin/trash/{entite}/{jete.pk}/restore/").status_code == statut
    assert type(jete).objects.filter(pk=jete.pk).exists() is (statut == 200)


@pytest.mark.parametrize("role", ["employe", "comptable"])
def test_only_patrons_see_and_restore(role, request, connecter):
    client = creer_client()
    supprimer(client, par=PAR)
    http = connecter(request.getfixturevalue(role))

    assert http.get("/admin/trash/clients/").status_code == 403
    assert http.post(f"/admin/trash/clients/{client.pk}/restore/").status_code == 403
    assert not Client.objects.filter(pk=client.pk).exists()
