"""A restored backup: seen once, nothing of it sent twice, never seen where there is none (G5)."""

from __future__ import annotations

import logging
from io import StringIO

import pytest
from django.conf import settings as reglages
from django.core.cache import cache
from django.core.management import call_command

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import Role
from artjardin.accounts.services import creer_utilisateur
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.outbox import registre, repere
from artjardin.outbox.models import Courriel, Restauration, Tentative
from artjardin.outbox.services import (
    constater,
    constater_une_restauration,
    declarer_une_restauration,
    envoyer_les_courriels,
    lever_la_restauration,
)
from ops.reprise import marquer
from tests.artjardin.factories import promettre_courriel
from tests.artjardin.serveurs import en_parallele, serveur_smtp
from tests.sauvegarde import restaurer, sauvegarder

PAR = systeme("test")
Statut = Courriel.Statut


@pytest.fixture(autouse=True)
def _gabarit_d_essai(settings, tmp_path):
    dossier = tmp_path / "courriels"
    dossier.mkdir()
    (dossier / "essai.txt").write_text("Bonjour\n", "utf-8")
    (dossier / "essai.html").write_text("<p>Bonjour</p>\n", "utf-8")
    moteur = settings.TEMPLATES[0]
    settings.TEMPLATES = [moteur | {"DIRS": [*moteur["DIRS"], tmp_path]}]


def balayer(settings, **script):
    with serveur_smtp(**script) as serveur:
        settings.EMAIL_URL = serveur.url
        envoyer_les_courriels()
    return [recu.destinataires[0] for recu in serveur.recus]


def dire(*commande):
    sortie = StringIO()
    call_command(*commande, stdout=sortie)
    return sortie.getvalue()


def oublier_valkey():
    cache.delete(repere._clef(registre.premier_courriel()))


def oublier_le_fichier():
    repere._fichier(registre.premier_courriel()).unlink()


@pytest.fixture
def patronne(base_partagee):
    return creer_utilisateur(
        email="claire@art-jardin.example", mot_de_passe="jardin-a-la-francaise", role=Role.PATRON
    )


@pytest.fixture
def sauvegarde(base_partagee, settings, patronne, tmp_path):
    """A backup with one mail sent and one waiting, which leaves after it."""
    promettre_courriel()
    balayer(settings)
    attendait = promettre_courriel(objet="Attendait à 1 h 15")
    fichier = sauvegarder(tmp_path / "base.dump")
    assert balayer(settings) == attendait.a
    return fichier


def test_what_waited_in_the_backup_does_not_leave_again(sauvegarde, settings, patronne, caplog):
    restaurer(sauvegarde)

    with caplog.at_level(logging.ERROR):
        recus = [balayer(settings) for _ in range(3)]

    # The restoration, then what is uncertain, as after any doubt
    assert recus == [[patronne.email], [patronne.email], []]
    douteux = Courriel.objects.get(objet="Attendait à 1 h 15")
    assert (douteux.statut, douteux.remis_le) == (Statut.INCERTAIN, None)
    assert douteux.reponse == "La base a été restaurée : ce message est peut-être déjà parti."
    assert douteux.essais.get().resultat == Tentative.Resultat.INCERTAIN
    restauration = Restauration.objects.get()
    assert (restauration.inconnus, restauration.levee_le) == (1, None)
    entree = Entree.objects.get(action="courriels.base_restauree")
    assert entree.details["incertains"] == [douteux.pk]
    assert "base restaurée : 1 remises" in caplog.text
    avis = Courriel.objects.get(type="base_restauree")
    for corps in (avis.texte, avis.html):
        assert "un envoi est parti" in " ".join(corps.split())
        assert "incertain" in corps


def test_mail_promised_after_the_restoration_leaves(sauvegarde, settings):
    restaurer(sauvegarde)
    balayer(settings)

    neuf = promettre_courriel()

    assert neuf.a[0] in balayer(settings)
    assert Courriel.objects.get(pk=neuf.pk).remise > Restauration.objects.get().repere


def test_the_same_backup_restored_again_is_seen_again(sauvegarde, settings):
    for _ in range(2):
        restaurer(sauvegarde)
        balayer(settings)
        assert Restauration.objects.count() == 1
        assert Courriel.objects.filter(statut=Statut.INCERTAIN).count() == 1


def test_a_doubtful_mail_is_settled_by_a_person(sauvegarde, settings):
    restaurer(sauvegarde)
    balayer(settings)

    arrive = constater(Courriel.objects.get(statut=Statut.INCERTAIN), arrive=True, par=PAR)

    assert (arrive.statut, arrive.envoye_le is None) == (Statut.ENVOYE, False)


def test_workers_at_once_see_it_once(sauvegarde, settings):
    restaurer(sauvegarde)

    vues = en_parallele(*[constater_une_restauration] * 4)

    assert sum(vue is not None for vue in vues) == 1
    assert Restauration.objects.count() == 1
    assert Courriel.objects.filter(type="base_restauree").count() == 1


@pytest.mark.parametrize("oublier", [oublier_valkey, oublier_le_fichier])
def test_one_copy_of_the_mark_is_enough(sauvegarde, oublier):
    oublier()
    restaurer(sauvegarde)

    assert constater_une_restauration() is not None


def test_without_any_mark_nothing_is_seen_and_a_person_says_it(sauvegarde, settings):
    oublier_valkey()
    oublier_le_fichier()
    restaurer(sauvegarde)

    assert constater_une_restauration() is None
    declarer_une_restauration(par=PAR)

    assert Courriel.objects.get(objet="Attendait à 1 h 15").statut == Statut.INCERTAIN
    assert Restauration.objects.get().inconnus is None
    avis = Courriel.objects.get(type="base_restauree")
    for corps in (avis.texte, avis.html):
        assert "rien ne le dit" in " ".join(corps.split())
    assert "nombre inconnu d'envois" in dire("apres_restauration")
    with pytest.raises(Conflit):
        declarer_une_restauration(par=PAR)


def test_the_command_that_restores_counts_against_the_mark_outside(sauvegarde, settings):
    """`restaurer` declares it in the restored database: the figure is the true one, said once."""
    restaurer(sauvegarde)
    marquer(nom="artjardin-test", lignes=0, par="manage.py restaurer")

    assert Restauration.objects.get().inconnus == 1
    assert "1 envois qu'elle ne connaît pas" in dire("apres_restauration")
    for _ in range(2):
        balayer(settings)
    assert Restauration.objects.count() == 1


def test_the_command_that_restores_says_when_nothing_left_since(sauvegarde, tmp_path):
    restaurer(sauvegarder(tmp_path / "fraiche.dump"))
    marquer(nom="artjardin-test", lignes=0, par="manage.py restaurer")

    assert Restauration.objects.get().inconnus == 0


def test_a_mark_that_came_back_with_the_backup_tells_nothing(sauvegarde, tmp_path):
    restaurer(sauvegarder(tmp_path / "fraiche.dump"))
    declarer_une_restauration(par=PAR)

    assert Restauration.objects.get().inconnus is None


def test_a_mark_found_again_completes_what_was_declared_without_it(sauvegarde, settings):
    base = registre.premier_courriel()
    dehors = repere.lire(base)
    oublier_valkey()
    oublier_le_fichier()
    restaurer(sauvegarde)
    marquer(nom="artjardin-test", lignes=0, par="manage.py restaurer")
    assert Restauration.objects.get().inconnus is None
    repere.avancer(base, dehors)  # Valkey answers again
    neuf = promettre_courriel()

    assert neuf.a[0] in balayer(settings)
    assert Restauration.objects.get().inconnus == 1
    assert Courriel.objects.get(pk=neuf.pk).remise > dehors
    assert Entree.objects.filter(action="courriels.repere_retrouve").count() == 1


def test_the_mark_is_written_before_the_data_leaves(base_partagee, settings):
    """A process killed after the data has left a mark that is not behind."""
    courriel = promettre_courriel()

    balayer(settings, fin="451 plus tard")

    remise = Courriel.objects.get(pk=courriel.pk).remise
    assert remise
    assert repere.lire(courriel.message_id) == remise


@pytest.mark.django_db
def test_a_living_database_is_never_in_doubt(settings):
    assert constater_une_restauration() is None
    for script in ({}, {"fin": "451 plus tard"}, {"rcpt": "550 inconnu"}):
        promettre_courriel()
        balayer(settings, **script)

        assert constater_une_restauration() is None
    oublier_valkey()
    oublier_le_fichier()
    assert constater_une_restauration() is None
    assert not Restauration.objects.exists()


def test_workers_at_once_never_doubt_a_living_database(base_partagee, settings):
    """The mark of a mail that leaves during the comparison is no alarm."""
    for _ in range(30):
        promettre_courriel()

    def envoyer():
        return envoyer_les_courriels(voies=2)

    def comparer():
        return [constater_une_restauration() for _ in range(100)]

    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        en_parallele(envoyer, envoyer, comparer, comparer)

    assert len(serveur.recus) == 30
    assert not Restauration.objects.exists()


@pytest.mark.django_db
def test_another_database_beside_the_same_marks_is_not_in_doubt(settings):
    """Each database has its own mark, named by its first mail."""
    repere.avancer("<ancienne@art-jardin.example>", 5000)

    recu = promettre_courriel()

    assert balayer(settings) == recu.a
    assert not Restauration.objects.exists()


@pytest.mark.django_db
def test_copies_that_cannot_be_written_or_read_delay_no_mail(settings, tmp_path):
    settings.DONNEES = tmp_path / "fichier"
    settings.DONNEES.write_text("ceci n'est pas un dossier", "utf-8")
    ferme = reglages.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": ferme}

    recu = promettre_courriel()

    assert balayer(settings) == recu.a
    assert not Restauration.objects.exists()


@pytest.mark.django_db
def test_a_half_written_file_says_nothing():
    fichier = repere._fichier("<demi@example.org>")
    fichier.parent.mkdir(parents=True, exist_ok=True)
    fichier.write_text("", "ascii")

    assert repere.lire("<demi@example.org>") == 0


@pytest.mark.django_db
def test_it_is_lifted_by_a_person_once():
    declarer_une_restauration(par=PAR)

    (levee,) = lever_la_restauration(par=PAR)

    assert (levee.levee_par, levee.levee_le is None) == (PAR.nom, False)
    assert Entree.objects.filter(action="courriels.restauration_levee").count() == 1
    with pytest.raises(Conflit):
        lever_la_restauration(par=PAR)
