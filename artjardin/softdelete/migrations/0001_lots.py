"""The batches of the trash: what was deleted together, by whom, why, and what became of it."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Lot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("racine_type", models.CharField(max_length=50)),
                ("racine_id", models.BigIntegerField()),
                ("racine_nom", models.CharField(max_length=300)),
                ("motif", models.CharField(blank=True, max_length=300)),
                ("par_nom", models.CharField(max_length=200)),
                ("le", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("comptes", models.JSONField(default=dict)),
                ("restaure_le", models.DateTimeField(null=True, verbose_name="restauré le")),
                ("purge_le", models.DateTimeField(null=True, verbose_name="purgé le")),
                ("purge_comptes", models.JSONField(default=dict)),
                ("revoir_le", models.DateTimeField(null=True, verbose_name="à revoir le")),
                (
                    "par",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "lot de la corbeille",
                "verbose_name_plural": "lots de la corbeille",
                "ordering": ["-id"],
                "default_permissions": (),
                "indexes": [models.Index(fields=["racine_type", "racine_id"], name="lot_racine")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("restaure_le", None), ("purge_le", None), _connector="OR"
                        ),
                        name="lot_un_seul_sort",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("purge_le", None),
                            models.Q(("motif", ""), ("racine_nom", "")),
                            _connector="OR",
                        ),
                        name="lot_purge_anonyme",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lot",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_efface",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="449c6561a1b1c4fc804fd27a3660e8ce34d9a5c5",
                    operation="DELETE",
                    pgid="pgtrigger_jamais_efface_434ca",
                    table="softdelete_lot",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lot",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="90c8d1d7e6601238ee5a487f53e4556e530a15bd",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_2b1d0",
                    table="softdelete_lot",
                    when="BEFORE",
                ),
            ),
        ),
    ]
