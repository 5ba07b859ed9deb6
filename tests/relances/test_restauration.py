"""The backup of 1:15 restored after the 9:00 run: no level doubled, none skipped (G4)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from artjardin.accounts.auteur import systeme
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel, Restauration
from artjardin.outbox.services import declarer_une_restauration, envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from relances.models import Passage, Relance
from relances.plan import planifier
from relances.services import (
    jours_en_doute,
    liberer,
    reconstituer,
    relancer,
    relancer_du_jour,
    relancer_la_facture,
    reprendre_apres_restauration,
)
from tests.artjardin.navigateur import messages_de, ouvrir
from tests.artjardin.serveurs import serveur_smtp
from tests.clients.factories import creer_client
from tests.relances.factories import LUNDI, PAR, deja_faite, facture_due
from tests.sauvegarde import restaurer, sauvegarder

PARIS = ZoneInfo("Europe/Paris")
MARDI = LUNDI + timedelta(days=1)
ROBOT = systeme("courriels")


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")


@pytest.fixture
def a(time_machine_a):
    def aller(jour: date, heure: int, minute: int = 0) -> None:
        time_machine_a(datetime(jour.year, jour.month, jour.day, heure, minute, tzinfo=PARIS))

    return aller


def partis(settings) -> list[str]:
    """What reaches clients by the sweeps of now."""
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        produire_les_promis()
        while envoyer_les_courriels():
            pass
    return sorted(recu.destinataires[0] for recu in serveur.recus)


@pytest.fixture
def restauree(base_partagee, settings, a, tmp_path):
    """Tuesday's run reminds two clients, one at its second level; at 11:00 the backup of 1:15 is
    restored."""
    a(LUNDI, 8)
    facture_due(creer_client(nom="Un", email="un@example.org"), retard=30, au=LUNDI)
    a(LUNDI, 9)
    relancer_du_jour()
    assert partis(settings) == ["un@example.org"]
    deux = facture_due(creer_client(nom="Deux", email="deux@example.org"), retard=44, au=LUNDI)
    deja_faite(deux, 30)
    facture_due(creer_client(nom="Trois", email="trois@example.org"), retard=29, au=LUNDI)
    a(MARDI, 1, 15)
    fichier = sauvegarder(tmp_path / "1h15.dump")
    a(MARDI, 9)
    relancer_du_jour()
    assert partis(settings) == ["deux@example.org", "trois@example.org"]
    restaurer(fichier)
    a(MARDI, 11)


def niveaux() -> dict[str, list[int]]:
    """The levels of each client, by the ledger."""
    par_client: dict[str, list[int]] = {}
    for nom, jours in Relance.objects.order_by("pk").values_list(
        "facture__client__nom", "niveau__jours"
    ):
        par_client.setdefault(nom, []).append(jours)
    return par_client


@pytest.mark.usefixtures("restauree")
def test_nothing_leaves_until_a_person_has_looked(settings, a):
    relancer_du_jour()

    assert partis(settings) == []
    assert planifier(au=MARDI).motifs["base-restauree"] == 2
    with pytest.raises(Conflit) as refus:
        relancer_la_facture(Relance.objects.get(niveau__jours=30, passage=None).facture, par=PAR)
    assert refus.value.code == "non_relancable_base_restauree"
    a(MARDI + timedelta(days=1), 9)
    relancer_du_jour()
    assert partis(settings) == []


@pytest.mark.usefixtures("restauree")
def test_what_had_left_is_written_down_and_the_next_levels_count_from_it(settings, a):
    partis(settings)
    assert jours_en_doute() == [MARDI]

    lignes = reprendre_apres_restauration(faites=[MARDI], par=PAR)

    assert lignes == 2
    assert niveaux() == {"Un": [30], "Deux": [30, 45], "Trois": [30]}
    passage = Passage.objects.get(jour=MARDI)
    assert passage.lance_par == f"{PAR.nom}, reconstitué après restauration"
    assert not Courriel.objects.filter(relances__passage=passage).exists()
    relancer_du_jour()
    assert partis(settings) == []
    tous = ["deux@example.org", "trois@example.org", "un@example.org"]
    for jours, attendus in ((6, []), (15, tous)):
        a(MARDI + timedelta(days=jours), 9)
        liberer(None, par=PAR)
        relancer(jour=MARDI + timedelta(days=jours), par=PAR)
        assert partis(settings) == attendus
    assert niveaux() == {"Un": [30, 45], "Deux": [30, 45, 60], "Trois": [30, 45]}


@pytest.mark.usefixtures("restauree")
def test_a_run_that_had_not_left_is_made_after_the_release(settings, a):
    partis(settings)
    relancer_du_jour()

    a(MARDI, 11, 30)
    reprendre_apres_restauration(faites=[], par=PAR)
    relancer_du_jour()

    assert partis(settings) == ["deux@example.org", "trois@example.org"]
    assert Relance.objects.filter(jour=MARDI).count() == 2


@pytest.mark.usefixtures("restauree")
def test_a_run_asked_first_sees_the_restoration_by_itself():
    relancer_du_jour()

    assert Restauration.objects.ouvertes().count() == 1
    assert not Relance.objects.filter(jour=MARDI).exists()


@pytest.mark.usefixtures("restauree")
def test_the_command_shows_first_and_writes_when_told(settings):
    partis(settings)

    dits = commande("--relances-faites", f"{MARDI}", "--lever")
    assert Relance.objects.filter(jour=MARDI).count() == 0
    assert Restauration.objects.ouvertes().exists()
    faits = commande("--relances-faites", f"{MARDI}", "--lever", "--faire")

    assert "2 envois qu'elle ne connaît pas" in dits
    assert dits.count("J+") == 2
    assert "Rien n'est écrit" in dits
    assert "2 inscrites" in faits
    assert not Restauration.objects.ouvertes().exists()
    assert partis(settings) == []


@pytest.mark.django_db
def test_a_restoration_that_nothing_showed_is_declared_by_the_command():
    commande("--declarer")
    assert not Restauration.objects.exists()

    commande("--declarer", "--faire")

    assert Restauration.objects.ouvertes().count() == 1
    with pytest.raises(CommandError):
        commande("--declarer", "--faire")


def commande(*arguments: str) -> str:
    sortie = StringIO()
    call_command("apres_restauration", *arguments, stdout=sortie, stderr=sortie)
    return sortie.getvalue()


@pytest.mark.django_db
class TestOneDay:
    """Which days may be written down again, and how."""

    @pytest.fixture(autouse=True)
    def _ce_mardi(self, a):
        a(MARDI, 11)

    def test_a_letter_is_taken_as_posted_that_day(self):
        facture_due(creer_client(email=""), retard=31)
        declarer_une_restauration(par=ROBOT)

        assert reconstituer(MARDI, par=PAR) == 1

        relance = Relance.objects.get()
        assert (relance.canal, relance.lettre) == ("poste", None)
        assert relance.postee_le == datetime(2026, 11, 24, 12, tzinfo=PARIS)
        assert not Relance.objects.a_poster().exists()

    def test_days_are_written_in_order_and_a_level_at_a_time(self):
        facture_due(creer_client(), retard=90, au=MARDI)
        declarer_une_restauration(par=ROBOT)
        avant = MARDI - timedelta(days=7)

        assert reprendre_apres_restauration(faites=[MARDI, avant], par=PAR) == 2

        faites = Relance.objects.order_by("jour").values_list("jour", "niveau__jours")
        assert list(faites) == [(avant, 30), (MARDI, 45)]

    @pytest.mark.parametrize(
        ("jour", "faute"),
        [
            (MARDI + timedelta(days=1), Invalide),
            (date(2026, 11, 22), Conflit),  # a Sunday
        ],
    )
    def test_a_day_without_a_run_is_refused_and_nothing_is_lifted(self, jour, faute):
        facture_due(creer_client(), retard=40)
        declarer_une_restauration(par=ROBOT)

        with pytest.raises(faute):
            reprendre_apres_restauration(faites=[LUNDI, jour], par=PAR)

        assert not Relance.objects.exists()
        assert Restauration.objects.ouvertes().exists()

    def test_a_run_that_the_backup_knows_is_not_written_twice(self):
        facture_due(creer_client(), retard=40)
        relancer(jour=MARDI, par=PAR)
        declarer_une_restauration(par=ROBOT)

        with pytest.raises(Conflit) as refus:
            reconstituer(MARDI, par=PAR)

        assert refus.value.code == "passage_deja_fait"
        assert Relance.objects.count() == 1

    def test_without_a_restoration_nothing_is_written(self):
        facture_due(creer_client(), retard=40)

        with pytest.raises(Conflit):
            reconstituer(MARDI, par=PAR)

        assert not Relance.objects.exists()
        assert not Passage.objects.exists()

    def test_the_office_ticks_the_days_in_the_preview(self, patron):
        facture_due(creer_client(), retard=40)
        declarer_une_restauration(par=ROBOT)
        navigateur = ouvrir(patron)
        page = navigateur.get(reverse("admin:relances_apercu")).content.decode()
        assert "la base a été restaurée" in page
        assert f'value="{MARDI}"' in page

        fait = navigateur.post(
            reverse("admin:relances_restauration"), {"faites": [f"{MARDI}"]}, follow=True
        )

        assert messages_de(fait) == ["1 relance inscrite. Les relances peuvent partir."]
        assert Relance.objects.get().jour == MARDI
        assert "la base a été restaurée" not in fait.content.decode()

    def test_the_accountant_does_not_lift_it(self, comptable, connecter):
        declarer_une_restauration(par=ROBOT)

        admin = ouvrir(comptable).post(reverse("admin:relances_restauration"))
        api = connecter(comptable).post("/api/v1/relances/restauration/", {}, format="json")

        assert (admin.status_code, api.status_code) == (403, 403)
        assert Restauration.objects.ouvertes().exists()

    def test_the_api_writes_the_days_and_lifts(self, http):
        facture_due(creer_client(), retard=40)
        declarer_une_restauration(par=ROBOT)

        corps = {"relances_faites": [f"{MARDI}"]}
        fait = http.post("/api/v1/relances/restauration/", corps, format="json")

        assert (fait.status_code, fait.json()) == (200, {"inscrites": 1})
        encore = http.post("/api/v1/relances/restauration/", {}, format="json")
        assert encore.status_code == 409
