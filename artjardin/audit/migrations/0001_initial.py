import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Execution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tache", models.CharField(max_length=80, verbose_name="tâche")),
                (
                    "debut",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="début"
                    ),
                ),
                ("fin", models.DateTimeField(null=True)),
                (
                    "resultat",
                    models.CharField(
                        choices=[
                            ("en_cours", "En cours"),
                            ("reussi", "Réussi"),
                            ("partiel", "Partiel"),
                            ("echec", "Échec"),
                        ],
                        default="en_cours",
                        max_length=10,
                        verbose_name="résultat",
                    ),
                ),
                ("compteurs", models.JSONField(default=dict)),
                ("erreur", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "exécution",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["tache", "-debut"], name="execution_tache")],
            },
        ),
        migrations.CreateModel(
            name="Entree",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "le",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, editable=False
                    ),
                ),
                ("acteur_nom", models.CharField(max_length=200)),
                ("action", models.CharField(max_length=80)),
                ("objet_type", models.CharField(max_length=50)),
                ("objet_id", models.BigIntegerField(null=True)),
                ("objet_nom", models.CharField(max_length=300)),
                ("avant", models.JSONField(default=dict)),
                ("apres", models.JSONField(default=dict)),
                ("details", models.JSONField(default=dict)),
                ("adresse", models.GenericIPAddressField(null=True)),
                ("requete", models.CharField(blank=True, max_length=64)),
                (
                    "acteur",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "entrée du journal",
                "verbose_name_plural": "journal",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["objet_type", "objet_id"], name="entree_objet")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="entree",
            trigger=pgtrigger.compiler.Trigger(
                name="ajout_seul",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="bd5fe2e2e8cd8c23b9dc79ddc02f551931e1e720",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_ajout_seul_c94ce",
                    table="audit_entree",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="entree",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="6700feb155c2598e02caf72811e7ab8af1418179",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_72a61",
                    table="audit_entree",
                    when="BEFORE",
                ),
            ),
        ),
    ]
