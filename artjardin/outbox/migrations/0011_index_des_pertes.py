"""What was not delivered is counted every minute: by indexes that hold nothing else."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("outbox", "0010_requete")]

    operations = [
        AddIndexConcurrently(
            "courriel",
            models.Index(
                fields=["cree_le"],
                name="courriel_non_remis",
                condition=models.Q(statut__in=["echec", "incertain"]),
            ),
        ),
        AddIndexConcurrently(
            "tentative",
            models.Index(
                fields=["fin"], name="tentative_echec", condition=models.Q(resultat="echec")
            ),
        ),
    ]
