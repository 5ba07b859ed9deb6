"""manage.py restaurer, sauvegarder and migrate: nothing is lost on the way back (design G7)."""

from __future__ import annotations

import os
import signal
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.audit.constat import prendre_acte
from artjardin.audit.models import Entree
from artjardin.audit.verification import controler
from artjardin.outbox.models import Restauration
from artjardin.sauvegardes import bases, depots, services
from artjardin.sauvegardes.manifeste import MANIFESTE
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.sauvegardes.services import restauration
from artjardin.sauvegardes.services.restauration import preparation
from artjardin.storage.ancrage import ancrer, controler_les_ancres
from artjardin.storage.coffres import coffre_des_documents, coffre_des_sauvegardes
from clients.models import Client
from facturation.services import envoyer_facture
from ops import reprise
from ops.management.commands import migrate as commande_migrate
from tests.artjardin import sauvegardes as outils
from tests.artjardin.concorde import ecarts
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture

pytest_plugins = ["tests.artjardin.sauvegardes"]
PAR = systeme("test")


@pytest.fixture
def clef(atelier_nu, tmp_path):
    """The office's key, in a file as age-keygen writes it."""
    fichier = tmp_path / "bureau.txt"
    fichier.write_text(f"# public key: {atelier_nu.bureau.to_public()}\n{atelier_nu.bureau}\n")
    return str(fichier)


def dire(*commande, **options) -> str:
    """The output of a command; a refusal is raised."""
    sortie = StringIO()
    call_command(*commande, stdout=sortie, stderr=sortie, **options)
    return sortie.getvalue()


def bases_du_serveur() -> set[str]:
    nom = connection.settings_dict["NAME"]
    with outils.administration() as serveur:
        lues = serveur.execute("SELECT datname FROM pg_database").fetchall()
    return {lue for (lue,) in lues if lue.startswith((f"{nom}_avant_", f"{nom}_restauration"))}


class TestTheWholeProduct:
    @pytest.fixture(autouse=True)
    def _sans_controles(self, base_partagee, settings, tmp_path):
        settings.BASE_CONTROLES = {}
        settings.DONNEES = tmp_path / "donnees"
        settings.DONNEES.mkdir()
        yield
        for base in bases_du_serveur():
            outils.supprimer(base)

    def test_a_full_database_in_use_or_whose_name_is_not_typed_is_left_alone(
        self, atelier_nu, clef, monkeypatch
    ):
        creer_client(nom="Apres")
        nom, faite = connection.settings_dict["NAME"], services.fabriquer("demande").nom
        monkeypatch.setattr("builtins.input", lambda _: "oui")

        with pytest.raises(CommandError, match="Rien n'est changé"):
            dire("restaurer", faite, clef=clef, remplacer=True)
        with pytest.raises(CommandError, match="n'est pas vide : ajoutez --remplacer"):
            dire("restaurer", faite, clef=clef)
        connections.close_all()
        with outils.ouvrir(nom), pytest.raises(CommandError, match=f"La base {nom} sert encore"):
            dire("restaurer", faite, clef=clef, remplacer=True, oui=True)

        assert Client.objects.get().nom == "Apres"

    @pytest.fixture
    def restauree(self, atelier_nu, clef, monkeypatch):
        """Two backups, a client between them; the first one put back: what was said, its name."""
        creer_client(nom="Avant")
        envoyer_facture(creer_facture(), par=PAR)
        premiere = atelier_nu.faire_et_verifier()
        creer_client(nom="Apres")
        atelier_nu.faire()
        ancrer(le=timezone.localdate())
        coffre_des_documents().deposer(
            "2026/11/facture/FAC-9.pdf", b"%PDF", jusqu_au=None, metadonnees={}
        )
        monkeypatch.setattr("builtins.input", lambda _: connection.settings_dict["NAME"])
        return dire("restaurer", premiere.nom, clef=clef, remplacer=True), premiere.nom

    def test_it_goes_back_keeps_the_old_one_and_says_what_is_missing(self, restauree):
        dit, nom = restauree

        deux = Client.objects.filter(nom__in=["Avant", "Apres"])
        assert [un.nom for un in deux] == ["Avant"]
        (ancienne,) = bases_du_serveur()
        requete = "SELECT count(*) FROM clients_client WHERE nom IN ('Avant', 'Apres')"
        assert outils.sql(ancienne, requete) == [(2,)]
        for attendu in (
            "  restauration : 100 %",
            f"L'ancienne base est gardée sous le nom {ancienne}.",
            "2 sauvegardes plus récentes remises au catalogue.",
            "Les relances attendent : « manage.py apres_restauration » dit ce qu'il faut voir.",
            "1 pièces archivées depuis cette sauvegarde ne sont pas en base :",
            "  2026/11/facture/FAC-9.pdf, client inconnu",
            "La base est restaurée.",
        ):
            assert attendu in dit.splitlines()
        assert Restauration.objects.ouvertes().exists()
        etats = Sauvegarde.objects.order_by("nom").values_list("etat", "locale", "distante")
        assert list(etats) == [("verifiee", True, True), ("faite", True, True)]
        entree = Entree.objects.get(action="base.restauree")
        assert entree.objet_nom.endswith(nom)
        assert controler().anomalies == []
        assert controler_les_ancres().anomalies == []

    def test_after_a_total_loss_the_vault_is_enough(self, atelier_nu, clef):
        prendre_acte()
        creer_client(nom="Perdu")
        verifiee = atelier_nu.faire_et_verifier()
        atelier_nu.faire()
        for fichier in [*depots.dossier().rglob("*.*")]:
            fichier.unlink() if fichier.is_file() else None
        connections.close_all()
        outils.refaire(connection.settings_dict["NAME"], modele="template0")

        dit = dire("restaurer", clef=clef)

        assert f"{verifiee.nom}  " in dit
        assert "vérifiée" in dit.splitlines()[0]
        assert Client.objects.get().nom == "Perdu"
        assert ecarts() == []
        assert bases_du_serveur() == set()
        assert set(Sauvegarde.objects.values_list("locale", "distante")) == {(False, True)}

    def test_a_migration_backs_up_first_or_is_not_made(self, atelier_nu, settings, tmp_path):
        dit = dire("migrate", "audit", "0001", verbosity=1)
        (faite,) = depots.manifestes()
        assert f"Sauvegarde avant migration : {faite.cle}" in dit
        assert any(nom.startswith("audit.0002") for nom in faite.migrations)

        settings.PG_BINAIRES = str(tmp_path)
        outils.oublier_les_programmes()
        with pytest.raises(CommandError, match=r"Il faut pg_dump(.|\n)*Rien n'est migré"):
            dire("migrate", verbosity=0)
        assert commande_migrate._change(None)

        dire("migrate", verbosity=0, sans_sauvegarde=True)
        assert not commande_migrate._change(None)
        dire("migrate", verbosity=0)  # nothing to apply: nothing to back up
        assert [une.nom for une in Sauvegarde.objects.all()] == [faite.nom]
        assert Sauvegarde.objects.get().motif == "migration"
        dire("migrate", "audit", plan=True)
        outils.oublier_les_programmes()


def mourir(*_) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.django_db
class TestOnATinyDatabase:
    @pytest.fixture
    def sauvegarde(self, atelier):
        return atelier.faire()

    @pytest.fixture
    def source(self, sauvegarde):
        return restauration.choisir(sauvegarde.nom)

    def test_a_trial_by_a_person_counts_as_the_drill(self, atelier, sauvegarde, clef, settings):
        settings.SAUVEGARDE_CLE_EXERCICE, settings.EMBARQUE = "", False

        dit = dire("restaurer", essai=True, clef=clef)

        assert "Contrôlé : tables 3, lignes 41, pdf 0." in dit
        assert "Tous les contrôles passent." in dit
        sauvegarde.refresh_from_db()
        assert sauvegarde.etat == "verifiee"
        entree = Entree.objects.get(action="sauvegarde.verifiee")
        assert entree.acteur_nom == "système (manage.py restaurer)"
        assert "vérifiée" in dire("restaurer", liste=True)
        assert atelier.restes() == []

    def test_a_trial_that_finds_a_fault_says_it(self, atelier, sauvegarde, clef):
        fausse = outils.mentir(sauvegarde, tables={"fiche": 41})
        atelier.distante(fausse).unlink()

        with pytest.raises(CommandError, match="ne se restaure pas comme elle devrait"):
            dire("restaurer", str(atelier.locale(sauvegarde)), essai=True, clef=clef)

        sauvegarde.refresh_from_db()
        assert sauvegarde.etat == "refusee"

    def test_a_file_from_elsewhere_is_tried_without_the_catalogue(self, atelier, clef, tmp_path):
        sauvegarde = atelier.faire()
        ailleurs = tmp_path / "ailleurs"
        atelier.locale(sauvegarde).parent.rename(ailleurs)
        Sauvegarde.objects.update(etat="supprimee")

        dit = dire(
            "restaurer", str(ailleurs / atelier.locale(sauvegarde).name), essai=True, clef=clef
        )

        assert "Tous les contrôles passent." in dit
        assert not Entree.objects.filter(action="sauvegarde.verifiee").exists()

    @pytest.mark.parametrize("abimer", ["clef", "octet", "manifeste"])
    def test_a_wrong_key_or_a_damaged_file_changes_nothing(
        self, atelier, sauvegarde, clef, tmp_path, abimer
    ):
        atelier.distante(sauvegarde).unlink()
        if abimer == "clef":
            autre = type(atelier.bureau).generate()
            (tmp_path / "bureau.txt").write_text(str(autre))
        elif abimer == "octet":
            outils.retourner(atelier.locale(sauvegarde))
        else:
            outils.mentir(sauvegarde, sha256="0" * 64)
        dits = {"clef": "aucun destinataire", "octet": "altéré", "manifeste": "de son manifeste"}

        with pytest.raises(CommandError, match=dits[abimer]):
            dire("restaurer", sauvegarde.nom, essai=True, clef=clef)

        sauvegarde.refresh_from_db()
        assert (sauvegarde.etat, atelier.restes()) == ("faite", [])

    def test_faults_keep_the_old_database_and_leave_nothing_beside(self, atelier, clef):
        sauvegarde = atelier.faire()
        outils.mentir(sauvegarde, tables={"fiche": 41})
        coffre_des_sauvegardes()._fichier(f"{depots.cle(sauvegarde.nom, MANIFESTE)}").unlink()

        with pytest.raises(CommandError, match="rien n'est changé"):
            dire("restaurer", sauvegarde.nom, clef=clef, remplacer=True, oui=True)

        assert atelier.sql("SELECT count(*) FROM fiche") == [(40,)]
        assert bases_du_serveur() == set()

    def test_a_failure_in_the_middle_leaves_nothing_beside(self, atelier, source, monkeypatch):
        outils.retourner(atelier.distante(source.manifeste))
        outils.retourner(atelier.locale(source.manifeste))
        with pytest.raises(Exception, match="altéré"), preparation(source, atelier.bureau):
            pytest.fail("no copy is good")
        assert bases_du_serveur() == set()

    def test_a_good_local_copy_serves_when_the_far_one_is_altered(self, atelier, source):
        outils.retourner(atelier.distante(source.manifeste))
        assert restauration.essayer(source, atelier.bureau)["anomalies"] == []

    def test_what_cannot_be_found_or_read_is_said(self, atelier, clef, tmp_path):
        for nom, dit in (
            ("", "Aucune sauvegarde trouvée"),
            ("20200101T000000Z-demande", "Aucune sauvegarde 2020"),
            (str(tmp_path / "absent.dump.zst.age"), "est illisible"),
        ):
            with pytest.raises(CommandError, match=dit):
                dire("restaurer", nom, essai=True, clef=clef)
        atelier.faire()
        with pytest.raises(CommandError, match="est illisible"):
            dire("restaurer", essai=True, clef=str(tmp_path / "absente.txt"))

    def test_the_key_is_found_or_typed_without_being_shown(
        self, atelier, sauvegarde, settings, tmp_path, monkeypatch
    ):
        settings.DONNEES = tmp_path / "data"
        monkeypatch.setattr(
            "ops.management.commands.restaurer.getpass", lambda _: str(atelier.bureau)
        )
        assert "passent" in dire("restaurer", essai=True)
        (tmp_path / "data.clef-de-restauration").write_text(str(atelier.bureau))
        monkeypatch.setattr("ops.management.commands.restaurer.getpass", lambda _: "rien")
        assert "passent" in dire("restaurer", essai=True)

    def test_a_vault_out_of_reach_still_shows_what_is_here(self, atelier, sauvegarde, monkeypatch):
        def couper(*_):
            raise ConnectionError("coupé")

        monkeypatch.setattr(type(coffre_des_sauvegardes()), "lister", couper)

        dit = dire("restaurer", liste=True)

        assert sauvegarde.nom in dit
        assert "non vérifiée" in dit

    def test_a_kill_at_any_step_leaves_the_old_database_or_the_new_one_whole(self, atelier, source):
        def ici() -> None:
            connection.settings_dict["NAME"] = atelier.base
            restauration.connections = SimpleNamespace(close_all=lambda: None)
            restauration.executer = lambda *_, **__: None  # a few tables have no journal

        def pendant_la_restauration():
            ici()
            restauration.examiner = mourir
            with preparation(source, atelier.bureau):
                pass

        def entre_les_deux_noms():
            ici()
            renommer, faits = bases._renommer, []
            bases._renommer = lambda *noms: mourir() if faits else faits.append(renommer(*noms))
            with preparation(source, atelier.bureau) as preparee:
                preparee.basculer(marque={})

        def sans_encombre():
            ici()
            with preparation(source, atelier.bureau) as preparee:
                return preparee.basculer(marque={})

        atelier.sql("INSERT INTO fiche (nom) VALUES ('Depuis')")
        for travail in (pendant_la_restauration, entre_les_deux_noms):
            assert outils.dans_un_fils(travail)[0] == -signal.SIGKILL
            assert atelier.sql("SELECT count(*) FROM fiche") == [(41,)]

        _, ancienne = outils.dans_un_fils(sans_encombre)

        comptes = [
            outils.sql(une, "SELECT count(*) FROM fiche") for une in (atelier.base, ancienne)
        ]
        outils.supprimer(ancienne)
        assert comptes == [[(40,)], [(41,)]]

    def test_a_backup_on_demand_says_where_it_is_and_that_it_was_restored(
        self, atelier, monkeypatch
    ):
        dit = dire("sauvegarder")
        assert "ici et hors site" in dit
        assert "Vérifiée" in dit
        assert "pas encore vérifiée" in dire("sauvegarder", sans_exercice=True)
        assert len(dire("sauvegarder", liste=True).splitlines()) == 2

        def couper(*_, **__):
            raise ConnectionError("coupé")

        monkeypatch.setattr(type(coffre_des_sauvegardes()), "deposer", couper)
        with pytest.raises(CommandError, match="Pas de copie hors site : copie hors site : Conn"):
            dire("sauvegarder")
        assert Sauvegarde.objects.filter(locale=True, distante=False).count() == 1

    def test_a_refusal_is_a_command_error(self, atelier, settings):
        settings.SAUVEGARDE_CLES_PUBLIQUES, settings.EMBARQUE = [], False
        with pytest.raises(CommandError, match="Aucune clef publique"):
            dire("sauvegarder")

    def test_what_the_retention_deleted_since_is_no_loss_after_a_restoration(self, atelier):
        """The catalogue of that day knows backups that are gone, and copies that moved."""
        partie, d_ici, restee = (atelier.faire() for _ in range(3))
        depots.supprimer(partie.nom)
        for une in (partie, d_ici):
            atelier.distante(une).unlink()
        Sauvegarde.objects.filter(pk=restee.pk).update(distante=False)

        lignes = list(reprise.reprendre(restauration.choisir(restee.nom).manifeste, par=PAR))

        assert lignes[0] == "1 sauvegardes supprimées depuis, retirées du catalogue."
        lues = Sauvegarde.objects.order_by("pk").values_list("etat", "locale", "distante")
        assert list(lues) == [
            ("supprimee", False, False), ("faite", True, False), ("faite", True, True),
        ]  # fmt: skip
        assert Entree.objects.get(action="sauvegarde.disparue").objet_id == partie.pk
        assert services.relire(par=PAR).anomalies == []

    def test_what_cannot_be_compared_after_a_restoration_is_said(
        self, atelier, source, monkeypatch
    ):
        def couper(*_, **__):
            raise ConnectionError("coupé")

        for coffre in (coffre_des_sauvegardes(), coffre_des_documents()):
            monkeypatch.setattr(type(coffre), "lister", couper)
            monkeypatch.setattr(type(coffre), "eprouver", couper)

        lignes = list(reprise.reprendre(source.manifeste, par=PAR))

        assert any("n'a pas pu être rapproché" in ligne for ligne in lignes)
        assert any("n'a pas pu être comparée" in ligne for ligne in lignes)
        assert any("n'est pas ancrée" in ligne for ligne in lignes)
