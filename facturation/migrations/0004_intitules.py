from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("facturation", "0003_reglement"),
    ]

    operations = [
        migrations.AlterField(
            model_name="devis",
            name="motif_refus",
            field=models.CharField(
                blank=True, editable=False, max_length=300, verbose_name="motif du refus"
            ),
        ),
    ]
