"""The daily purge: on time, batch by batch, and never after a jump of the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree, Execution
from artjardin.celery import app
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from artjardin.softdelete.models import Lot
from artjardin.softdelete.services import supprimer
from clients.models import Client
from ops.corbeille import passage
from ops.corbeille.passage import purger_du_jour, purger_les_echus
from ops.corbeille.purge import purger
from ops.sante.activite.nuit import purge
from ops.sante.constats import Etat
from ops.tasks import purger_la_corbeille
from tests.artjardin.navigateur import messages_de, ouvrir
from tests.chantiers.factories import creer_chantier
from tests.clients.factories import creer_client
from tests.ops.corbeille import laisser_passer
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db
LUNDI = datetime(2026, 6, 1, 3, tzinfo=UTC)
JOUR = timedelta(days=1)


@pytest.fixture
def a(time_machine_a):
    """`a(90)`: it is 3:00, ninety days after the Monday of the deletions."""

    def aller(jours):
        time_machine_a(LUNDI + jours * JOUR)

    aller(0)
    return aller


def jeter(*clients):
    return [Lot.objects.get(uuid=supprimer(client, par=PAR)) for client in clients]


def nuits(combien=60):
    """The runs of the nights that follow the Monday."""
    laisser_passer(combien, depuis=LUNDI + JOUR)


def dernier():
    return Execution.objects.filter(tache=passage.TACHE).latest("pk")


def test_what_is_due_goes_the_next_morning_of_a_daily_run(a):
    jeter(creer_client())
    nuits()
    a(89)
    purger_la_corbeille()
    assert Client.tous.exists()
    a(90)
    purger_la_corbeille()

    assert not Client.tous.exists()
    assert dernier().resultat == "reussi"
    assert dernier().compteurs == {"lots": 1, "detruits": 1, "anonymises": 0, "echecs": 0}


def test_ninety_nights_one_by_one(a):
    jeter(creer_client())
    for nuit in range(1, 91):
        assert Client.tous.exists(), nuit
        a(nuit)
        purger_la_corbeille()

    assert not Client.tous.exists()
    assert Execution.objects.filter(tache=passage.TACHE).count() == 90
    assert set(Execution.objects.values_list("resultat", flat=True)) == {"reussi"}


def test_a_clock_a_year_ahead_destroys_nothing_and_is_told(a, patron):
    jeter(creer_client(), creer_client())
    nuits()
    a(366)
    purger_la_corbeille()
    a(367)
    purger_la_corbeille()  # a second night with the same clock

    assert Client.tous.count() == 2
    assert dernier().resultat == "partiel"
    assert "saut de l'horloge" in dernier().erreur
    assert dernier().compteurs == {"en_attente": 2}
    assert Entree.objects.filter(action="alerte.donnee").count() == 2
    assert purge().etat is Etat.PANNE
    assert not Courriel.objects.exists()  # the watch tells it


def test_a_fresh_batch_is_not_due_whatever_the_clock_says(a):
    a(1)
    purger_la_corbeille()
    [lot] = jeter(creer_client())
    for nuit in (366, 367, 368):
        a(nuit)
        purger_la_corbeille()

    assert Client.tous.exists()
    assert dernier().resultat == "reussi"
    with pytest.raises(Conflit, match="purges quotidiennes") as refus:
        purger(lot, par=PAR, a=timezone.now())
    assert refus.value.code == "passages_manquants"


def test_a_machine_that_starts_in_the_past_dates_nothing_before_the_journal(a):
    jeter(creer_client())
    a(-700)
    [lot] = jeter(creer_client())

    assert lot.le == Lot.objects.earliest("pk").le == LUNDI


def test_a_clock_that_comes_back_holds_until_it_is_past_the_last_run(a):
    jeter(creer_client())
    nuits()
    a(366)
    purger_la_corbeille()
    a(91)
    purger_la_corbeille()

    assert Client.tous.exists()
    assert "l'horloge du serveur a reculé" in dernier().erreur


def test_after_a_long_stop_the_purge_waits_for_a_person(a):
    jeter(creer_client())
    nuits()
    for nuit in (120, 121, 122):
        a(nuit)
        purger_la_corbeille()
    assert Client.tous.exists()
    purger_les_echus(confirme=True)

    assert not Client.tous.exists()


def test_a_stop_before_the_sixty_nights_only_makes_them_later(a):
    jeter(creer_client())
    nuits(30)
    for nuit in range(120, 151):
        assert Client.tous.exists(), nuit
        a(nuit)
        purger_la_corbeille()

    assert not Client.tous.exists()
    assert dernier().resultat == "reussi"


def test_two_runs_of_the_same_night_are_not_two_nights(a):
    jeter(creer_client())
    a(120)
    purger_les_echus()
    purger_les_echus()

    assert Client.tous.exists()


def test_the_task_runs_once_a_day(a):
    a(1)
    purger_du_jour()
    purger_du_jour()
    assert Execution.objects.filter(tache=passage.TACHE).count() == 1

    Execution.objects.update(resultat="echec")
    purger_du_jour()
    assert Execution.objects.filter(tache=passage.TACHE).count() == 2


def test_a_run_elsewhere_is_left_alone(a, monkeypatch):
    def occupe(**_):
        raise passage.Conflit("déjà en cours", code="execution_en_cours")

    monkeypatch.setattr(passage, "purger_les_echus", occupe)

    purger_du_jour()
    assert not Execution.objects.exists()


class TestBeaucoupDUnCoup:
    @pytest.fixture
    def tout(self, a, monkeypatch):
        """Four batches due at once, of five: the morning after a daily run."""
        monkeypatch.setattr(passage, "BEAUCOUP", 3)
        jeter(*(creer_client() for _ in range(4)))
        nuits()
        a(50)
        jeter(creer_client())
        a(89)
        purger_la_corbeille()
        a(90)

    def test_is_held(self, tout):
        purger_la_corbeille()

        assert Client.tous.count() == 5
        assert "plus de la moitié" in dernier().erreur

    def test_goes_when_it_is_a_small_part(self, tout):
        jeter(*(creer_client() for _ in range(4)))
        purger_la_corbeille()

        assert Client.tous.count() == 5

    def test_goes_over_http_once_a_person_confirms(self, tout, http):
        faux = http.post("/admin/trash/purge/", {"confirmation": "oui"})
        assert (faux.status_code, Client.tous.count()) == (400, 5)

        fait = http.post("/admin/trash/purge/", {"confirmation": "PURGER"})
        assert fait.json()["resultat"] == "reussi"
        assert Client.tous.count() == 1

    def test_goes_from_the_page_once_a_person_confirms(self, tout, patron):
        navigateur = ouvrir(patron)
        html = {"HTTP_ACCEPT": "text/html"}
        assert "4 lots échus" in navigateur.get("/admin/trash/", **html).content.decode()

        faux = navigateur.post("/admin/trash/purge/", {"confirmation": "oui"}, follow=True, **html)
        assert messages_de(faux) == ["Tapez exactement « PURGER » pour confirmer."]
        fait = navigateur.post(
            "/admin/trash/purge/", {"confirmation": "PURGER"}, follow=True, **html
        )
        assert messages_de(fait) == ["Purge faite : réussi."]
        assert Client.tous.count() == 1


def test_one_batch_that_fails_stops_nobody_else_and_is_named_without_a_name(a, monkeypatch):
    un, autre, encore = jeter(*(creer_client(nom="Durand") for _ in range(3)))
    vrai = passage.purger

    def purger(lot, **champs):
        if lot == un:
            raise RuntimeError("disque")
        return vrai(lot, **champs)

    monkeypatch.setattr(passage, "purger", purger)
    nuits()
    a(89)
    purger_la_corbeille()
    a(90)
    purger_la_corbeille()

    assert [client.pk for client in Client.tous.all()] == [un.racine_id]
    assert dernier().compteurs == {"lots": 2, "detruits": 2, "anonymises": 0, "echecs": 1}
    assert dernier().resultat == "partiel"
    assert dernier().erreur == f"Lot n° {un.pk} (clients.client n° {un.racine_id}) : RuntimeError"
    assert {autre.pk, encore.pk} == set(
        Lot.objects.exclude(purge_le=None).values_list("pk", flat=True)
    )


def test_a_refusal_is_named_by_its_code(a, monkeypatch):
    chantier = creer_chantier(nom="Verger")
    [dessous] = jeter(chantier)
    [lot] = jeter(chantier.client)
    Lot.objects.filter(pk=dessous.pk).update(le=LUNDI + 30 * JOUR)  # another clock, say
    nuits()
    a(89)
    purger_la_corbeille()
    a(90)
    purger_la_corbeille()

    assert dernier().erreur == f"{lot} : purge_a_faire_avant"
    assert "Verger" not in str(Entree.objects.filter(action="alerte.donnee").values())


def test_batches_go_oldest_first_so_what_hangs_below_goes_before(a):
    chantier = creer_chantier()
    jeter(chantier)
    a(1)
    jeter(chantier.client)
    nuits()
    a(89)
    purger_la_corbeille()
    a(91)
    purger_la_corbeille()

    assert not Client.tous.exists()
    assert dernier().resultat == "reussi"


def test_it_stands_in_the_schedule_at_three():
    entree = app.conf.beat_schedule["purge de la corbeille"]

    assert entree["task"] == "ops.tasks.purger_la_corbeille"
    assert min(entree["schedule"].hour) == 3
