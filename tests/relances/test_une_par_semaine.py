"""One message a week for a client, whatever its invoices; a formal notice names only its own."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from relances.decompte import decompter
from relances.models import Passage, Relance
from relances.plan import planifier
from relances.services import (
    marquer_postee,
    marquer_postees,
    modifier_reglages,
    relancer,
    relancer_la_facture,
    retenir,
)
from tests.artjardin.serveurs import port_libre, serveur_smtp
from tests.clients.factories import creer_client
from tests.facturation.factories import payer
from tests.relances.factories import LUNDI, PAR, deja_faite, facture_due, facture_reprise

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def _pdf_rapides(db, settings):
    modifier_reglages(fraicheur_jours=0, par=PAR)  # nobody looks at the bank here
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")


@pytest.fixture
def client():
    return creer_client(email="camille@example.org")


@pytest.fixture
def le(time_machine_a):
    def aller(jour: date) -> date:
        time_machine_a(datetime.combine(jour, time(9, 30), PARIS))
        return jour

    aller(LUNDI)
    return aller


@pytest.fixture
def passer(le, settings):
    """The run of a day and its mails; by due date, the levels that reached the client."""

    def faire(jours: int, *, poster: bool = True) -> dict[str, int]:
        jour = le(LUNDI + timedelta(days=jours))
        relancer(jour=jour, par=PAR)
        envoyer(settings)
        if poster:
            marquer_postees(
                set(Relance.objects.a_poster().values_list("lettre", flat=True)), par=PAR
            )
        faites = Relance.objects.valables().filter(passage__jour=jour)
        return dict(faites.values_list("facture__numero", "niveau__jours"))

    return faire


def envoyer(settings):
    produire_les_promis()
    with serveur_smtp() as relais:
        settings.EMAIL_URL = relais.url
        envoyer_les_courriels()


def motifs(jour):
    return dict(planifier(au=jour).motifs)


def test_two_invoices_a_day_apart_are_reminded_together(client, passer):
    facture_reprise(client, "FA-1", retard=30)
    facture_reprise(client, "FA-2", retard=29)

    faites = {jours: passer(jours) for jours in (0, 1, 7, 8, 15, 16, 22, 23)}

    assert {jours: suite for jours, suite in faites.items() if suite} == {
        0: {"FA-1": 30}, 7: {"FA-2": 30}, 15: {"FA-1": 45}, 22: {"FA-2": 45}
    }  # fmt: skip
    assert Courriel.objects.filter(type="relance").count() == 4


def test_those_that_are_ready_on_the_same_day_go_in_one_message(client, passer):
    for rang, retard in enumerate((30, 29, 25, 24)):
        facture_reprise(client, f"FA-{rang}", retard=retard)

    assert passer(0) == {"FA-0": 30}
    assert passer(1) == {}
    assert passer(7) == {"FA-1": 30, "FA-2": 30, "FA-3": 30}
    assert Courriel.objects.filter(type="relance").count() == 2


def test_a_line_held_for_a_day_goes_with_the_next_message(client, passer, le):
    facture_reprise(client, "FA-1", retard=30)
    tenue = facture_reprise(client, "FA-2", retard=30)
    retenir(tenue, par=PAR)

    assert passer(0) == {"FA-1": 30}
    assert motifs(le(LUNDI + timedelta(days=1))) == {"niveau-a-venir": 1, "une-par-semaine": 1}
    assert passer(1) == {}
    assert passer(7) == {"FA-2": 30}


def test_the_message_of_an_invoice_paid_since_counts(client, passer):
    payee = facture_reprise(client, "FA-1", retard=30)
    facture_reprise(client, "FA-2", retard=29)
    assert passer(0) == {"FA-1": 30}
    payer(payee, "120.00")

    assert passer(1) == {}
    assert passer(7) == {"FA-2": 30}


def test_a_letter_counts_from_the_day_it_was_posted(passer, le):
    postal = creer_client(email="")
    facture_reprise(postal, "FA-1", retard=30)
    facture_reprise(postal, "FA-2", retard=29)
    assert passer(0, poster=False) == {"FA-1": 30}
    le(LUNDI + timedelta(days=3))
    marquer_postee(Relance.objects.get(), par=PAR)

    assert passer(7) == {}
    assert passer(10) == {"FA-2": 30}


def test_a_mail_that_has_not_left_yet_holds_the_others(client, le, settings):
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port_libre()}"
    facture_reprise(client, "FA-1", retard=30)
    facture_reprise(client, "FA-2", retard=29)
    relancer(jour=LUNDI, par=PAR)
    produire_les_promis()
    envoyer_les_courriels()
    assert Courriel.objects.get(type="relance").statut == Courriel.Statut.EN_ATTENTE

    assert motifs(le(LUNDI + timedelta(days=8)))["une-par-semaine"] == 1


def test_what_never_left_holds_nobody(client, le, passer, settings):
    annulee = facture_reprise(client, "FA-1", retard=30)
    facture_reprise(client, "FA-2", retard=29)
    relancer(jour=LUNDI, par=PAR)
    payer(annulee, "120.00")
    envoyer(settings)
    assert Courriel.objects.get(type="relance").statut == Courriel.Statut.ANNULE

    assert passer(1) == {"FA-2": 30}


def test_another_client_is_not_held(client, passer):
    facture_reprise(client, "FA-1", retard=30)
    facture_reprise(creer_client(), "FA-2", retard=29)

    assert passer(0) == {"FA-1": 30}
    assert passer(1) == {"FA-2": 30}


def test_a_person_reminds_another_invoice_within_the_week(client, passer, le):
    facture_reprise(client, "FA-1", retard=30)
    autre = facture_reprise(client, "FA-2", retard=29)
    passer(0)
    le(LUNDI + timedelta(days=1))

    assert relancer_la_facture(autre, par=PAR).niveau.jours == 30


class TestLaMiseEnDemeure:
    @pytest.fixture
    def factures(self, client):
        """One ready for its formal notice, one for its second reminder."""
        ancienne, recente = facture_due(client, retard=90), facture_due(client, retard=50)
        deja_faite(ancienne, 30, le=date(2026, 10, 1))
        deja_faite(ancienne, 45, le=date(2026, 10, 15))
        deja_faite(recente, 30, le=date(2026, 11, 4))
        return ancienne, recente

    def test_it_lists_only_what_it_puts_in_notice(self, factures, passer):
        ancienne, recente = factures

        assert passer(0) == {ancienne.numero: 60}

        courriel = Courriel.objects.get(type="relance")
        assert ancienne.numero in courriel.texte
        assert recente.numero not in courriel.texte
        noms = [piece.document.nom for piece in courriel.pieces.all()]
        assert not any(recente.numero in nom for nom in noms)
        assert Passage.objects.get().ecartees == {"une-par-semaine": 1}

    def test_the_other_invoice_gets_each_of_its_levels_once_and_one_notice(
        self, factures, passer, client
    ):
        ancienne, recente = factures
        faites = {jours: passer(jours) for jours in (0, 1, 5, 7, 14, 15, 22, 29)}

        assert {jours: suite for jours, suite in faites.items() if suite} == {
            0: {ancienne.numero: 60}, 7: {recente.numero: 45}, 14: {recente.numero: 60}
        }  # fmt: skip
        lettres = Relance.objects.exclude(lettre=None).values_list("lettre", "facture__numero")
        assert len({lettre for lettre, _ in lettres}) == len(lettres) == 2

    def test_its_interest_runs_from_its_own_notice(self, factures, passer, client):
        ancienne, recente = factures
        for jours in (0, 7, 14):
            passer(jours)
        fin = LUNDI + timedelta(days=20)

        lignes = {ligne.numero: ligne for ligne in decompter(client, au=fin).lignes}

        assert lignes[ancienne.numero].periodes[0].du == LUNDI + timedelta(days=1)
        assert lignes[recente.numero].periodes[0].du == LUNDI + timedelta(days=15)

    def test_several_at_that_level_are_one_notice(self, client, passer):
        for rang in range(2):
            facture = facture_reprise(client, f"FA-{rang}", retard=90)
            deja_faite(facture, 30, le=date(2026, 10, 1))
            deja_faite(facture, 45, le=date(2026, 10, 15))

        assert passer(0) == {"FA-0": 60, "FA-1": 60}
        assert Courriel.objects.filter(type="relance").count() == 1
