"""What has been settled of each invoice, as a view: one rule for lists and for the whole table."""

import django.db.models.deletion
from django.db import migrations, models

VUE = """
    CREATE VIEW facturation_reglement AS
    SELECT facture_id, sum(montant) AS montant FROM (
        SELECT facture_id, montant FROM facturation_imputation
        UNION ALL
        SELECT origine_id, total_ttc FROM facturation_facture
        WHERE statut = 'emise' AND origine_id IS NOT NULL
    ) mouvements GROUP BY facture_id
"""


class Migration(migrations.Migration):
    dependencies = [("facturation", "0002_catalogue")]
    operations = [
        migrations.RunSQL(VUE, "DROP VIEW facturation_reglement"),
        migrations.CreateModel(
            name="Reglement",
            fields=[
                (
                    "facture",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="reglement",
                        serialize=False,
                        to="facturation.facture",
                    ),
                ),
                ("montant", models.DecimalField(decimal_places=2, max_digits=12)),
            ],
            options={"managed": False, "db_table": "facturation_reglement"},
        ),
    ]
