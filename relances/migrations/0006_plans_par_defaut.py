"""One plan for each type of client, with the levels there were; the settings row.

Undone, the levels of the other plans go; refused by the database when reminders name them.
"""

from django.db import migrations

PLANS = [
    ("Particuliers", "particulier"),
    ("Professionnels", "professionnel"),
    ("Syndics", "syndic"),
]
TONS = {
    "relance_amicale": "amical",
    "relance_ferme": "ferme",
    "relance_mise_en_demeure": "mise_en_demeure",
}
CANAUX = {"mise_en_demeure": "les_deux"}
COPIES = ("jours", "nom", "gabarit", "actif", "ton", "canal", "delai_minimum")


def semer(apps, schema_editor):
    Niveau = apps.get_model("relances", "Niveau")
    Plan = apps.get_model("relances", "PlanDeRelance")
    apps.get_model("relances", "Reglages").objects.get_or_create(pk=1)
    premier, *autres = [Plan.objects.create(nom=nom, type_client=genre) for nom, genre in PLANS]
    for niveau in Niveau.objects.order_by("jours"):
        niveau.plan = premier
        niveau.ton = TONS.get(niveau.gabarit, "amical")
        niveau.canal = CANAUX.get(niveau.ton, "courriel")
        niveau.delai_minimum = max(7, niveau.delai_minimum)
        niveau.save()
        copie = {champ: getattr(niveau, champ) for champ in COPIES}
        Niveau.objects.bulk_create(Niveau(plan=plan, **copie) for plan in autres)


def retirer(apps, schema_editor):
    gabarits = {ton: gabarit for gabarit, ton in TONS.items()}
    Niveau = apps.get_model("relances", "Niveau")
    Niveau.objects.exclude(plan__type_client="particulier").delete()
    for niveau in Niveau.objects.all():
        niveau.gabarit, niveau.plan = gabarits[niveau.ton], None
        niveau.save()
    apps.get_model("relances", "PlanDuClient").objects.all().delete()
    apps.get_model("relances", "PlanDeRelance").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("relances", "0005_plans_et_suspensions")]
    operations = [migrations.RunPython(semer, retirer)]
