"""The kinds of work of a landscaper."""

from django.db import migrations

NOMS = [
    "Abattage", "Arrosage automatique", "Clôture", "Débroussaillage", "Désherbage", "Élagage",
    "Engazonnement", "Évacuation de déchets verts", "Maçonnerie paysagère", "Plantation",
    "Ramassage de feuilles", "Scarification", "Taille de haies", "Terrasse", "Tonte",
]  # fmt: skip


def semer(apps, schema_editor):
    TypeService = apps.get_model("chantiers", "TypeService")
    TypeService.objects.bulk_create(TypeService(nom=nom) for nom in NOMS)


class Migration(migrations.Migration):
    dependencies = [("chantiers", "0001_initial")]
    operations = [migrations.RunPython(semer, migrations.RunPython.noop)]
