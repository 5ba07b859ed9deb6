"""The trash in the admin: pages for a browser at the addresses of the API."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from artjardin.softdelete.models import Lot
from artjardin.softdelete.services import supprimer
from chantiers.models import Chantier
from clients.models import Client
from facturation.models import Facture
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.chantiers.factories import creer_chantier
from tests.clients.factories import creer_client
from tests.connexion import se_connecter
from tests.facturation.factories import creer_brouillon, creer_facture
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db
TRASH = "/admin/trash"
HTML = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def navigateur(patron):
    http = ouvrir(patron)
    http.defaults |= HTML
    return http


@pytest.fixture
def jete():
    client = creer_client(nom="Durand")
    creer_chantier(client=client, nom="Haie du fond")
    supprimer(client, par=PAR, motif="Parti à Nantes")
    return client


def test_the_first_page_shows_counts_and_batches(navigateur, jete):
    contenu = navigateur.get(f"{TRASH}/").content.decode()

    assert "Parti à Nantes" in contenu
    assert f"{TRASH}/clients/{jete.pk}/" in contenu
    assert "La corbeille est vide." not in contenu
    assert "échu" not in contenu


def test_an_empty_trash_says_so(navigateur):
    assert "La corbeille est vide." in navigateur.get(f"{TRASH}/stats/").content.decode()
    assert "Rien dans la corbeille." in navigateur.get(f"{TRASH}/devis/").content.decode()


def test_the_first_page_leads_to_what_is_left_when_the_root_is_back(navigateur, jete):
    navigateur.post(f"{TRASH}/clients/{jete.pk}/restore/", {"seul": "1"})
    chantier = Chantier.tous.get()

    assert f"{TRASH}/chantiers/{chantier.pk}/" in navigateur.get(f"{TRASH}/").content.decode()
    fiche = navigateur.get(f"{TRASH}/chantiers/{chantier.pk}/").content.decode()
    assert f"Parti avec {jete}" in " ".join(fiche.split())


def test_a_list_is_searched_and_paged(navigateur):
    for rang in range(51):
        supprimer(creer_client(nom="Rosier", prenom=f"Anne {rang:02}"), par=PAR)

    premiere = navigateur.get(f"{TRASH}/clients/").content.decode()
    seconde = navigateur.get(f"{TRASH}/clients/", {"page": 2}).content.decode()
    trouvee = navigateur.get(f"{TRASH}/clients/", {"recherche": "Anne 07"}).content.decode()

    assert "Page 1 sur 2" in premiere
    assert "Anne 00" not in premiere
    assert "Anne 00" in seconde
    assert "Anne 07" in trouvee
    assert "Anne 08" not in trouvee


def test_a_row_says_what_it_left_with(navigateur, jete):
    contenu = navigateur.get(f"{TRASH}/chantiers/").content.decode()

    assert f"avec {jete}" in contenu


def test_restoring_from_a_page(navigateur, jete):
    chantier = Chantier.tous.get()
    assert "Reviennent ensemble" in navigateur.get(f"{TRASH}/clients/{jete.pk}/").content.decode()

    reponse = navigateur.post(f"{TRASH}/chantiers/{chantier.pk}/restore/", follow=True)

    assert messages_de(reponse) == ["« Haie du fond » est restauré (2 élément(s))."]
    assert Client.objects.filter(pk=jete.pk).exists()


def test_a_refusal_is_said_on_the_page_that_asked(navigateur, jete):
    autre = creer_client(email=jete.email)
    fiche = f"{TRASH}/clients/{jete.pk}/"
    reponse = navigateur.post(f"{fiche}restore/", follow=True)

    assert reponse.redirect_chain == [(fiche, 302)]
    assert str(autre) in messages_de(reponse)[0]
    assert "malgre_les_doublons" in reponse.content.decode()
    assert not Client.objects.filter(pk=jete.pk).exists()

    navigateur.post(f"{fiche}restore/", {"malgre_les_doublons": "on"})
    assert Client.objects.filter(pk=jete.pk).exists()


def test_nothing_is_done_by_a_link(navigateur, jete):
    for suite in (f"clients/{jete.pk}/restore/", f"clients/{jete.pk}/purge/", "purge/"):
        assert navigateur.get(f"{TRASH}/{suite}").status_code == 405
    assert Lot.objects.get().restaure_le is None


def test_a_form_from_elsewhere_is_refused(patron, jete):
    http = type(ouvrir(patron))(enforce_csrf_checks=True)
    se_connecter(http, patron)

    refus = http.post(f"{TRASH}/clients/{jete.pk}/restore/", **HTML)

    assert refus.status_code == 403
    assert not Client.objects.filter(pk=jete.pk).exists()


def test_a_stranger_is_sent_to_the_login(client, jete):
    for suite in ("", "clients/", f"clients/{jete.pk}/"):
        assert client.get(f"{TRASH}/{suite}", **HTML).url.startswith("/admin/login/")


def test_other_roles_see_nothing_of_it(comptable, employe, jete):
    employe.user_permissions.add(Permission.objects.get(codename="delete_chantier"))
    http, autre = ouvrir(comptable), ouvrir(employe)

    for suite in ("", "clients/", f"clients/{jete.pk}/"):
        assert http.get(f"{TRASH}/{suite}", **HTML).status_code == 403
        assert autre.get(f"{TRASH}/{suite}", **HTML).status_code == 403
    assert autre.get(f"{TRASH}/chantiers/", **HTML).status_code == 200
    assert autre.get(f"{TRASH}/plantes/", **HTML).status_code == 404


def test_a_deletion_asks_for_a_reason_and_shows_what_leaves(navigateur):
    chantier = creer_chantier(nom="Haie du fond")
    adresse = page(chantier.client, "delete")

    demande = navigateur.get(adresse).content.decode()
    navigateur.post(adresse, {"post": "yes", "motif": "Parti à Nantes"})

    assert "Haie du fond" in demande
    lot = Lot.objects.get()
    assert (lot.motif, lot.racine_id) == ("Parti à Nantes", chantier.client_id)
    assert lot.comptes == {"clients.client": 1, "chantiers.chantier": 1}


def test_a_refused_deletion_shows_every_reason_and_no_button(navigateur):
    client = creer_client()
    creer_facture(client=client)
    creer_facture(client=client)

    contenu = navigateur.get(page(client, "delete")).content.decode()

    assert contenu.count("reste due") == 2
    assert 'name="motif"' not in contenu
    assert Lot.objects.count() == 0


def test_what_is_not_there_is_not_deleted(navigateur, jete):
    assert navigateur.get(page(jete, "delete")).status_code == 404


def test_a_selection_goes_whole_with_one_reason(navigateur):
    clients = [creer_client() for _ in range(3)]
    choix = {"action": "delete_selected", "_selected_action": [c.pk for c in clients[:2]]}
    liste = page(Client, "changelist")

    demande = navigateur.post(liste, choix).content.decode()
    navigateur.post(liste, choix | {"post": "yes", "motif": "Ménage"})

    assert all(str(client) in demande for client in clients[:2])
    assert list(Client.objects.values_list("pk", flat=True)) == [clients[2].pk]
    assert set(Lot.objects.values_list("motif", flat=True)) == {"Ménage"}


def test_too_many_at_once_are_refused(navigateur, monkeypatch):
    monkeypatch.setattr("ops.admin.jetables.BEAUCOUP", 1)
    ids = [creer_brouillon().pk for _ in range(2)]
    choix = {"action": "delete_selected", "post": "yes", "_selected_action": ids}

    reponse = navigateur.post(page(Facture, "changelist"), choix, follow=True)

    assert "1 éléments au plus à la fois." in messages_de(reponse)
    assert Facture.objects.count() == 2


def test_each_list_leads_to_its_trash(navigateur):
    adresse = reverse("admin:chantiers_chantier_voir_la_corbeille")
    contenu = navigateur.get(page(Chantier, "changelist")).content.decode()

    assert adresse in contenu
    assert navigateur.get(adresse).url == f"{TRASH}/chantiers/"
