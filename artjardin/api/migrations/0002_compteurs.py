"""Counters of the limits, for while Valkey is down."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Compteur",
            fields=[
                ("clef", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("nombre", models.PositiveIntegerField(default=0)),
                ("fin", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "compteur",
            },
        ),
    ]
