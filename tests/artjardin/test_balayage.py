"""The minute sweep, as the worker runs it."""

import pytest
from django.utils import timezone

from artjardin.outbox import tasks
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from relances.services import relancer
from tests.clients.factories import creer_client
from tests.relances.factories import PAR, facture_due


@pytest.mark.django_db
def test_one_sweep_makes_every_document_and_sends_every_mail(monkeypatch):
    monkeypatch.setattr(tasks, "TRANCHE", 2)
    for rang in range(3):
        facture_due(creer_client(nom=f"N{rang}"), retard=40, au=timezone.localdate())
    relancer(jour=timezone.localdate(), par=PAR)

    tasks.balayer()

    assert not Document.objects.filter(sha256="").exists()
    assert set(Courriel.objects.values_list("statut", flat=True)) == {"envoye"}
