"""The links of the journal's chain: the table."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Maillon",
            fields=[
                ("rang", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "precedent",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="empreinte précédente"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="empreinte")),
                ("format", models.PositiveSmallIntegerField(default=1)),
                (
                    "entree",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="maillon",
                        to="audit.entree",
                    ),
                ),
            ],
            options={
                "verbose_name": "maillon du journal",
                "verbose_name_plural": "maillons du journal",
                "ordering": ["rang"],
            },
        ),
    ]
