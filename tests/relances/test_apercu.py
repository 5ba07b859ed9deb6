"""The preview of the morning: what the run is about to do, and nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as reglages_hypothesis
from hypothesis import strategies as st

from artjardin.accounts.models import Role
from artjardin.accounts.services import creer_utilisateur
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from facturation import services as facturation
from relances.models import Liberation, Modele, Niveau, Relance, Suspension
from relances.plan import planifier
from relances.services import (
    enregistrer_niveau,
    envoyer_l_apercu,
    modifier_reglages,
    promettre_de_payer,
    relancer_du_jour,
    suspendre,
)
from tests.artjardin.navigateur import messages_de, ouvrir
from tests.artjardin.serveurs import en_parallele
from tests.clients.factories import creer_client
from tests.facturation.factories import payer
from tests.relances.factories import PAR, deja_faite, facture_due, facture_reprise, niveau

PARIS = ZoneInfo("Europe/Paris")
JOUR = date(2026, 11, 24)
HUIT_HEURES = datetime(2026, 11, 24, 8, 0, tzinfo=PARIS)
NEUF_HEURES = datetime(2026, 11, 24, 9, 0, tzinfo=PARIS)
APERCU = "/api/v1/relances/apercu/"


@pytest.fixture(autouse=True)
def _a_huit_heures(time_machine_a, settings):
    time_machine_a(HUIT_HEURES - timedelta(hours=1))
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")


@pytest.fixture
def a(time_machine_a):
    return time_machine_a


def due(client=None, *, retard: int = 40):
    return facture_due(client or creer_client(), retard=retard, au=JOUR)


def apercus() -> list[Courriel]:
    return list(Courriel.objects.filter(type="apercu_relances"))


@pytest.mark.django_db
class TestCourriel:
    """The mail of 8:00 to the patrons."""

    def test_it_says_who_how_much_and_the_very_text_of_each_message(self, patron, a):
        """invoiceninja#1234: see it before it leaves."""
        client = creer_client(nom="Rivière", email="riviere@example.org")
        facture = due(client)
        a(HUIT_HEURES)

        [courriel] = envoyer_l_apercu()
        a(NEUF_HEURES)
        relancer_du_jour()

        promis = Courriel.objects.get(type="relance")
        assert courriel.a == [patron.email]
        assert "1 client pour 120,00" in courriel.objet
        for attendu in ("Rivière", "riviere@example.org", facture.numero, promis.objet):
            assert attendu in courriel.texte
        for paragraphe in promis.texte.split("\n\n"):
            assert paragraphe.strip() in courriel.texte

    def test_what_waits_for_a_decision_is_in_it_with_its_reason(self, patron, a):
        """invoiceninja#9228: a reason for each one left out."""
        client = creer_client()
        facture = due(client)
        facturation.recevoir_paiement(
            client, montant=Decimal(10), mode="virement", le=JOUR, par=PAR
        )
        exclue = due()
        suspendre(exclue, genre="exclusion", motif="Arrangement", par=PAR)
        a(HUIT_HEURES)

        texte = envoyer_l_apercu()[0].texte

        assert "EN ATTENTE DE VOUS : Un paiement de ce client n'est pas imputé" in texte
        assert facture.numero in texte
        assert "La facture est exclue des relances. 1 facture" in texte

    def test_it_leaves_once_a_day(self, patron, a):
        due()
        a(HUIT_HEURES)

        assert envoyer_l_apercu()
        assert envoyer_l_apercu() == []
        a(HUIT_HEURES + timedelta(days=1))
        assert envoyer_l_apercu()

    @pytest.mark.parametrize("jour", [date(2026, 11, 29), date(2026, 12, 25)])
    def test_nobody_is_mailed_on_a_day_off(self, jour, patron, a):
        due()
        a(datetime(jour.year, jour.month, jour.day, 8, tzinfo=PARIS))

        assert envoyer_l_apercu() == []

    def test_with_nothing_to_say_it_says_nothing(self, patron, a):
        due(retard=3)
        a(HUIT_HEURES)

        assert envoyer_l_apercu() == []
        assert apercus() == []

    def test_switched_off_broken_promises_are_told_all_the_same(self, patron, a):
        modifier_reglages(apercu_par_courriel=False, par=PAR)
        promettre_de_payer(due(), montant=None, le=JOUR, par=PAR)
        a(HUIT_HEURES + timedelta(days=1))

        [courriel] = envoyer_l_apercu()
        assert (courriel.type, courriel.objet) == ("promesses_relances", "Une promesse non tenue")
        assert Suspension.objects.get().etat == "non_tenue"

    @pytest.mark.parametrize(
        ("nombre", "dit"), [(1, "une promesse non tenue"), (2, "2 promesses non tenues")]
    )
    def test_a_broken_promise_is_in_the_subject(self, nombre, dit, patron, a):
        for _ in range(nombre):
            promettre_de_payer(due(), montant=None, le=JOUR, par=PAR)
        a(HUIT_HEURES + timedelta(days=1))

        [courriel] = envoyer_l_apercu()
        assert courriel.objet.endswith(f", {dit}")

    def test_a_broken_promise_waits_for_someone_to_be_told(self, db, a):
        promettre_de_payer(due(), montant=None, le=JOUR, par=PAR)
        a(HUIT_HEURES + timedelta(days=1))

        assert envoyer_l_apercu() == []
        assert Suspension.objects.get().signalee_le is None

    def test_a_broken_promise_is_in_one_preview_only(self, patron, a):
        client = creer_client(nom="Promet")
        promettre_de_payer(due(client), montant=None, le=JOUR, par=PAR)
        a(HUIT_HEURES + timedelta(days=1))
        premier = envoyer_l_apercu()[0].texte
        a(HUIT_HEURES + timedelta(days=2))
        second = envoyer_l_apercu()[0].texte

        assert "PROMESSES NON TENUES" in premier
        assert "120,00" in premier.partition("PROMESSES NON TENUES")[2]
        assert "promis pour le 24/11/2026" in premier
        assert "PROMESSES NON TENUES" not in second

    def test_a_message_that_cannot_be_written_is_told_before_nine(self, patron, a):
        """Dolibarr#34656: a bad template is seen before the run."""
        due()
        Modele.objects.filter(ton="amical").update(courriel="Bonjour {inconnu},")
        a(HUIT_HEURES)

        assert "Ce message ne peut pas être écrit" in envoyer_l_apercu()[0].texte


@pytest.mark.usefixtures("base_partagee")
def test_two_workers_at_once_send_one_preview(a):
    creer_utilisateur(
        email="patron@art-jardin.example",
        mot_de_passe="jardin-a-la-francaise",
        role=Role.PATRON,
        prenom="Claire",
        nom="Moreau",
    )
    due()
    a(HUIT_HEURES)

    faits = en_parallele(envoyer_l_apercu, envoyer_l_apercu)

    assert not [f for f in faits if isinstance(f, Exception)]
    assert len(apercus()) == 1


@pytest.mark.django_db
class TestPassage:
    """What the run says when it is over."""

    def test_a_partial_run_alerts_the_patrons_and_the_client_is_taken_the_next_day(self, patron, a):
        """Dolibarr PR 34942: one bad client stops nobody, and somebody is told."""
        due(creer_client(nom="Sain", email="sain@example.org"))
        malade = due(creer_client(nom="Malade", email="malade@example.org"), retard=50)
        deja_faite(malade, 30)
        avant = Modele.objects.get(ton="ferme", type_client="particulier").courriel
        Modele.objects.filter(ton="ferme").update(courriel="Bonjour {inconnu},")
        a(NEUF_HEURES)
        passage = relancer_du_jour()

        alerte = Courriel.objects.get(type="alerte_relances")
        assert alerte.a == [patron.email]
        assert "Malade" in alerte.texte
        assert passage.erreurs[0]["client"] == malade.client_id
        Modele.objects.filter(ton="ferme").update(courriel=avant)
        produire_les_promis()
        envoyer_les_courriels()
        a(NEUF_HEURES + timedelta(days=1))
        assert relancer_du_jour().relancees == 1
        assert Relance.objects.filter(facture=malade, niveau__jours=45).count() == 1

    def test_the_firm_gets_one_report_when_the_table_says_so(self, patron, envois, a):
        facture = due()
        a(NEUF_HEURES)
        relancer_du_jour()
        a(NEUF_HEURES + timedelta(minutes=1))
        relancer_du_jour()

        rapport = Courriel.objects.get(type="passage_relances")
        assert facture.numero in rapport.texte


@pytest.mark.django_db
class TestPage:
    """The preview in the admin: seen by who may, decided by the patrons."""

    def test_a_line_is_held_by_one_click_and_the_run_leaves_it(self, patron, a):
        tenue, autre = due(), due()
        navigateur = ouvrir(patron)
        assert tenue.numero in navigateur.get(reverse("admin:relances_apercu")).content.decode()

        fait = navigateur.post(
            reverse("admin:relances_decider", args=["retenir", tenue.pk]), follow=True
        )
        a(NEUF_HEURES)
        relancer_du_jour()

        assert messages_de(fait)[0].startswith(f"{tenue} ne sera pas relancée")
        assert list(Relance.objects.values_list("facture", flat=True)) == [autre.pk]

    def test_a_credit_and_the_bank_are_released_by_one_click(self, patron):
        client = creer_client()
        due(client)
        navigateur = ouvrir(patron)

        navigateur.post(reverse("admin:relances_decider", args=["liberer", client.pk]))
        navigateur.post(reverse("admin:relances_decider", args=["liberer", 0]))

        assert list(Liberation.objects.order_by("pk").values_list("client", flat=True)) == [
            client.pk, None,
        ]  # fmt: skip

    def test_the_accountant_sees_and_does_not_decide(self, comptable):
        facture = due()
        navigateur = ouvrir(comptable)

        page = navigateur.get(reverse("admin:relances_apercu"))
        refus = navigateur.post(reverse("admin:relances_decider", args=["retenir", facture.pk]))

        assert page.status_code == 200
        assert "Ne pas relancer aujourd" not in page.content.decode()
        assert refus.status_code == 403
        assert not Suspension.objects.exists()

    @pytest.mark.parametrize("chemin", ["apercu/", "statistiques/", "a-poster/", ""])
    def test_an_employee_sees_nothing_of_it(self, chemin, connecter, employe):
        due()

        assert connecter(employe).get(f"/api/v1/relances/{chemin}").status_code == 403

    def test_a_click_without_post_does_nothing(self, patron):
        facture = due()

        adresse = reverse("admin:relances_decider", args=["retenir", facture.pk])
        assert ouvrir(patron).get(adresse).status_code == 405
        assert not Suspension.objects.exists()


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_clients(http):
    comptes = []
    for combien in (5, 45):
        for rang in range(combien):
            client = creer_client(nom=f"N{combien}-{rang}")
            facture_reprise(client, f"FA-{combien}-{rang}", retard=40, au=JOUR)
        http.get(f"{APERCU}?textes=0")
        with CaptureQueriesContext(connection) as requetes:
            lu = http.get(f"{APERCU}?textes=0").json()
        comptes.append((len(lu["a_relancer"]), len(requetes)))

    assert [nombre for nombre, _ in comptes] == [5, 50]
    assert comptes[0][1] == comptes[1][1] <= 25


CAS = st.fixed_dictionaries(
    {
        "retard": st.sampled_from([3, 29, 30, 44, 45, 60, 200]),
        "email": st.sampled_from(["oui", ""]),
        "fait": st.sampled_from([0, 0, 30, 45, 60]),
        "quoi": st.sampled_from(["", "", "", "payee", "partie", "pause", "promesse", "litige"]),
        "les_deux": st.booleans(),
    }
)


@pytest.mark.django_db
@given(cas=st.lists(st.lists(CAS, min_size=1, max_size=2), min_size=1, max_size=3))
@reglages_hypothesis(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_the_preview_lists_is_exactly_what_the_run_writes(cas, a):
    with transaction.atomic():
        a(HUIT_HEURES - timedelta(hours=1))
        for rang, factures in enumerate(cas):
            client = creer_client(nom=f"N{rang}", **({} if factures[0]["email"] else {"email": ""}))
            for place, un in enumerate(factures):
                _preparer(client, f"FA-{rang}-{place}", **un)
        a(HUIT_HEURES)
        plan = planifier(au=JOUR)
        annonce = {
            (li.faits.facture_id, li.niveau.pk, envoi.canal, li.faits.solde, li.retard)
            for envoi in plan.envois()
            for li in envoi.lignes
        }
        messages = sum(envoi.canal != "poste" for envoi in plan.envois())
        a(NEUF_HEURES)
        passage = relancer_du_jour()

        faites = Relance.objects.filter(passage=passage).values_list(
            "facture", "niveau", "canal", "solde", "retard"
        )
        assert set(faites) == annonce
        assert Courriel.objects.filter(type="relance").count() == messages
        assert passage.ecartees == dict(plan.motifs)
        transaction.set_rollback(True)


def _preparer(client, numero, *, retard, email, fait, quoi, les_deux) -> None:
    facture = facture_reprise(client, numero, retard=retard, au=JOUR)
    if les_deux:
        enregistrer_niveau(niveau(45), canal=Niveau.Canal.LES_DEUX, par=PAR)
    if fait:
        deja_faite(facture, fait)
    if quoi in {"payee", "partie"}:
        payer(facture, "120.00" if quoi == "payee" else "17.00")
    elif quoi == "promesse":
        promettre_de_payer(facture, montant=None, le=JOUR, par=PAR)
    elif quoi:
        fin = None if quoi == "litige" else JOUR
        suspendre(facture, genre=quoi, motif="Essai", jusqu_au=fin, par=PAR)
