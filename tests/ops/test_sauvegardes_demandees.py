"""Backups that a person asked for are made by tasks, in their name."""

import pytest

from artjardin.audit.models import Entree
from artjardin.sauvegardes.models import Sauvegarde
from ops import tasks

pytest_plugins = ["tests.artjardin.sauvegardes"]
pytestmark = pytest.mark.django_db


def test_tasks_asked_for_by_a_person_are_made_in_their_name(atelier, patron):
    tasks.lancer_une_sauvegarde(patron.pk)
    sauvegarde = Sauvegarde.objects.get()
    tasks.verifier_une_sauvegarde(sauvegarde.pk, patron.pk)

    assert (sauvegarde.etat, sauvegarde.motif) == ("verifiee", "demande")
    verifiees = Entree.objects.filter(action="sauvegarde.verifiee", acteur=patron)
    assert verifiees.count() == 2
