"""The entries that tell the states of rows, found at once; the salts of what is masked in them."""

import django.contrib.postgres.functions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_enchainer"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Sel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("objet_type", models.CharField(max_length=50)),
                ("objet_id", models.CharField(max_length=50)),
                (
                    "sel",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(), editable=False
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="entree",
            index=models.Index(
                condition=models.Q(("details__has_key", "etats")),
                fields=["id"],
                name="entree_etats",
            ),
        ),
        migrations.AddConstraint(
            model_name="sel",
            constraint=models.UniqueConstraint(
                fields=("objet_type", "objet_id"), name="sel_unique"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sel",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_change",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="c47f322a2774046e7ece58fba1c584d64af5b970",
                    operation="UPDATE",
                    pgid="pgtrigger_jamais_change_3a497",
                    table="audit_sel",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sel",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="f9df52389d64ee8898aa3e7bd8c1026a36b238ad",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_c81db",
                    table="audit_sel",
                    when="BEFORE",
                ),
            ),
        ),
    ]
