"""An import and the rest of the office: its transaction is long, and holds nobody's commit."""

from django.db import connection, transaction

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from artjardin.audit.verification import controler
from clients.importation import importer_clients
from clients.models import Client
from tests.clients.factories import creer_client
from tests.clients.fils import en_parallele
from tests.variantes import CLIENTS

PAR = systeme("test")


def test_another_commit_that_journals_passes_while_an_import_is_open(base_partagee):
    client = creer_client()

    def journaliser():
        with connection.cursor() as curseur:
            curseur.execute("SET lock_timeout = '3s'")
        with transaction.atomic():
            consigner(client, "client.essai", par=PAR)
        return "passé"

    with transaction.atomic():
        rapport = importer_clients(CLIENTS, fichier="clients.csv", par=PAR)
        assert en_parallele(journaliser) == ["passé"]

    assert Client.objects.count() == len(rapport.acceptes)
    assert Entree.objects.filter(action="client.import").exists()
    assert controler().anomalies == []
