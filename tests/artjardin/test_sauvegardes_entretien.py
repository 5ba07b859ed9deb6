"""What is kept is read again: a bad copy is named and made again from the good one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.sauvegardes import depots, services
from artjardin.sauvegardes.manifeste import MANIFESTE, cle
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.sauvegardes.services import entretien
from artjardin.storage.coffres import coffre_des_sauvegardes
from tests.artjardin import sauvegardes as outils

pytest_plugins = ["tests.artjardin.sauvegardes"]
pytestmark = pytest.mark.django_db


def relire() -> list[str]:
    return [str(anomalie) for anomalie in services.relire(par=outils.PAR).anomalies]


def retention() -> list[str]:
    return services.appliquer_la_retention(par=outils.PAR)


def perdre(fichier) -> None:
    fichier.unlink()


@pytest.fixture
def sauvegarde(atelier):
    return atelier.faire_et_verifier()


def test_good_copies_are_said_to_be(atelier, sauvegarde):
    bilan = services.relire(par=outils.PAR)

    assert bilan == ({"sauvegardes": 1, "octets_hors_site": sauvegarde.taille}, [])
    relue = Sauvegarde.objects.get().relue_le
    assert relue > sauvegarde.relue_le


@pytest.mark.parametrize(("abimer", "dit"), [(outils.retourner, "altérée"), (perdre, "absente")])
@pytest.mark.parametrize("ou", ["locale", "distante"])
def test_one_bad_copy_is_named_journaled_and_made_again_from_the_other(
    atelier, sauvegarde, abimer, dit, ou
):
    fichier, copie = getattr(atelier, ou)(sauvegarde), {"distante": "hors site"}.get(ou, ou)
    abimer(fichier)

    assert relire() == [f"{sauvegarde.nom} : copie {copie} {dit}"]

    assert outils.empreinte(fichier) == sauvegarde.sha256
    entree = Entree.objects.get(action="sauvegarde.reparee")
    assert entree.details == {"copie": copie, "faute": dit}
    sauvegarde.refresh_from_db()
    assert (sauvegarde.etat, sauvegarde.locale, sauvegarde.distante) == ("verifiee", True, True)
    assert relire() == []
    preuves = [un for un in fichier.parent.rglob("*") if ".altere-" in un.name]
    assert len(preuves) == (1 if dit == "altérée" else 0)


def test_both_copies_bad_is_a_backup_that_no_longer_counts(atelier, sauvegarde):
    outils.retourner(atelier.locale(sauvegarde))
    outils.retourner(atelier.distante(sauvegarde))

    dits = [f"{sauvegarde.nom} : copie {ou} altérée" for ou in ("locale", "hors site")]
    assert relire() == dits

    sauvegarde.refresh_from_db()
    assert sauvegarde.etat == "alteree"
    assert sauvegarde.erreur == "locale : altérée, hors site : altérée"
    assert not Sauvegarde.objects.verifiees().exists()
    assert relire() == dits
    assert Entree.objects.filter(action="sauvegarde.alteree").count() == 1


def test_a_place_out_of_reach_says_nothing_of_what_lies_there(atelier, sauvegarde, monkeypatch):
    def couper(*_):
        raise ConnectionError("coupé")

    outils.retourner(atelier.locale(sauvegarde))
    with monkeypatch.context() as coupure:
        coupure.setattr(type(coffre_des_sauvegardes()), "ouvrir", couper)
        dits = relire()

    assert dits == [
        f"{sauvegarde.nom} : copie locale altérée",
        f"{sauvegarde.nom} : copie hors site illisible pour l'instant (ConnectionError)",
    ]
    sauvegarde.refresh_from_db()
    assert sauvegarde.etat == "verifiee"
    assert relire() == [f"{sauvegarde.nom} : copie locale altérée"]
    assert relire() == []


def test_a_repair_that_fails_hides_no_other_backup(atelier, sauvegarde, monkeypatch):
    autre = atelier.faire_et_verifier()
    for une in (sauvegarde, autre):
        outils.retourner(atelier.locale(une))

    def plein(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as panne:
        panne.setattr(depots, "reprendre", plein)
        dits = relire()

    assert len(dits) == 2
    assert all("pas réparée (Le disque est plein" in dit for dit in dits)
    assert len(relire()) == 2
    assert relire() == []


def test_a_copy_that_turns_bad_while_it_mends_the_other_is_not_taken(
    atelier, sauvegarde, monkeypatch
):
    outils.retourner(atelier.locale(sauvegarde))
    vraie = entretien._faute
    monkeypatch.setattr(
        entretien,
        "_faute",
        lambda ouvrir, une: (
            vraie(ouvrir, une) if ouvrir.__code__.co_names[0] == "_ouvrir_ici" else ""
        ),
    )
    outils.retourner(atelier.distante(sauvegarde))

    (dit,) = relire()

    assert "l'autre copie n'est pas la bonne non plus" in dit
    assert not atelier.locale(sauvegarde).exists()
    assert not list(depots.dossier().rglob("*.partiel"))


def test_the_budget_of_a_night_is_spent_on_the_least_recently_read(atelier, monkeypatch):
    noms = [atelier.faire().nom for _ in range(3)]
    monkeypatch.setattr(entretien, "BUDGET", 1)
    lues: list[str] = []
    ouvrir = entretien._ouvrir_au_loin
    monkeypatch.setattr(
        entretien, "_ouvrir_au_loin", lambda une: (lues.append(une.nom), ouvrir(une))[1]
    )

    for _ in range(4):
        relire()

    assert sorted(lues[:3]) == noms
    assert lues[3] == lues[0]


def test_a_bad_local_copy_is_mended_whatever_the_budget(atelier, sauvegarde, monkeypatch):
    monkeypatch.setattr(entretien, "BUDGET", 0)
    outils.retourner(atelier.locale(sauvegarde))

    assert relire() == [f"{sauvegarde.nom} : copie locale altérée"]
    assert relire() == []


def test_what_was_let_go_while_it_was_read_is_no_loss(atelier, sauvegarde):
    vieille = Sauvegarde.objects.get(pk=sauvegarde.pk)
    Sauvegarde.objects.filter(pk=sauvegarde.pk).update(etat="supprimee")

    entretien._declarer_alteree(vieille, "locale : absente", par=outils.PAR)

    sauvegarde.refresh_from_db()
    assert sauvegarde.etat == "supprimee"


class TestRetention:
    @pytest.fixture(autouse=True)
    def _court(self, settings):
        settings.SAUVEGARDE_JOURS = settings.SAUVEGARDE_MOIS = settings.SAUVEGARDE_ANS = 0
        settings.SAUVEGARDE_VERROU_JOURS = 0

    def test_what_the_rule_lets_go_goes_here_and_elsewhere(self, atelier):
        refusee = atelier.faire()
        Sauvegarde.objects.update(etat="refusee")
        faites = [atelier.faire_et_verifier() for _ in range(4)]

        assert retention() == [refusee.nom, faites[0].nom]

        assert [une.etat for une in Sauvegarde.objects.order_by("pk")] == (
            ["supprimee"] * 2 + ["verifiee"] * 3
        )
        assert len(list(depots.manifestes())) == 3
        restes = {objet.cle for objet in coffre_des_sauvegardes().lister("")}
        assert not any(refusee.nom in reste or faites[0].nom in reste for reste in restes)
        assert len(restes) == 9
        entree = Entree.objects.get(action="sauvegarde.supprimee", objet_id=faites[0].pk)
        assert entree.details["verifiee_le"] == str(faites[0].verifiee_le)
        assert retention() == []

    def test_nothing_goes_while_the_newest_is_not_verified(self, atelier):
        for _ in range(5):
            atelier.faire_et_verifier()
        derniere = atelier.faire()

        assert retention() == []
        assert Sauvegarde.objects.presentes().count() == 6

        atelier.verifier(derniere)
        assert len(retention()) == 3

    def test_a_clock_that_was_ahead_does_not_decide_which_is_the_newest(
        self, atelier, time_machine_a
    ):
        time_machine_a(timezone.now() + timedelta(days=365))
        for _ in range(4):
            atelier.faire_et_verifier()
        time_machine_a(timezone.now() - timedelta(days=365))
        atelier.faire()

        assert retention() == []

    def test_a_lock_is_waited_for(self, atelier, settings, time_machine_a):
        settings.SAUVEGARDE_VERROU_JOURS = 35
        debut = timezone.now()
        time_machine_a(debut)
        premiere = atelier.faire_et_verifier()
        settings.SAUVEGARDE_VERROU_JOURS = 0
        for _ in range(3):
            atelier.faire_et_verifier()

        assert retention() == []
        premiere.refresh_from_db()
        assert (premiere.locale, premiere.distante) == (False, True)
        assert premiere.etat == "verifiee"

        time_machine_a(debut + timedelta(days=36))
        assert retention() == [premiere.nom]
        premiere.refresh_from_db()
        assert (premiere.etat, premiere.distante) == ("supprimee", False)

    def test_a_vault_that_refuses_is_asked_again(self, atelier, monkeypatch):
        for _ in range(4):
            atelier.faire_et_verifier()

        def refuser(*_):
            raise PermissionError("non")

        with monkeypatch.context() as panne:
            panne.setattr(type(coffre_des_sauvegardes()), "supprimer", refuser)
            assert retention() == []

        assert len(retention()) == 1

    def test_what_is_gone_off_site_already_is_done(self, atelier):
        faites = [atelier.faire_et_verifier() for _ in range(4)]
        atelier.distante(faites[0]).unlink()
        coffre_des_sauvegardes()._fichier(cle(faites[0].nom, MANIFESTE)).unlink()

        assert retention() == [faites[0].nom]
        assert retention() == []

    def test_a_kill_between_the_catalogue_and_the_disk_leaves_no_file_for_ever(
        self, atelier, monkeypatch
    ):
        faites = [atelier.faire_et_verifier() for _ in range(4)]
        with monkeypatch.context() as mort:
            mort.setattr(depots, "supprimer", lambda _: None)
            assert retention() == [faites[0].nom]
        assert atelier.locale(faites[0]).exists()

        retention()

        assert not atelier.locale(faites[0]).exists()
        assert all(atelier.locale(une).exists() for une in faites[1:])
