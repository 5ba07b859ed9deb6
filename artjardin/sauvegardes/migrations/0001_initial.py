import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Sauvegarde",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nom", models.CharField(max_length=60, unique=True)),
                (
                    "motif",
                    models.CharField(
                        choices=[
                            ("quotidienne", "Quotidienne"),
                            ("migration", "Avant une migration"),
                            ("demande", "À la demande"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "etat",
                    models.CharField(
                        choices=[
                            ("faite", "Faite, pas encore vérifiée"),
                            ("verifiee", "Vérifiée : restaurée et contrôlée"),
                            ("refusee", "Refusée par l'exercice"),
                            ("alteree", "Altérée"),
                            ("supprimee", "Supprimée par la rétention"),
                        ],
                        default="faite",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("faite_le", models.DateTimeField(db_index=True, verbose_name="faite le")),
                ("duree", models.DurationField(verbose_name="durée")),
                ("taille", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("manifeste", models.JSONField()),
                ("locale", models.BooleanField(default=True, verbose_name="copie locale")),
                ("distante", models.BooleanField(default=False, verbose_name="copie hors site")),
                (
                    "version",
                    models.CharField(blank=True, max_length=250, verbose_name="version hors site"),
                ),
                (
                    "verrouillee_jusqu_au",
                    models.DateTimeField(null=True, verbose_name="verrouillée jusqu'au"),
                ),
                ("verifiee_le", models.DateTimeField(null=True, verbose_name="vérifiée le")),
                ("relue_le", models.DateTimeField(null=True, verbose_name="relue le")),
                ("rapport", models.JSONField(default=dict)),
                ("erreur", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "sauvegarde",
                "ordering": ["-faite_le"],
                "permissions": [("lancer_sauvegarde", "Peut lancer et vérifier une sauvegarde")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("etat", "verifiee"), _negated=True),
                            ("verifiee_le__isnull", False),
                            _connector="OR",
                        ),
                        name="sauvegarde_verifiee_le",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("etat", "supprimee"),
                            ("locale", True),
                            ("distante", True),
                            _connector="OR",
                        ),
                        name="sauvegarde_quelque_part",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$"), ("taille__gt", 0)),
                        name="sauvegarde_entiere",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sauvegarde",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_effacee",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="e20a877ab97bab91e13893b947b237f4fe33d105",
                    operation="DELETE",
                    pgid="pgtrigger_jamais_effacee_3cd13",
                    table="sauvegardes_sauvegarde",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sauvegarde",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="ae97656029dc2af2a062901afa2c5d699d2ef887",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_d89af",
                    table="sauvegardes_sauvegarde",
                    when="BEFORE",
                ),
            ),
        ),
    ]
