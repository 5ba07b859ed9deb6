"""The minute sweep, as the worker runs it."""

import pytest

from artjardin.outbox import tasks
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from tests.artjardin.factories import promettre_courriel, promettre_pdf
from tests.artjardin.serveurs import serveur_smtp
from tests.artjardin.test_outbox_promesse import gabarit  # noqa: F401


@pytest.mark.django_db
@pytest.mark.usefixtures("gabarit")
def test_one_sweep_makes_every_document_and_sends_every_mail(monkeypatch, settings):
    monkeypatch.setattr(tasks, "TRANCHE", 2)
    for _ in range(5):
        promettre_courriel(pieces=[promettre_pdf()])

    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        tasks.balayer()

    assert not Document.objects.filter(sha256="").exists()
    assert set(Courriel.objects.values_list("statut", flat=True)) == {"envoye"}
    assert len(serveur.recus) == 5
