import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type", models.CharField(max_length=30)),
                ("objet_type", models.CharField(max_length=50)),
                ("objet_id", models.BigIntegerField()),
                ("client_ref", models.BigIntegerField(db_index=True, verbose_name="client")),
                ("cle", models.CharField(max_length=250, unique=True, verbose_name="clef")),
                ("nom", models.CharField(max_length=150, verbose_name="nom du fichier")),
                ("contexte", models.JSONField(default=dict)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("taille", models.PositiveBigIntegerField(default=0)),
                (
                    "cree_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="créé le"
                    ),
                ),
                ("produit_le", models.DateTimeField(null=True, verbose_name="produit le")),
                ("essais", models.PositiveSmallIntegerField(default=0)),
                ("erreur", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["objet_type", "objet_id"], name="document_objet"),
                    models.Index(
                        condition=models.Q(("sha256", "")),
                        fields=["id"],
                        name="document_a_produire",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("produit_le", None), ("sha256", "")),
                            models.Q(
                                ("sha256__regex", "^[0-9a-f]{64}$"),
                                ("taille__gt", 0),
                                ("produit_le__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="document_produit_entier",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="document",
            trigger=pgtrigger.compiler.Trigger(
                name="produit_fige",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT (OLD.\"sha256\" = ''))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="a772fdd127e54a395d7e5a10efef26fb26b4fe18",
                    operation="UPDATE",
                    pgid="pgtrigger_produit_fige_9a1ca",
                    table="storage_document",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="document",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_efface",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="4e97d7bfb8a77d7bb14b8eb18f74b68c3a5b3824",
                    operation="DELETE",
                    pgid="pgtrigger_jamais_efface_979d4",
                    table="storage_document",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="document",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="ab18a14415b88c7bfb32d4e17b792e44c6669a01",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_5e942",
                    table="storage_document",
                    when="BEFORE",
                ),
            ),
        ),
    ]
