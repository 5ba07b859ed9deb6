"""What every model of the trash must hold to, today's and tomorrow's."""

import pytest
from django.db import models

from artjardin.softdelete.models import Supprimable
from artjardin.softdelete.parcours import liens, modeles
from chantiers.models import Chantier, Intervention
from clients.models import Client
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client


def test_models_come_parents_first():
    rangs = {modele: rang for rang, modele in enumerate(modeles())}

    for modele in modeles():
        for _, parent in liens(modele):
            assert rangs[parent] <= rangs[modele]


def test_no_model_of_the_trash_has_a_file_that_a_purge_would_leave_behind():
    """Whoever adds photos to a site has the purge delete them, then says so here."""
    for modele in modeles():
        dessous = [relation.related_model for relation in modele._meta.related_objects]
        for un in {modele, *dessous}:
            fichiers = [c for c in un._meta.get_fields() if isinstance(c, models.FileField)]
            assert fichiers == [], un


@pytest.mark.django_db
def test_every_column_of_a_client_and_of_a_site_is_cleared_or_said_harmless():
    anodins = {
        Client: {"id", "code", "type", "delai_jours", "fin_de_mois", "exclusion_le",
                 "exclusion_fin", "cree_le", "anonymise_le", "recherche", "nom_tri"},
        Chantier: {"id", "client", "statut", "responsable", "cree_le"},
        Intervention: {"id", "chantier", "employe", "prevu_debut", "prevu_fin", "debut", "fin",
                       "statut", "validee_par"},
    }  # fmt: skip
    fabriques = {Client: creer_client, Chantier: creer_chantier, Intervention: creer_intervention}
    trash = {champ.name for champ in Supprimable._meta.get_fields()}
    for modele, tus in anodins.items():
        une = fabriques[modele]()
        textes = {c.name for c in modele._meta.concrete_fields} - tus - trash
        modele.tous.filter(pk=une.pk).update(
            **dict.fromkeys(textes - {"siret", "telephone"}, "Durand")
        )
        modele.tous.filter(pk=une.pk).anonymiser()
        apres = modele.tous.values(*textes).get(pk=une.pk)
        assert "Durand" not in apres.values()
