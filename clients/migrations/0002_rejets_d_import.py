"""Codes refused at import, so that the import of invoices can say why a client is missing."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="RejetImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=200, unique=True)),
                ("raison", models.CharField(max_length=30)),
                ("fichier", models.CharField(max_length=200)),
                (
                    "importe_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="importé le"
                    ),
                ),
            ],
            options={
                "verbose_name": "client rejeté à l'import",
                "verbose_name_plural": "clients rejetés à l'import",
                "default_permissions": (),
            },
        ),
    ]
