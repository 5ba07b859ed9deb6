"""A quote has one living invoice, also when a draft comes back from the trash."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("facturation", "0004_intitules")]
    operations = [
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.UniqueConstraint(
                condition=models.Q(("supprime_le", None), ("type", "facture")),
                fields=("devis",),
                name="facture_un_devis_une_facture",
                violation_error_message="Ce devis est déjà facturé.",
            ),
        ),
    ]
