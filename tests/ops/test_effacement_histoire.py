"""Erasing or purging a client with a past: mails that left or were refused, letters, bounces."""

import pytest
import time_machine
from django.db import DatabaseError, transaction

from artjardin.outbox.models import Courriel, Rebond, Tentative
from artjardin.outbox.services import Contenu, envoyer_les_courriels, promettre
from artjardin.softdelete.models import Lot
from artjardin.storage.services import produire_les_promis
from clients.models import Client
from facturation.models import Facture
from facturation.services.annonces import INTERNE
from ops.corbeille.effacement import ce_qui_reste, effacer
from ops.corbeille.passage import purger_les_echus
from relances.models import Relance
from relances.services import marquer_postee, relancer_la_facture
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.artjardin.serveurs import serveur_smtp
from tests.clients.factories import creer_client
from tests.facturation.factories import payer
from tests.ops.corbeille import jeter, vieillir
from tests.relances.factories import PAR, facture_due

pytestmark = pytest.mark.django_db
ADRESSE = "zibeline@example.org"
ACCEPTE = f"250 2.0.0 <{ADRESSE}> bien recu"
REFUSE = f"550 5.1.1 <{ADRESSE}> inconnue"


def ecrire(settings, genre, *, client=None, sujet=None, **reponses):
    """One mail that really leaves, or is really refused."""
    contenu = Contenu("Zibeline", "Bonjour Zibeline", "")
    courriel = promettre(genre=genre, a=[ADRESSE], contenu=contenu, client=client, sujet=sujet)
    envoyer(settings, **reponses)
    courriel.refresh_from_db()
    return courriel


def envoyer(settings, **reponses):
    produire_les_promis()
    with serveur_smtp(**({"fin": ACCEPTE} | reponses)) as relais:
        settings.EMAIL_URL = relais.url
        envoyer_les_courriels()


@pytest.fixture(autouse=True)
def _un_jour_ouvrable():
    with time_machine.travel("2026-11-24T10:00:00+01:00", tick=True):
        yield


@pytest.fixture
def zibeline(settings):
    """A client reminded by mail, then by letter once its address refuses; who paid in the end."""
    client = creer_client(nom="Zibeline", email=ADRESSE)
    premiere, seconde = (facture_due(client, retard=jours) for jours in (40, 60))
    relancer_la_facture(premiere, par=PAR)
    envoyer(settings)
    ecrire(settings, INTERNE, sujet=premiere)
    ecrire(settings, "facture", client=client.pk, sujet=premiere, fin=f"451 <{ADRESSE}> saturee")
    Courriel.objects.filter(type="facture").update(prochain_essai_le="2026-01-01T00:00:00Z")
    envoyer(settings)
    ecrire(settings, "message", client=client.pk)
    ecrire(settings, "message", client=client.pk, rcpt=REFUSE)
    marquer_postee(relancer_la_facture(seconde, par=PAR), par=PAR)
    for facture in (premiere, seconde):
        payer(facture, "120.00")
    return client


def effacables():
    """The attempts of what proves nothing that is kept."""
    return Tentative.objects.filter(courriel__type__in=[INTERNE, "message"])


def prouver_l_oubli():
    assert effacables().count() == 3
    assert set(effacables().values_list("reponse", flat=True)) == {""}
    assert not Rebond.objects.filter(adresse=ADRESSE).exists()
    preuves = Tentative.objects.filter(courriel__type__in=["facture", "relance"])
    assert {essai.reponse.split()[0] for essai in preuves} == {"250", "451"}
    assert all(essai.empreinte for essai in Tentative.objects.filter(resultat="envoye"))


def test_the_past_is_what_it_says(zibeline):
    assert Tentative.objects.filter(reponse__contains=ADRESSE).count() == Tentative.objects.count()
    assert set(Courriel.objects.values_list("type", "statut")) == {
        ("relance", "envoye"), (INTERNE, "envoye"), ("facture", "envoye"), ("message", "envoye"),
        ("message", "echec"),
    }  # fmt: skip
    assert Relance.objects.filter(postee_le__isnull=False).count() == 1
    assert Rebond.objects.get().adresse == ADRESSE


def test_a_client_with_a_past_is_erased(zibeline):
    restes = {reste.quoi: reste.nombre for reste in ce_qui_reste(zibeline)}
    comptes = effacer(zibeline, confirmation=zibeline.code, par=PAR)

    assert (restes["courriels"], comptes["courriels"], comptes["rebonds"]) == (2, 3, 1)
    assert Client.tous.get().anonymise_le is not None
    prouver_l_oubli()


def test_a_client_with_a_past_is_erased_by_the_page(zibeline, patron):
    navigateur, adresse = ouvrir(patron), page(zibeline, "effacer_la_personne")
    navigateur.defaults["HTTP_ACCEPT"] = "text/html"
    fait = navigateur.post(adresse, {"confirmation": zibeline.code}, follow=True)

    assert "est dans la corbeille" in messages_de(fait)[0]
    prouver_l_oubli()


def test_a_client_with_a_past_is_purged_at_night(zibeline):
    vieillir(jeter(zibeline))
    passage = purger_les_echus()

    assert (passage.resultat, passage.erreur) == ("reussi", "")
    assert Lot.objects.get().purge_le is not None
    assert Client.tous.get().nom == f"Client anonymisé n° {zibeline.pk}"
    assert Facture.objects.count() == 2
    prouver_l_oubli()


def test_only_the_answers_of_an_erased_mail_may_go(zibeline):
    """The trigger opens for the erasure, and for nothing else: proofs stay."""
    gestes = (
        {"reponse": ""},
        {"reponse": "250 autre chose"},
        {"empreinte": ""},
        {"resultat": "echec"},
    )
    for geste in gestes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Tentative.objects.filter(courriel__type="relance").update(**geste)
    effacer(zibeline, confirmation=zibeline.code, par=PAR)
    for geste in gestes[1:]:
        with pytest.raises(DatabaseError), transaction.atomic():
            effacables().update(**geste)
    with pytest.raises(DatabaseError), transaction.atomic():
        effacables().delete()
    prouver_l_oubli()
