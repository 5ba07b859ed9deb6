import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="le",
            field=models.DateField(null=True, verbose_name="date"),
        ),
        migrations.CreateModel(
            name="Archive",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "etat",
                    models.CharField(
                        choices=[
                            ("a_faire", "À archiver"),
                            ("archive", "Archivé"),
                            ("defaut", "En défaut"),
                        ],
                        default="a_faire",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("cle", models.CharField(blank=True, max_length=300, verbose_name="clef")),
                ("version", models.CharField(blank=True, max_length=200)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                (
                    "verrouille_jusqu_au",
                    models.DateTimeField(null=True, verbose_name="verrouillé jusqu'au"),
                ),
                (
                    "archive_le",
                    models.DateTimeField(db_index=True, null=True, verbose_name="archivé le"),
                ),
                (
                    "verifie_le",
                    models.DateTimeField(db_index=True, null=True, verbose_name="vérifié le"),
                ),
                ("essais", models.PositiveSmallIntegerField(default=0)),
                (
                    "prochain_essai_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="prochain essai le"
                    ),
                ),
                ("erreur", models.TextField(blank=True)),
                ("ecartees", models.JSONField(default=list, verbose_name="écartées")),
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="archive",
                        to="storage.document",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("etat", "a_faire")),
                        fields=["prochain_essai_le"],
                        name="archive_a_faire",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("etat", "archive"), _negated=True),
                            models.Q(
                                ("archive_le__isnull", False),
                                ("sha256__regex", "^[0-9a-f]{64}$"),
                                models.Q(("cle", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="archive_relue",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="archive",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_efface",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="4c29fc240e14f5a49d73cadc77a4819c87838e2d",
                    operation="DELETE",
                    pgid="pgtrigger_jamais_efface_70878",
                    table="storage_archive",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="archive",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="62c7249ebd3c57e03675164ac74344f7b7dbf905",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_18b71",
                    table="storage_archive",
                    when="BEFORE",
                ),
            ),
        ),
    ]
