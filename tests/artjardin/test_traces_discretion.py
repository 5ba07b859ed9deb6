"""A day of the office, its refusals and its breakdowns: nobody and no secret is in the log."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from celery import shared_task
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from artjardin.accounts.liens import creer_lien, secret_du_lien
from artjardin.accounts.models import Lien, User
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from clients.models import Client
from facturation.liens import lien_de_reglement
from relances.tasks import relancer_du_jour
from tests.artjardin import telephone
from tests.artjardin.recueil import Lignes
from tests.artjardin.serveurs import serveur_smtp
from tests.conftest import MOT_DE_PASSE
from tests.facturation.factories import ligne
from tests.relances.factories import facture_reprise

pytestmark = pytest.mark.django_db
API = "/api/v1"
LUNDI = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
FICHE = {
    "civilite": "Mme",
    "nom": "Quillivérec",
    "prenom": "Azénor",
    "email": "azenor.quilliverec@kerdoncuff.example",
    "telephone": "+33 6 98 76 54 32",
    "adresse": "3 venelle des Korrigans",
    "code_postal": "49100",
    "ville": "Angers",
}
FAUX = "Mot-de-passe-que-je-croyais-bon"
IBAN = "FR7630006000011234567890189"
# What the plain log would have held: without it, this day would prove nothing
BAVARDAGES = {FICHE["nom"], FICHE["email"], FICHE["telephone"], IBAN}


class Brut(logging.Handler):
    """The log as Python writes it, to compare."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self.textes = []

    def emit(self, record):
        self.textes.append(self.format(record))


@contextmanager
def brut():
    recueil = Brut()
    logging.getLogger().addHandler(recueil)
    try:
        yield recueil.textes
    finally:
        logging.getLogger().removeHandler(recueil)


@shared_task
def rappeler(nom: str, telephone_: str) -> None:
    raise RuntimeError(f"{nom} ne répond pas au {telephone_}")


def poster(http, chemin, corps=None, statut=200):
    reponse = http.post(f"{API}{chemin}", corps or {})
    assert reponse.status_code == statut, reponse.content
    return reponse.json()


def vendre(http) -> Client:
    """A client, a devis accepted, an invoice issued and sent."""
    client = poster(http, "/clients/", FICHE, 201)["id"]
    corps = {"client": client, "objet": "Jardin de Mme Quillivérec", "lignes": [ligne()]}
    devis = poster(http, "/devis/", corps, 201)["id"]
    for verbe in ("finaliser", "envoyer", "accepter"):
        poster(http, f"/devis/{devis}/{verbe}/")
    facture = poster(http, f"/devis/{devis}/facturer/", statut=201)["id"]
    poster(http, f"/factures/{facture}/emettre/", {"envoyer": True})
    return Client.objects.get(pk=client)


def entrer(user) -> list[str]:
    """Wrong, then right; a second factor put in place and failed. The secrets that were used."""
    corps = {"email": user.email, "mot_de_passe": FAUX}
    poster(APIClient(), "/auth/login/", corps, 400)
    poster(APIClient(), "/auth/login/", corps | {"email": FICHE["email"]}, 400)
    jeton = poster(APIClient(), "/auth/login/", corps | {"mot_de_passe": MOT_DE_PASSE})["jeton"]
    porteur = APIClient(headers={"Authorization": f"Bearer {jeton}"})
    secret = poster(porteur, "/auth/2fa/setup/")["secret"]
    poster(porteur, "/auth/2fa/verify/", {"code": "000000"}, 400)
    codes = poster(porteur, "/auth/2fa/verify/", {"code": telephone.code(secret)})
    APIClient(headers={"Authorization": f"Bearer {jeton}x"}).get(f"{API}/clients/")
    return [jeton, secret, FAUX, MOT_DE_PASSE, *codes["codes_de_secours"]]


def suivre_les_liens(client: Client, patron: User) -> list[str]:
    """A page to pay, a link to choose a password: right, and cut short."""
    paiement = lien_de_reglement(client.pk, [1]).split("/")[-2]
    acces = secret_du_lien(creer_lien(patron, Lien.Genre.OUBLI))
    for chemin in (f"/reglement/{paiement}/", f"/acces/{acces}/", f"/acces/{acces[:-3]}/"):
        APIClient().get(chemin, {"de": FICHE["email"]})
    APIClient().get(f"{API}/clients/{FICHE['nom']}/")
    return [paiement, acces, acces[:-3]]


def tomber_en_panne(monkeypatch, http) -> None:
    """What nobody foresaw, with what it had in hand: a view, a task, the database, a library."""

    def casser(*_):
        raise ValueError(f"{FICHE['nom']} <{FICHE['email']}> : {IBAN}")

    with monkeypatch.context() as pose:
        pose.setattr("clients.views.ClientVue.get_queryset", casser)
        http.raise_request_exception = False
        assert http.get(f"{API}/clients/").status_code == 500
    rappeler.apply([FICHE["nom"], FICHE["telephone"]])
    try:
        with transaction.atomic():
            User.objects.create(email=User.objects.first().email, nom=FICHE["nom"])
    except IntegrityError as erreur:
        logging.getLogger("essai").warning("refusé par la base : %s", erreur)
        logging.getLogger("essai").exception("refusé par la base")
    logging.getLogger("essai").info("appel de %s", FICHE["telephone"])


def ecrire(settings, client: Client) -> None:
    """A run of reminders; the relay refuses the address of the client, in so many words."""
    facture_reprise(client, "FA2026-0003", retard=35)
    relancer_du_jour.apply()
    produire_les_promis()
    with serveur_smtp(rcpt=f"550 <{FICHE['email']}> {FICHE['nom']} a déménagé") as serveur:
        settings.EMAIL_URL = serveur.url
        envoyer_les_courriels()
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        envoyer_les_courriels()


@pytest.fixture
def reglages(settings, time_machine_a, envois):
    time_machine_a(LUNDI)
    settings.REQUETE_LENTE_MS = 0  # every query is named
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(
        settings.DOCUMENT_PRODUCTEURS, "tests.facturation.factories.pdf"
    )
    settings.ADRESSE_PUBLIQUE = "https://site.example"
    return settings


@pytest.fixture
def equipe(reglages, connecter, patron, comptable):
    return connecter(patron), patron, comptable


@pytest.fixture
def journee(reglages, monkeypatch, equipe, lues):
    """The lines, the plain log of the same day, and the secrets that served."""
    http, patron, comptable = equipe
    with brut() as textes:
        client = vendre(http)
        secrets = entrer(comptable) + suivre_les_liens(client, patron)
        ecrire(reglages, client)
        tomber_en_panne(monkeypatch, http)
    return lues, "\n".join(textes), secrets


def test_a_whole_day_names_nobody_and_gives_no_secret_away(journee):
    lues, _, secrets = journee
    tout = json.dumps(lues, ensure_ascii=False)

    dites = {
        nom: dit for nom, dit in FICHE.items() if nom not in {"civilite", "ville", "code_postal"}
    }
    reste = [dit for dit in [*dites.values(), IBAN, *secrets] if dit in tout]
    assert reste == []
    assert FICHE["nom"].lower() not in tout.lower()
    assert "@art-jardin.example" not in tout


def test_the_day_says_what_was_done_and_what_broke(journee):
    lues: Lignes = journee[0]
    evenements = [ligne["event"] for ligne in lues]

    assert {x["statut"] for x in lues.de("artjardin.requete")} >= {200, 201, 400, 401, 500}
    assert {"erreur imprévue", "tâche échouée", "refusé par la base"} <= set(evenements)
    assert any(": echec, essai 1" in dit for dit in evenements)
    assert any(": envoye, essai 1" in dit for dit in evenements)
    assert len(lues.de("sql.lente")) > 200
    assert "ligne illisible" not in evenements


def test_without_the_formatter_the_same_day_would_name_them(journee):
    assert {dit for dit in BAVARDAGES if dit in journee[1]} == BAVARDAGES
