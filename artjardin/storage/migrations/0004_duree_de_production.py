"""The time that each PDF took to be drawn; unknown for those made before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("storage", "0003_orphelins")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="duree_ms",
            field=models.PositiveIntegerField(
                "durée de production (ms)", editable=False, null=True
            ),
        ),
    ]
