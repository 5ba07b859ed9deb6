"""A token tells apart the second factor shown and the last fresh code or password."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_sessions_d_avant"),
    ]

    operations = [
        migrations.AddField(
            model_name="jeton",
            name="code_le",
            field=models.DateTimeField(
                null=True, verbose_name="dernier code ou mot de passe donné le"
            ),
        ),
        migrations.AlterField(
            model_name="jeton",
            name="verifie_le",
            field=models.DateTimeField(null=True, verbose_name="second facteur montré le"),
        ),
    ]
