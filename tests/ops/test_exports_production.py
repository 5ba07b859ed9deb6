"""Exports that die, stumble, wait or grow old: no half file, and every row says why."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from artjardin.accounts.auteur import personne, systeme
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Indisponible, Invalide
from ops.exports import production, services
from ops.exports.fichiers import dossier, fichier
from ops.exports.production import produire
from ops.exports.tables import PAR_NOM
from ops.models import ESSAIS_MAX, Export
from tests.clients.factories import creer_client
from tests.facturation.factories import ROBOT
from tests.ops.exports import faire, lire_csv, lu, tout

pytestmark = pytest.mark.django_db


@contextmanager
def peu_de_place(octets: int):
    """A disk that refuses what exceeds this size."""
    avant = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, avant[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, avant)


@pytest.fixture
def fait(patron) -> Export:
    return tout(patron)


def test_a_full_disk_is_said_in_french_and_leaves_nothing(patron):
    with peu_de_place(4096):
        export = tout(patron)

    assert (export.etat, export.taille, export.nom) == ("echec", 0, "")
    assert "plus assez de place sur le disque" in export.erreur
    assert list(dossier().iterdir()) == []
    assert Entree.objects.filter(action="export.echec", objet_id=export.pk).exists()
    assert tout(patron).etat == "pret"


def test_a_full_disk_refuses_the_csv_of_a_table(patron):
    creer_client(notes="x" * 9000)
    avant = Entree.objects.count()

    with peu_de_place(4096), pytest.raises(Indisponible, match="place"):
        services.ouvrir_une_table(PAR_NOM["clients"], par=personne(patron))
    assert Entree.objects.count() == avant


def test_a_folder_that_cannot_be_written_is_said(patron, settings, tmp_path):
    settings.DONNEES_EXPORTS = tmp_path / "fichier"
    settings.DONNEES_EXPORTS.write_text("")

    export = tout(patron)
    assert export.etat == "echec"
    assert "ne s'écrit pas" in export.erreur


def test_an_unforeseen_error_is_on_the_row_and_raised(patron, monkeypatch):
    export = services.exporter_tout(par=personne(patron))

    def casser(*_):
        raise RuntimeError("nom du client : Martin")

    monkeypatch.setattr(production, "ecrire_tout", casser)
    with pytest.raises(RuntimeError):
        produire(export.pk)

    export.refresh_from_db()
    assert export.etat == "echec"
    assert "RuntimeError" in export.erreur
    assert "Martin" not in export.erreur
    assert list(dossier().iterdir()) == []


def test_an_error_of_the_disk_that_is_not_its_size_is_raised(patron, monkeypatch):
    export = services.exporter_tout(par=personne(patron))

    def casser(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(production, "ecrire_tout", casser)
    with pytest.raises(OSError, match="Input/output"):
        produire(export.pk)


def test_one_export_of_a_kind_at_a_time_for_each_person(patron, comptable):
    premier = services.exporter_tout(par=personne(patron))

    with pytest.raises(Conflit) as refus:
        services.exporter_tout(par=personne(patron))
    assert refus.value.code == "export_en_cours"
    assert Export.objects.get() == premier
    services.exporter_tout(par=personne(comptable))
    services.exporter_les_ventes(du=date(2026, 1, 1), au=date(2026, 1, 31), par=personne(patron))
    faire(premier)
    assert services.exporter_tout(par=personne(patron)).etat == "demande"


def test_a_period_the_wrong_way_round_is_refused(auteur):
    with pytest.raises(Invalide):
        services.exporter_les_ventes(du=date(2026, 2, 1), au=date(2026, 1, 1), par=auteur)
    assert not Export.objects.exists()


def test_what_is_made_is_not_made_again(fait):
    avant = fichier(fait.pk).stat()
    produire(fait.pk)

    assert fichier(fait.pk).stat().st_mtime_ns == avant.st_mtime_ns
    assert Export.objects.get().essais == 1


def test_an_export_whose_process_died_is_taken_again(fait):
    Export.objects.update(etat="en_cours", sha256="", taille=0)

    assert services.a_reprendre() == [fait.pk]
    fait.refresh_from_db()
    assert (fait.etat, fait.erreur) == ("interrompu", "Interrompu, il sera repris.")
    assert Entree.objects.filter(action="export.interrompu").count() == 1
    assert faire(fait).etat == "pret"
    assert (fait.essais, fait.erreur) == (2, "")
    assert lu(fait).manifeste["clients"] == 0
    assert services.a_reprendre() == []


def test_a_second_delivery_after_a_death_takes_it_again_without_the_sweep(fait):
    Export.objects.update(etat="en_cours")

    assert faire(fait).etat == "pret"
    assert fait.essais == 2


def test_an_export_that_dies_every_time_is_given_up(fait):
    Export.objects.update(etat="en_cours", essais=ESSAIS_MAX)

    assert services.a_reprendre() == []
    fait.refresh_from_db()
    assert fait.etat == "echec"
    assert "3 fois" in fait.erreur
    Export.objects.update(etat="en_cours")
    assert faire(fait).etat == "echec"


def test_an_export_nobody_heard_of_is_begun_by_the_sweep(patron):
    export = services.exporter_tout(par=personne(patron))

    assert services.a_reprendre() == []
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert services.a_reprendre() == [export.pk]


def test_a_file_is_kept_a_day_then_goes_and_the_row_stays(fait):
    with time_machine.travel(fait.expire_le - timedelta(minutes=1)):
        assert services.oublier_les_perimes() == 0
        services.ouvrir(fait, par=systeme("test")).close()
    with time_machine.travel(fait.expire_le + timedelta(minutes=1)):
        with pytest.raises(Conflit, match="n'est plus gardé"):
            services.ouvrir(fait, par=systeme("test"))
        assert services.oublier_les_perimes() == 1
        assert services.oublier_les_perimes() == 0

    fait.refresh_from_db()
    assert (fait.etat, fait.sha256 != "") == ("oublie", True)
    assert Entree.objects.filter(action="export.efface", acteur_nom="système (exports)").exists()


def test_forgetting_removes_the_file_once_committed(fait, django_capture_on_commit_callbacks):
    with time_machine.travel(fait.expire_le), django_capture_on_commit_callbacks(execute=True):
        assert fichier(fait.pk).exists()
        services.oublier_les_perimes()

    assert not fichier(fait.pk).exists()


def test_only_one_sweep_forgets_an_export(fait):
    perime = Export.objects.get()
    perime.oublier()
    perime.save()

    assert services._oublier(fait) is False
    assert not Entree.objects.filter(action="export.efface").exists()


def test_what_killed_processes_left_is_removed_and_nothing_else(fait):
    reste = dossier() / f"export-{fait.pk}.fichier.partiel"
    orphelin = dossier() / "export-999999.fichier"
    autre = dossier() / "notes.txt"
    for chemin in (reste, orphelin, autre):
        chemin.write_bytes(b"x")
    services.oublier_les_perimes()

    assert {chemin.name for chemin in dossier().iterdir()} == {
        fichier(fait.pk).name, "notes.txt",
    }  # fmt: skip


def test_a_file_on_another_machine_is_said_and_an_altered_one_too(fait):
    fichier(fait.pk).write_bytes(b"court")
    with pytest.raises(Indisponible) as altere:
        services.ouvrir(fait, par=ROBOT)
    fichier(fait.pk).unlink()
    with pytest.raises(Indisponible) as ailleurs:
        services.ouvrir(fait, par=ROBOT)

    assert (altere.value.code, ailleurs.value.code) == ("export_altere", "export_ailleurs")
    assert "DONNEES/exports" in ailleurs.value.message
    assert not Entree.objects.filter(action="export.telecharge").exists()


def test_what_has_no_file_says_why(patron):
    export = services.exporter_tout(par=personne(patron))
    attend = export.sans_fichier
    export.commencer()
    export.echouer("Disque plein.")

    assert attend == "Cet export n'est pas encore prêt."
    assert export.sans_fichier == "Cet export a échoué : Disque plein."


def test_the_csv_of_a_table_is_whole_and_journaled(auteur):
    client = creer_client(nom="-Durand")
    with services.ouvrir_une_table(PAR_NOM["clients"], par=auteur) as flux:
        (ligne,) = lire_csv(flux.read())

    assert (ligne["id"], ligne["nom"]) == (str(client.pk), "-Durand")
    entree = Entree.objects.get(action="table.exportee")
    assert entree.details == {"table": "clients", "lignes": 1}
