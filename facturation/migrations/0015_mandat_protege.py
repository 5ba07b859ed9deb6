"""A mandate does not vanish with its client by itself: the purge deletes it, by rule, and counts."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("facturation", "0014_recherche_du_destinataire"),
        ("clients", "0003_anonymisation"),
    ]

    operations = [
        migrations.AlterField(
            model_name="mandatprelevement",
            name="client",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mandat",
                to="clients.client",
            ),
        ),
    ]
