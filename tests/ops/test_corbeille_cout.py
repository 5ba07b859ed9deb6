"""What the trash asks of the database, and the batches of before it had rows for them."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from artjardin.softdelete.models import Lot
from artjardin.softdelete.services import restaurer, supprimer
from clients.models import Client
from tests.chantiers.factories import LUNDI_8H, creer_chantier, creer_employe, creer_intervention
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_brouillon, creer_devis
from tests.ops.corbeille import jeter
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db
ANCIENS = import_module("artjardin.softdelete.migrations.0002_lots_anciens").LOTS


def famille(enfants):
    client, employe = creer_client(), creer_employe()
    for rang in range(enfants):
        chantier = creer_chantier(client=client)
        debut = LUNDI_8H + rang * timedelta(days=1)
        creer_intervention(chantier=chantier, employe=employe, prevu_debut=debut)
        creer_devis(client=client, chantier=chantier)
        creer_brouillon(client=client, chantier=chantier)
    return client


def compter(geste):
    with CaptureQueriesContext(connection) as requetes:
        geste()
    return len(requetes)


def test_a_large_batch_asks_as_many_questions_as_a_small_one():
    petite, grande = famille(2), famille(9)

    partir = [compter(lambda c=c: supprimer(c, par=PAR)) for c in (petite, grande)]
    revenir = [compter(lambda c=c: restaurer(c, par=PAR)) for c in (petite, grande)]

    assert partir[0] == partir[1] <= 40
    assert revenir[0] == revenir[1] <= 45


def test_the_batches_of_before_are_found_in_the_journal():
    partie = jeter(famille(2), motif="Doublon")
    revenue = jeter(famille(1))
    restaurer(client_de(revenue), par=PAR)
    attendus = lots()
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        curseur.execute("ALTER TABLE softdelete_lot DISABLE TRIGGER USER")
        curseur.execute("DELETE FROM softdelete_lot")
        for colonne, defaut in (("passage", "0"), ("renonce", "'[]'")):  # columns of later
            curseur.execute(f"ALTER TABLE softdelete_lot ALTER {colonne} SET DEFAULT {defaut}")
        curseur.execute(ANCIENS)
        curseur.execute(ANCIENS)  # twice does nothing more
        curseur.execute("ALTER TABLE softdelete_lot ENABLE TRIGGER USER")

    assert lots() == attendus
    assert restaurer(client_de(partie), par=PAR)["chantiers.chantier"] == 2


def client_de(lot):
    return Client.tous.get(pk=lot.racine_id)


def lots():
    champs = ["uuid", "racine_type", "racine_id", "racine_nom", "motif", "par_nom", "comptes"]
    return [
        (*ligne, restaure is not None)
        for *ligne, restaure in Lot.objects.order_by("racine_id").values_list(
            *champs, "restaure_le"
        )
    ]
