"""The index that claims read, in their very order: no sort of what waits. Same rows as before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0004_anciennes_pertes")]

    operations = [
        migrations.AddIndex(
            "courriel",
            models.Index(
                fields=["prochain_essai_le", "id"],
                name="courriel_a_prendre",
                condition=models.Q(statut="en_attente"),
            ),
        ),
        migrations.RemoveIndex("courriel", "courriel_en_attente"),
    ]
