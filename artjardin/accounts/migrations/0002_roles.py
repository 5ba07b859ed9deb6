"""The three groups of design §6; their permissions follow after each migrate (ops.roles)."""

from django.db import migrations


def semer(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for nom in ("patron", "employe", "comptable"):
        Group.objects.get_or_create(name=nom)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(semer, migrations.RunPython.noop)]
