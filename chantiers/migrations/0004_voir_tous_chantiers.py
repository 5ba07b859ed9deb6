"""The permission to see every site and intervention; others see those they work on."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("chantiers", "0003_intitules"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="chantier",
            options={
                "ordering": ["-id"],
                "permissions": [
                    ("voir_tous_chantiers", "Peut voir tous les chantiers et interventions"),
                ],
            },
        ),
    ]
