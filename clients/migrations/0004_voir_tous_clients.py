"""The permission to see every client, and all of it; others see those they work for."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0003_anonymisation"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="client",
            options={
                "ordering": ["nom_tri", "id"],
                "permissions": [
                    ("importer_client", "Peut importer des clients"),
                    ("voir_tous_clients", "Peut voir tous les clients, et tout d'eux"),
                ],
            },
        ),
    ]
