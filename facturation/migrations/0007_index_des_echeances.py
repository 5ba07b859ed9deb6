"""The due dates of every invoice, deposits and situations included; built without a lock."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("facturation", "0006_documents")]
    operations = [
        RemoveIndexConcurrently("facture", "facture_echeance"),
        AddIndexConcurrently(
            "facture",
            models.Index(
                fields=["echeance"],
                name="facture_echeance",
                condition=models.Q(("statut", "emise"), models.Q(("type", "avoir"), _negated=True)),
            ),
        ),
    ]
