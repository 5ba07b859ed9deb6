"""The firm's row, and the catalogue of a landscaper (prices HT to be adjusted by the office)."""

from decimal import Decimal

from django.db import migrations

PRESTATIONS = [
    ("TONTE", "Tonte de pelouse avec ramassage", "m2", "0.35"),
    ("TONTE-H", "Tonte et finitions au rotofil", "h", "42.00"),
    ("BORDURE", "Reprise de bordures", "m", "2.80"),
    ("TAILLE-H", "Taille de haie, une face et dessus", "m", "7.50"),
    ("TAILLE-A", "Taille d'arbustes d'ornement", "u", "18.00"),
    ("TAILLE-R", "Taille de rosiers", "u", "6.50"),
    ("ELAGAGE", "Élagage d'un arbre de moins de 10 m", "u", "280.00"),
    ("ELAGAGE-G", "Élagage d'un arbre de plus de 10 m par grimpeur", "u", "620.00"),
    ("ABATTAGE", "Abattage avec démontage", "u", "750.00"),
    ("ROGNAGE", "Rognage de souche", "u", "160.00"),
    ("DESHERB", "Désherbage manuel de massifs", "h", "44.00"),
    ("DESHERB-A", "Désherbage mécanique d'allées", "m2", "1.60"),
    ("DEBROUS", "Débroussaillage", "m2", "0.95"),
    ("PLANT-A", "Plantation d'un arbuste, fourniture non comprise", "u", "22.00"),
    ("PLANT-B", "Plantation d'un arbre, fourniture non comprise", "u", "95.00"),
    ("PLANT-H", "Plantation de haie, fourniture comprise", "m", "48.00"),
    ("MASSIF", "Création d'un massif : préparation, paillage, plantation", "m2", "62.00"),
    ("GAZON-S", "Semis de gazon, préparation du sol comprise", "m2", "6.80"),
    ("GAZON-R", "Pose de gazon en rouleaux, fourniture comprise", "m2", "14.50"),
    ("PAILLAGE", "Fourniture et pose de paillage, 8 cm", "m2", "7.20"),
    ("SCARIF", "Scarification et sursemis", "m2", "1.90"),
    ("FEUILLES", "Ramassage de feuilles", "h", "40.00"),
    ("TERRASSE", "Terrasse en pierre sur lit de sable", "m2", "118.00"),
    ("CLOTURE", "Clôture en panneaux rigides, pose comprise", "m", "74.00"),
    ("ARROSAGE", "Arrosage goutte-à-goutte, fourniture et pose", "m", "9.40"),
    ("EVAC", "Évacuation de déchets verts en plateforme agréée", "m3", "38.00"),
    ("DEPL", "Déplacement", "forfait", "25.00"),
    ("ENTRET", "Entretien annuel du jardin, un passage", "forfait", "190.00"),
]


def semer(apps, schema_editor):
    apps.get_model("facturation", "Entreprise").objects.create(pk=1)
    Prestation = apps.get_model("facturation", "Prestation")
    Prestation.objects.bulk_create(
        Prestation(code=code, designation=nom, unite=unite, prix_unitaire=Decimal(prix))
        for code, nom, unite, prix in PRESTATIONS
    )


class Migration(migrations.Migration):
    dependencies = [("facturation", "0001_initial")]
    operations = [migrations.RunPython(semer, migrations.RunPython.noop)]
