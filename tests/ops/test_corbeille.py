"""The trash over HTTP: stats, list, detail, restore."""

import pytest
from django.contrib.auth.models import Permission

from artjardin.softdelete.models import Lot
from artjardin.softdelete.services import supprimer
from chantiers.models import Chantier
from clients.models import Client
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_brouillon, creer_devis
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db
TRASH = "/admin/trash"


@pytest.fixture
def jete():
    """A client in the trash with two sites, for a reason."""
    client = creer_client(nom="Durand", code="C0042")
    creer_chantier(client=client, nom="Haie du fond")
    creer_chantier(client=client, nom="Pelouse")
    supprimer(client, par=PAR, motif="Doublon")
    return client


def test_a_client_comes_back_with_what_went_along(http):
    client = creer_client(nom="Durand")
    creer_chantier(client=client)
    http.delete(f"/api/v1/clients/{client.pk}/?motif=Doublon")

    stats = http.get(f"{TRASH}/stats/").json()
    ligne = http.get(f"{TRASH}/clients/").json()["results"][0]
    retour = http.post(f"{TRASH}/clients/{client.pk}/restore/")

    assert (stats["clients"], stats["chantiers"]) == (1, 1)
    assert (ligne["id"], ligne["supprime_par"]) == (client.pk, "Claire Moreau")
    assert (ligne["motif"], ligne["avec"]["id"]) == ("Doublon", client.pk)
    assert retour.json() == {"restaures": {"clients.client": 1, "chantiers.chantier": 1}}
    assert Client.objects.filter(pk=client.pk).exists()
    assert http.get(f"{TRASH}/stats/").json()["total"] == 0


def test_the_stats_say_the_oldest_and_the_next_purge(http, jete, settings):
    settings.CORBEILLE_RETENTION_JOURS = 7  # too few: 90 days hold whatever is set
    stats = http.get(f"{TRASH}/stats/").json()

    lot = Lot.objects.get()
    assert (stats["total"], stats["lots"], stats["retention_jours"]) == (3, 1, 90)
    assert stats["par_entite"]["chantiers"]["nombre"] == 2
    assert stats["par_entite"]["factures"] == {"nombre": 0, "plus_ancien": None}
    assert (lot.purgeable_le - lot.le).days == 90
    assert http.get(f"{TRASH}/").json() == stats


@pytest.mark.parametrize(("demande", "trouves"), [("durand", 2), ("haie", 1), ("rosier", 0)])
def test_an_entity_is_searched(http, jete, demande, trouves):
    reponse = http.get(f"{TRASH}/chantiers/", {"recherche": demande})

    assert len(reponse.json()["results"]) == trouves


def test_the_detail_says_what_each_choice_would_do(http, jete):
    fiche = http.get(f"{TRASH}/clients/{jete.pk}/").json()

    assert fiche["confirmation"] == str(jete)
    assert [(part["quoi"], part["nombre"]) for part in fiche["revient"]] == [
        ("client", 1),
        ("chantiers", 2),
    ]
    assert fiche["revient"][1]["noms"] == ["Haie du fond", "Pelouse"]
    assert [part["nombre"] for part in fiche["detruit"]] == [2, 1]
    assert (fiche["refus"], fiche["doublons"], fiche["garde"]) == ([], [], [])
    assert (fiche["est_racine"], fiche["seul_possible"], fiche["est_echu"]) == (True, True, False)


def test_the_detail_of_a_child_says_what_it_waits_for(http, jete):
    chantier = Chantier.tous.first()
    fiche = http.get(f"{TRASH}/chantiers/{chantier.pk}/").json()

    assert (fiche["est_racine"], fiche["seul_possible"]) == (False, False)


def test_one_row_comes_back_alone_then_its_children_one_by_one(http, jete):
    seul = {"seul": True}
    un, autre = Chantier.tous.order_by("pk")

    refus = http.post(f"{TRASH}/chantiers/{un.pk}/restore/", seul)
    retour = http.post(f"{TRASH}/clients/{jete.pk}/restore/", seul)
    ensuite = http.post(f"{TRASH}/chantiers/{un.pk}/restore/", seul)

    assert (refus.status_code, refus.json()["code"]) == (409, "parent_supprime")
    assert retour.json() == {"restaures": {"clients.client": 1}}
    assert ensuite.json() == {"restaures": {"chantiers.chantier": 1}}
    assert [c.pk for c in Chantier.objects.all()] == [un.pk]
    assert Lot.objects.get().restaure_le is None

    http.post(f"{TRASH}/chantiers/{autre.pk}/restore/", seul)
    assert Lot.objects.get().restaure_le is not None


def test_a_reused_address_is_said_and_a_person_decides(http):
    client = creer_client(email="jeanne@example.org")
    supprimer(client, par=PAR)
    nouveau = creer_client(email="jeanne@example.org")

    refus = http.post(f"{TRASH}/clients/{client.pk}/restore/")
    assert (refus.status_code, refus.json()["code"]) == (409, "doublon")
    assert str(nouveau) in refus.json()["message"]
    assert not Client.objects.filter(pk=client.pk).exists()

    voulu = http.post(f"{TRASH}/clients/{client.pk}/restore/", {"malgre_les_doublons": True})
    assert voulu.status_code == 200
    assert Client.objects.filter(email="jeanne@example.org").count() == 2


def test_an_address_that_was_already_shared_does_not_forbid_a_return(http):
    creer_client(email="syndic@example.org")
    client = creer_client(email="syndic@example.org")
    supprimer(client, par=PAR)

    assert http.post(f"{TRASH}/clients/{client.pk}/restore/").status_code == 200


def test_what_is_not_in_the_trash_is_not_found(http):
    client = creer_client()

    for suite in ("", "restore/", "purge/"):
        methode = http.post if suite else http.get
        corps = {"confirmation": "x"} if suite else None
        assert methode(f"{TRASH}/clients/{client.pk}/{suite}", corps).status_code == 404
    assert http.get(f"{TRASH}/plantes/").status_code == 404


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

    assert http.get(f"{TRASH}/{entite}/").status_code == statut
    assert http.get(f"{TRASH}/{entite}/{jete.pk}/").status_code == statut
    assert http.post(f"{TRASH}/{entite}/{jete.pk}/restore/").status_code == statut
    assert type(jete).objects.filter(pk=jete.pk).exists() is (statut == 200)


@pytest.mark.parametrize("role", ["employe", "comptable"])
def test_only_patrons_see_restore_and_purge(role, request, connecter):
    client = creer_client()
    supprimer(client, par=PAR)
    http = connecter(request.getfixturevalue(role))
    saisie = {"confirmation": str(client)}

    assert http.get(f"{TRASH}/stats/").status_code == 403
    assert http.get(f"{TRASH}/clients/").status_code == 403
    assert http.post(f"{TRASH}/clients/{client.pk}/restore/").status_code == 403
    assert http.post(f"{TRASH}/clients/{client.pk}/purge/", saisie).status_code == 403
    assert http.post(f"{TRASH}/purge/", {"confirmation": "PURGER"}).status_code == 403
    assert not Client.objects.filter(pk=client.pk).exists()


def test_a_list_asks_the_same_number_of_queries_whatever_its_length(
    http, django_assert_max_num_queries
):
    for _ in range(12):
        supprimer(creer_intervention(), par=PAR)

    with django_assert_max_num_queries(9):
        assert len(http.get(f"{TRASH}/interventions/").json()["results"]) == 12


def test_a_batch_asks_for_the_right_of_each_of_its_models(connecter, employe, jete):
    droit = Permission.objects.get(codename="delete_chantier")
    employe.user_permissions.add(droit)
    http, chantier = connecter(employe), Chantier.tous.first()

    assert http.post(f"{TRASH}/chantiers/{chantier.pk}/restore/").status_code == 403
    saisie = {"confirmation": str(jete)}
    assert http.post(f"{TRASH}/chantiers/{chantier.pk}/purge/", saisie).status_code == 403
    assert not Client.objects.exists()
