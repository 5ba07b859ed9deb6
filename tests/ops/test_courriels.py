"""The history of mail: exact message, attempts, bounces, filters; over HTTP and in the admin."""

from email import message_from_bytes

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel, Rebond
from artjardin.outbox.secrets import MARQUE
from artjardin.outbox.services import Contenu, adresses_en_erreur, envoyer_les_courriels, promettre
from artjardin.storage.services import produire_les_promis
from facturation.services import envoyer_facture
from ops.portee import DE_GESTION
from tests.artjardin.navigateur import ouvrir, page
from tests.artjardin.serveurs import serveur_smtp
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture

pytestmark = pytest.mark.django_db
SECRET = "https://jardin.example/acces/x7/"
INTERNES = [
    "compte_avis", "compte_lien", "alerte_veille", "alerte_courriels", "alerte_relances",
    "base_restauree",
]  # fmt: skip


def annoncer(**champs):
    """A mail with a code in its HTML."""
    contenu = Contenu("Bonjour", "Texte", '<img src="cid:qr">', {"qr": "BCD"})
    return promettre(**{"genre": "essai", "a": ["anne@example.org"], "contenu": contenu} | champs)


@pytest.fixture
def balayer(settings):
    def envoyer(**script):
        with serveur_smtp(**script) as serveur:
            settings.EMAIL_URL = serveur.url
            produire_les_promis()
            envoyer_les_courriels()
        return serveur.recus

    return envoyer


@pytest.fixture
def rebondi(balayer):
    """A mail whose address the server refused for good."""
    courriel = annoncer(a=["Parti@Example.org"])
    balayer(rcpt="550 5.1.1 inconnu")
    return courriel


def test_the_file_served_is_what_the_server_got(http, balayer):
    facture = creer_facture()
    courriel = envoyer_facture(facture, par=systeme("test"))
    adresse = f"/api/v1/courriels/{courriel.pk}/eml/"
    assert http.get(adresse).status_code == 503  # its PDF is not made yet

    (recu,) = [r for r in balayer() if r.message["Message-ID"] == courriel.message_id]
    reponse = http.get(adresse)

    assert reponse.content == recu.octets
    assert reponse.headers["Content-Type"] == "message/rfc822"
    assert reponse.headers["X-Conforme"] == "oui"
    assert message_from_bytes(reponse.content)["Message-ID"] == courriel.message_id
    Courriel.objects.filter(pk=courriel.pk).update(texte="autre chose")
    assert http.get(adresse).headers["X-Conforme"] == "non"
    telecharges = Entree.objects.filter(action="courriel.telecharge")
    assert list(telecharges.values_list("objet_id", flat=True)) == [courriel.pk] * 2


def test_a_mail_with_a_link_says_nothing_of_what_left(http, patron, balayer, settings):
    settings.COURRIEL_SECRETS = {"essai": "tests.ops.test_courriels.le_secret"}
    courriel = annoncer(contenu=Contenu("Votre accès", f"Ici : {MARQUE}"))
    (recu,) = balayer()

    reponse = http.get(f"/api/v1/courriels/{courriel.pk}/eml/")

    assert SECRET in recu.message.get_payload()
    assert SECRET.encode() not in reponse.content
    assert "X-Conforme" not in reponse.headers


def le_secret(courriel):
    return SECRET


@pytest.mark.parametrize(("qui", "statut"), [("comptable", 200), ("employe", 403)])
def test_the_file_asks_for_the_right_to_read(request, connecter, qui, statut):
    courriel = annoncer(client=creer_client().pk)

    http = connecter(request.getfixturevalue(qui))

    assert http.get(f"/api/v1/courriels/{courriel.pk}/eml/").status_code == statut


def test_the_detail_tells_every_attempt(http, balayer):
    courriel = annoncer()
    balayer(rcpt="450 plus tard")
    Courriel.objects.update(prochain_essai_le=courriel.cree_le)
    balayer()

    detail = http.get(f"/api/v1/courriels/{courriel.pk}/").json()

    assert [(e["resultat"], e["reponse"]) for e in detail["essais"]] == [
        ("reporte", "450 plus tard"), ("envoye", "250 2.0.0 conserve"),
    ]  # fmt: skip
    assert [len(essai["empreinte"]) for essai in detail["essais"]] == [0, 64]
    assert detail["codes"] == {"qr": "BCD"}


def test_the_list_costs_the_same_whatever_its_length(http):
    def requetes():
        with CaptureQueriesContext(
            connection,
        ) as captees:
            assert http.get("/api/v1/courriels/").status_code == 200
        return len(captees)

    annoncer()
    requetes()
    une = requetes()
    for _ in range(10):
        annoncer()

    assert requetes() == une <= 6


def test_what_bounced_is_found(http, rebondi, balayer):
    arrive = annoncer()
    balayer()

    def trouves(filtre):
        return [c["id"] for c in http.get(f"/api/v1/courriels/?{filtre}").json()["results"]]

    assert trouves("rebond=1") == trouves("rebond=true") == [rebondi.pk]
    assert trouves("rebond=0") == [arrive.pk]
    detail = http.get(f"/api/v1/courriels/{rebondi.pk}/").json()
    assert (detail["rebond"], detail["statut"]) == (True, "echec")


def test_a_bounce_is_lifted_by_a_patron_and_by_nobody_else(http, connecter, comptable, rebondi):
    (rebond,) = http.get("/api/v1/rebonds/").json()["results"]
    assert (rebond["adresse"], rebond["code"]) == ("parti@example.org", "5.1.1")
    lever = f"/api/v1/rebonds/{rebond['id']}/lever/"
    autre = connecter(comptable)
    assert autre.get("/api/v1/rebonds/").status_code == 200
    assert autre.post(lever).status_code == 403
    assert adresses_en_erreur(["Parti@Example.org"]) == {"Parti@Example.org"}

    premiere, seconde = http.post(lever), http.post(lever)

    assert (premiere.status_code, seconde.status_code) == (200, 409)
    assert premiere.json()["leve_le"]
    assert adresses_en_erreur(["parti@example.org"]) == set()
    assert Entree.objects.filter(action="rebond.leve").count() == 1


def test_the_page_shows_attempts_codes_and_the_file(patron, rebondi):
    navigateur = ouvrir(patron)

    contenu = navigateur.get(page(rebondi)).content.decode()
    fichier = navigateur.get(page(rebondi, "fichier"), follow=True)

    assert "550 5.1.1 inconnu" in contenu
    assert "data:image/png;base64," in contenu
    assert "cid:qr" not in contenu
    assert fichier.headers["Content-Type"] == "message/rfc822"


def test_the_page_is_searched_by_client_and_by_document(patron):
    facture = creer_facture(client=creer_client(nom="Quatremère"))
    courriel = envoyer_facture(facture, par=systeme("test"))
    annoncer()
    navigateur = ouvrir(patron)

    def trouves(demande):
        reponse = navigateur.get(page(Courriel, "changelist"), demande)
        return [courriel.pk for courriel in reponse.context["cl"].result_list]

    assert trouves({"q": "quatremère"}) == [courriel.pk]
    assert trouves({"q": facture.numero}) == [courriel.pk]
    assert trouves({"q": "introuvable"}) == []
    assert len(trouves({"rebond": "0"})) == 2
    assert facture.numero in navigateur.get(page(courriel)).content.decode()


def test_a_bounce_is_lifted_on_its_page(patron, rebondi):
    navigateur, rebond = ouvrir(patron), Rebond.objects.get()

    assert navigateur.get(page(Rebond, "changelist")).status_code == 200
    assert rebond.adresse in navigateur.get(page(rebond)).content.decode()
    navigateur.post(page(rebond, "lever"), {})

    rebond.refresh_from_db()
    assert rebond.leve_par == patron


class TestWhatTheAccountantDoesNotRead:
    """Mails of accounts and alerts: for whoever sees the accounts."""

    @pytest.fixture
    def vus(self):
        """What the accountant reads: a client's mail, one to the firm about it, a report."""
        internes = [annoncer(genre=genre).pk for genre in DE_GESTION]
        return {annoncer(client=creer_client().pk).pk, *internes}

    @pytest.fixture
    def tus(self):
        return [annoncer(genre=genre) for genre in INTERNES]

    def test_over_http(self, vus, tus, comptable, patron, connecter):
        http = connecter(comptable)
        liste = http.get("/api/v1/courriels/").json()["results"]

        assert {ligne["id"] for ligne in liste} == vus
        for courriel in tus:
            adresse = f"/api/v1/courriels/{courriel.pk}/"
            assert http.get(adresse).status_code == 404
            assert http.get(f"{adresse}eml/").status_code == 404
        assert len(connecter(patron).get("/api/v1/courriels/").json()["results"]) == 10 + 1

    def test_in_the_admin(self, vus, tus, comptable, patron):
        adresse = "/admin/outbox/courriel/{}/change/".format

        def liste(http):
            lue = http.get("/admin/outbox/courriel/").content.decode()
            return {pk for pk in vus | {un.pk for un in tus} if adresse(pk) in lue}

        http = ouvrir(comptable)
        assert liste(http) == vus
        # Django's answer to what is not there
        assert {http.get(adresse(un.pk)).status_code for un in tus} == {302}
        assert len(liste(ouvrir(patron))) == len(vus) + len(tus)

    def test_their_bounces_neither(self, vus, tus, comptable, patron, connecter):
        rebonds = {
            courriel: Rebond.objects.create(
                courriel_id=courriel, adresse="a@example.org", definitif=True, source="imap",
                clef=str(courriel),
            ).pk
            for courriel in [min(vus), tus[0].pk]
        }  # fmt: skip
        [seul] = connecter(comptable).get("/api/v1/rebonds/").json()["results"]

        assert seul["id"] == rebonds[min(vus)]
        cache = rebonds[tus[0].pk]
        assert connecter(comptable).get(f"/api/v1/rebonds/{cache}/").status_code == 404
        assert ouvrir(comptable).get(f"/admin/outbox/rebond/{cache}/change/").status_code == 302
        assert connecter(patron).get(f"/api/v1/rebonds/{cache}/").status_code == 200
