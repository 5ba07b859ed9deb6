"""An event may have no blind copy at all, not even the server's. Reversible."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("facturation", "0012_envois_par_defaut")]

    operations = [
        migrations.AddField(
            model_name="evenement",
            name="sans_copie",
            field=models.BooleanField(
                default=False,
                help_text="Pas même celles du serveur.",
                verbose_name="sans copie cachée",
            ),
        ),
    ]
