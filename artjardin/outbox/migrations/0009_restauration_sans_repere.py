"""A restoration may be declared when no mark outside the database is left to count against.

Going back takes such a one for "nothing left since", which is what it was written as before.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0008_reponses_effacables"),
    ]

    operations = [
        migrations.AlterField(
            model_name="restauration",
            name="repere",
            field=models.BigIntegerField(
                null=True, verbose_name="dernière remise connue hors de la base"
            ),
        ),
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "UPDATE outbox_restauration SET repere = connu WHERE repere IS NULL",
        ),
    ]
