"""The id of the request, task or command that promised a mail: an empty column, dropped going back.

The database has its default too: code from before may go on writing rows while this one starts.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0009_restauration_sans_repere")]

    operations = [
        migrations.AddField(
            "courriel",
            "requete",
            models.CharField(
                "n° de la requête",
                max_length=64,
                default="",
                db_default="",
                blank=True,
                editable=False,
            ),
        ),
    ]
