"""A client whose personal data were cleared, when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0002_rejets_d_import"),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="anonymise_le",
            field=models.DateTimeField(editable=False, null=True, verbose_name="anonymisé le"),
        ),
    ]
