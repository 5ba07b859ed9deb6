"""The trash, from client to site to intervention."""

import pytest

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.softdelete.services import restaurer, supprimer
from chantiers import services
from chantiers.models import Chantier, Intervention
from clients.models import Client
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db
ROBOT = systeme("test")


@pytest.fixture
def famille():
    """A client with two sites, one intervention on each."""
    client = creer_client(code="C0007")
    chantiers = [creer_chantier(client=client) for _ in range(2)]
    return client, chantiers, [creer_intervention(chantier=chantier) for chantier in chantiers]


def vivants():
    return [modele.objects.count() for modele in (Client, Chantier, Intervention)]


def relire(objet):
    return type(objet).tous.get(pk=objet.pk)


def test_what_hangs_below_goes_along_in_one_batch(famille, auteur):
    client, chantiers, interventions = famille

    lot = supprimer(client, par=auteur, motif="Doublon")

    tout = [relire(objet) for objet in (client, *chantiers, *interventions)]
    assert vivants() == [0, 0, 0]
    assert {objet.supprime_lot for objet in tout} == {lot}
    assert {objet.supprime_par for objet in tout} == {auteur.user}
    assert len({objet.supprime_le for objet in tout}) == 1
    entree = Entree.objects.get(action="corbeille.suppression")
    assert entree.details["motif"] == "Doublon"
    assert entree.details["emportes"] == {
        "clients.client": 1,
        "chantiers.chantier": 2,
        "chantiers.intervention": 2,
    }


def test_restoring_brings_back_exactly_what_went(famille):
    client, (ancien, _), _ = famille
    supprimer(ancien, par=ROBOT)
    supprimer(client, par=ROBOT)

    comptes = restaurer(client, par=ROBOT)

    assert comptes == {"clients.client": 1, "chantiers.chantier": 1, "chantiers.intervention": 1}
    assert vivants() == [1, 1, 1]
    assert relire(ancien).supprime_le is not None
    assert relire(client).supprime_lot is None
    assert restaurer(ancien, par=ROBOT) == {"chantiers.chantier": 1, "chantiers.intervention": 1}
    assert vivants() == [1, 2, 2]


def test_a_child_does_not_come_back_before_its_parent(famille):
    client, (chantier, _), (intervention, _) = famille
    supprimer(intervention, par=ROBOT)
    supprimer(chantier, par=ROBOT)
    supprimer(client, par=ROBOT)

    for objet in (intervention, chantier):
        with pytest.raises(Conflit, match="Restaurez d'abord") as refus:
            restaurer(objet, par=ROBOT)
        assert refus.value.code == "parent_supprime"

    assert vivants() == [0, 0, 0]


def test_a_reused_code_is_said_and_changes_nothing(famille):
    client, _, _ = famille
    supprimer(client, par=ROBOT)
    creer_client(code="C0007")

    with pytest.raises(Conflit, match="le code C0007 est maintenant celui de") as refus:
        restaurer(client, par=ROBOT)

    assert refus.value.code == "place_prise"
    assert vivants() == [1, 0, 0]
    assert not Entree.objects.filter(action="corbeille.restauration").exists()


def test_an_employee_taken_meanwhile_is_said_too(famille):
    _, _, (intervention, _) = famille
    supprimer(intervention, par=ROBOT)
    creer_intervention(employe=intervention.employe)

    with pytest.raises(Conflit):
        restaurer(intervention, par=ROBOT)

    assert relire(intervention).supprime_le is not None


def test_nothing_goes_while_someone_is_at_work(famille):
    client, _, (intervention, _) = famille
    services.demarrer_intervention(intervention, par=ROBOT)

    for objet in (client, intervention.chantier, intervention):
        with pytest.raises(Conflit, match="arrêtez-la"):
            supprimer(objet, par=ROBOT)

    assert vivants() == [1, 2, 2]


def test_twice_is_a_conflict_both_ways(famille):
    client, _, _ = famille
    with pytest.raises(Conflit):
        restaurer(client, par=ROBOT)
    supprimer(client, par=ROBOT)

    with pytest.raises(Conflit):
        supprimer(client, par=ROBOT)


def test_nothing_is_destroyed_by_accident(famille):
    client, chantiers, _ = famille

    for effacer in (
        client.delete,
        chantiers[0].delete,
        Client.objects.all().delete,
        Client.tous.filter(pk=client.pk).delete,
        client.chantiers.all().delete,
        Intervention.objects.filter(chantier=chantiers[0]).delete,
    ):
        with pytest.raises(TypeError, match="supprimer"):
            effacer()

    assert vivants() == [1, 2, 2]


def test_relations_hide_what_is_deleted_but_a_child_reaches_its_parent(famille):
    client, (parti, reste), _ = famille
    supprimer(parti, par=ROBOT)

    assert list(client.chantiers.all()) == [reste]
    assert list(Client.objects.prefetch_related("chantiers").get().chantiers.all()) == [reste]

    supprimer(client, par=ROBOT)
    assert relire(reste).client == client
    assert Chantier.tous.select_related("client").get(pk=reste.pk).client.supprime_le is not None
