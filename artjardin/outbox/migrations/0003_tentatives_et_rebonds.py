"""Attempts (append-only), bounces, the thread of a message and the hash of what was handed over.

New tables and columns with defaults only: going back drops them.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0002_sujet_et_codes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Rebond",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("adresse", models.CharField(db_index=True, max_length=254)),
                ("le", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("definitif", models.BooleanField(verbose_name="définitif")),
                ("code", models.CharField(blank=True, max_length=20)),
                ("diagnostic", models.TextField(blank=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("imap", "Boîte aux lettres"),
                            ("webhook", "Fournisseur"),
                            ("smtp", "Serveur, à l'envoi"),
                        ],
                        max_length=7,
                    ),
                ),
                ("clef", models.CharField(max_length=300, verbose_name="identifiant du rapport")),
                ("leve_le", models.DateTimeField(blank=True, null=True, verbose_name="levé le")),
            ],
            options={
                "ordering": ["-id"],
                "permissions": [("lever_rebond", "Peut lever un rebond")],
            },
        ),
        migrations.CreateModel(
            name="Tentative",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("debut", models.DateTimeField(verbose_name="début")),
                ("fin", models.DateTimeField()),
                (
                    "resultat",
                    models.CharField(
                        choices=[
                            ("envoye", "Accepté"),
                            ("reporte", "Refusé pour l'instant"),
                            ("echec", "Refusé"),
                            ("incertain", "Sans réponse"),
                            ("abandonne", "Expéditeur arrêté"),
                            ("injoignable", "Relais injoignable"),
                        ],
                        max_length=11,
                        verbose_name="résultat",
                    ),
                ),
                ("reponse", models.TextField(blank=True, verbose_name="réponse du serveur")),
                (
                    "empreinte",
                    models.CharField(blank=True, max_length=64, verbose_name="SHA-256 remis"),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="courriel",
            name="empreinte",
            field=models.CharField(blank=True, max_length=64, verbose_name="SHA-256 remis"),
        ),
        migrations.AddField(
            model_name="courriel",
            name="fil",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="courriel",
            name="signale_le",
            field=models.DateTimeField(blank=True, null=True, verbose_name="signalé le"),
        ),
        migrations.AddIndex(
            model_name="courriel",
            index=models.Index(
                condition=models.Q(("remis_le__isnull", False)),
                fields=["remis_le"],
                name="courriel_remis",
            ),
        ),
        migrations.AddIndex(
            model_name="courriel",
            index=models.Index(
                condition=models.Q(("signale_le", None), ("statut__in", ["echec", "incertain"])),
                fields=["id"],
                name="courriel_a_signaler",
            ),
        ),
        migrations.AddField(
            model_name="rebond",
            name="courriel",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rebonds",
                to="outbox.courriel",
            ),
        ),
        migrations.AddField(
            model_name="rebond",
            name="leve_par",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="levé par",
            ),
        ),
        migrations.AddField(
            model_name="tentative",
            name="courriel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="essais",
                to="outbox.courriel",
            ),
        ),
        migrations.AddIndex(
            model_name="rebond",
            index=models.Index(
                condition=models.Q(("definitif", True), ("leve_le", None)),
                fields=["adresse"],
                name="rebond_en_vigueur",
            ),
        ),
        migrations.AddConstraint(
            model_name="rebond",
            constraint=models.UniqueConstraint(
                fields=("source", "clef", "adresse"), name="rebond_unique"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tentative",
            trigger=pgtrigger.compiler.Trigger(
                name="ajout_seul",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ad5438f50610a322c7ad11d3e320edbd5a785496",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_ajout_seul_870fc",
                    table="outbox_tentative",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tentative",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="3ce8e6a028b5a5ca3f77ac8e835098cf06e93071",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_943c3",
                    table="outbox_tentative",
                    when="BEFORE",
                ),
            ),
        ),
    ]
