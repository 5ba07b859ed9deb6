"""A number for each hand-over of mail, and the restorations that it makes visible.

A new table, a sequence and an empty column: going back drops them.
"""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0006_sujets_anciens")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE outbox_remise", "DROP SEQUENCE outbox_remise"),
        migrations.AddField(
            "courriel",
            "remise",
            models.BigIntegerField("n° de la remise", null=True, blank=True, editable=False),
        ),
        migrations.AddIndex(
            "courriel",
            models.Index(
                fields=["remise"],
                name="courriel_remise",
                condition=models.Q(remise__isnull=False),
            ),
        ),
        migrations.CreateModel(
            name="Restauration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("le", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "repere",
                    models.BigIntegerField(verbose_name="dernière remise connue hors de la base"),
                ),
                (
                    "connu",
                    models.BigIntegerField(verbose_name="dernière remise connue de la base"),
                ),
                (
                    "levee_le",
                    models.DateTimeField(blank=True, null=True, verbose_name="levée le"),
                ),
                (
                    "levee_par",
                    models.CharField(blank=True, max_length=200, verbose_name="levée par"),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        name="restauration_levee_par",
                        condition=models.Q(levee_le=None) | ~models.Q(levee_par=""),
                    )
                ],
            },
        ),
    ]
