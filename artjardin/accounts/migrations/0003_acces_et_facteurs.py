"""Devices, sessions, links, keys of machines and second factors; accounts are never deleted."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Appareil",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("empreinte", models.CharField(max_length=64)),
                ("nom", models.CharField(blank=True, max_length=200)),
                ("premiere_le", models.DateTimeField(default=django.utils.timezone.now)),
                ("derniere_le", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "appareil",
            },
        ),
        migrations.CreateModel(
            name="CleApi",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nom", models.CharField(max_length=80)),
                (
                    "portee",
                    models.CharField(
                        choices=[
                            ("surveillance", "Surveillance (santé, mesures, exécutions)"),
                            ("comptabilite", "Comptabilité (lecture des pièces et des paiements)"),
                        ],
                        max_length=20,
                        verbose_name="portée",
                    ),
                ),
                ("empreinte", models.CharField(max_length=64, unique=True)),
                ("debut", models.CharField(max_length=12, verbose_name="début")),
                (
                    "creee_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="créée le"
                    ),
                ),
                ("expire_le", models.DateTimeField(verbose_name="expire le")),
                ("vue_le", models.DateTimeField(null=True, verbose_name="vue le")),
                ("revoquee_le", models.DateTimeField(null=True, verbose_name="révoquée le")),
            ],
            options={
                "verbose_name": "clé d'API",
                "verbose_name_plural": "clés d'API",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="CodeSecours",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("empreinte", models.CharField(max_length=64)),
                (
                    "cree_le",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("utilise_le", models.DateTimeField(null=True, verbose_name="utilisé le")),
            ],
            options={
                "verbose_name": "code de secours",
                "verbose_name_plural": "codes de secours",
            },
        ),
        migrations.CreateModel(
            name="Facteur",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="The human-readable name of this device.", max_length=64
                    ),
                ),
                (
                    "confirmed",
                    models.BooleanField(default=True, help_text="Is this device ready for use?"),
                ),
                ("secret", models.TextField(editable=False)),
                ("dernier_pas", models.BigIntegerField(default=-1)),
                (
                    "cree_le",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("confirme_le", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "second facteur",
                "verbose_name_plural": "seconds facteurs",
            },
        ),
        migrations.CreateModel(
            name="Lien",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "genre",
                    models.CharField(
                        choices=[("invitation", "Invitation"), ("oubli", "Mot de passe oublié")],
                        max_length=12,
                    ),
                ),
                (
                    "cree_le",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("expire_le", models.DateTimeField()),
                ("utilise_le", models.DateTimeField(null=True, verbose_name="utilisé le")),
                ("annule_le", models.DateTimeField(null=True, verbose_name="annulé le")),
            ],
            options={
                "verbose_name": "lien",
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("session_key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("appareil", models.CharField(blank=True, max_length=200)),
                ("adresse", models.GenericIPAddressField(null=True)),
                ("cree_le", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "vu_le",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="vu le"),
                ),
            ],
            options={
                "verbose_name": "session",
            },
        ),
        migrations.CreateModel(
            name="Verrou",
            fields=[
                ("clef", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("essais", models.PositiveSmallIntegerField(default=0)),
                (
                    "fois",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="verrouillages de suite"
                    ),
                ),
                ("dernier_le", models.DateTimeField(default=django.utils.timezone.now)),
                ("jusqu_a", models.DateTimeField(null=True, verbose_name="jusqu'à")),
            ],
            options={
                "verbose_name": "verrou",
                "verbose_name_plural": "verrous",
            },
        ),
        migrations.AddField(
            model_name="jeton",
            name="adresse",
            field=models.GenericIPAddressField(null=True),
        ),
        migrations.AddField(
            model_name="jeton",
            name="verifie_le",
            field=models.DateTimeField(null=True, verbose_name="dernier code donné le"),
        ),
        migrations.AddField(
            model_name="jeton",
            name="vu_le",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="vu le"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="compte_garde",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="19184d0f579c2282d4ae808319c43b0e0f791ce2",
                    operation="DELETE",
                    pgid="pgtrigger_compte_garde_2dcdd",
                    table="accounts_user",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="appareil",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appareils",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cleapi",
            name="creee_par",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="codesecours",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="codes_secours",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="facteur",
            name="user",
            field=models.ForeignKey(
                help_text="The user that this device belongs to.",
                on_delete=django.db.models.deletion.CASCADE,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="lien",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="liens",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="appareil",
            constraint=models.UniqueConstraint(
                fields=("user", "empreinte"), name="appareil_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="cleapi",
            constraint=models.CheckConstraint(
                condition=models.Q(("nom", ""), _negated=True), name="cle_nommee"
            ),
        ),
        migrations.AddConstraint(
            model_name="codesecours",
            constraint=models.UniqueConstraint(
                fields=("user", "empreinte"), name="code_secours_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="facteur",
            constraint=models.UniqueConstraint(fields=("user", "confirmed"), name="facteur_unique"),
        ),
    ]
