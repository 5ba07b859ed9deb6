"""Where each invoice stands in its reminders, as a view over the ledger."""

import django.db.models.deletion
from django.db import migrations, models

VUE = """
    CREATE VIEW relances_avancement AS
    SELECT r.facture_id, max(n.jours) AS jours, max(r.jour) AS dernier
    FROM relances_relance r JOIN relances_niveau n ON n.id = r.niveau_id
    WHERE r.annulee_le IS NULL GROUP BY r.facture_id
"""


class Migration(migrations.Migration):
    dependencies = [("relances", "0002_niveaux"), ("facturation", "0003_reglement")]
    operations = [
        migrations.RunSQL(VUE, "DROP VIEW relances_avancement"),
        migrations.CreateModel(
            name="Avancement",
            fields=[
                (
                    "facture",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="avancement",
                        serialize=False,
                        to="facturation.facture",
                    ),
                ),
                ("jours", models.PositiveSmallIntegerField()),
                ("dernier", models.DateField()),
            ],
            options={"managed": False, "db_table": "relances_avancement"},
        ),
    ]
