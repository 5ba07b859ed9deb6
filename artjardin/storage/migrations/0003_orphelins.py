"""What the archive holds and a restored database does not know: numbers not to be given again."""

import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0002_archives"),
    ]

    operations = [
        migrations.CreateModel(
            name="Orphelin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cle", models.CharField(max_length=300, unique=True, verbose_name="clef")),
                ("type", models.CharField(max_length=30)),
                ("numero", models.CharField(max_length=150, verbose_name="numéro")),
                ("client_ref", models.BigIntegerField(null=True, verbose_name="client")),
                ("le", models.DateField(null=True, verbose_name="date")),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("depose_le", models.DateTimeField(verbose_name="archivé le")),
                (
                    "vu_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="vu le"
                    ),
                ),
                ("regle_le", models.DateTimeField(null=True, verbose_name="réglé le")),
                (
                    "regle_par",
                    models.CharField(blank=True, max_length=200, verbose_name="réglé par"),
                ),
                ("motif", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "verbose_name": "document perdu",
                "verbose_name_plural": "documents perdus",
                "ordering": ["cle"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("regle_le", None)),
                        fields=["type", "numero"],
                        name="orphelin_a_regler",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orphelin",
            trigger=pgtrigger.compiler.Trigger(
                name="regle_une_fois",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NOT (OLD."regle_le" IS NULL))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="859bb2d029221d01deccff1bdc81048fc17f5f47",
                    operation="UPDATE",
                    pgid="pgtrigger_regle_une_fois_ec834",
                    table="storage_orphelin",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orphelin",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_efface",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="8df841b89da0ab5904512cdc570ef36761f52e1c",
                    operation="DELETE",
                    pgid="pgtrigger_jamais_efface_03f6d",
                    table="storage_orphelin",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orphelin",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="6804d6d92ee8b7a6d64d1265b161f5f177ed342a",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_ccf39",
                    table="storage_orphelin",
                    when="BEFORE",
                ),
            ),
        ),
    ]
