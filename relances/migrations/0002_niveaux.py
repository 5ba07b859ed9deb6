"""The three default levels: J+30, J+45, J+60."""

from django.db import migrations

NIVEAUX = [
    (30, "Rappel amical", "relance_amicale"),
    (45, "Rappel ferme", "relance_ferme"),
    (60, "Mise en demeure", "relance_mise_en_demeure"),
]


def semer(apps, schema_editor):
    Niveau = apps.get_model("relances", "Niveau")
    Niveau.objects.bulk_create(
        Niveau(jours=jours, nom=nom, gabarit=gabarit) for jours, nom, gabarit in NIVEAUX
    )


class Migration(migrations.Migration):
    dependencies = [("relances", "0001_initial")]
    operations = [migrations.RunPython(semer, migrations.RunPython.noop)]
