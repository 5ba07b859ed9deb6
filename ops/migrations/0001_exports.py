"""Exports and their files; the accounts of the sales journal, with those of the PCG."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


# Code, use, number, label
COMPTES = [
    ("client", "Clients (avec un compte auxiliaire par client)", "411000", "Clients"),
    ("acompte", "Acomptes facturés", "419100", "Clients, avances et acomptes reçus"),
    ("vente_20", "Ventes à 20 %", "706020", "Prestations de services, TVA 20 %"),
    ("vente_10", "Ventes à 10 %", "706010", "Prestations de services, TVA 10 %"),
    ("vente_5_5", "Ventes à 5,5 %", "706055", "Prestations de services, TVA 5,5 %"),
    ("vente_0", "Ventes sans TVA (franchise)", "706000", "Prestations de services"),
    ("vente_autoliquidee", "Ventes en autoliquidation", "706090", "Prestations, autoliquidation"),
    ("tva_20", "TVA à 20 %", "445711", "TVA collectée 20 %"),
    ("tva_10", "TVA à 10 %", "445712", "TVA collectée 10 %"),
    ("tva_5_5", "TVA à 5,5 %", "445713", "TVA collectée 5,5 %"),
    ("banque", "Encaissements en banque", "512000", "Banque"),
    ("caisse", "Encaissements en espèces", "531000", "Caisse"),
]


def semer(apps, schema_editor):
    Compte = apps.get_model("ops", "CompteComptable")
    Compte.objects.bulk_create(
        Compte(code=code, usage=usage, numero=numero, libelle=libelle, rang=rang)
        for rang, (code, usage, numero, libelle) in enumerate(COMPTES)
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CompteComptable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(editable=False, max_length=20, unique=True)),
                ("usage", models.CharField(editable=False, max_length=100)),
                (
                    "numero",
                    models.CharField(
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[1-7]\\d{2}[0-9A-Z]{0,17}\\Z",
                                "Un compte commence par trois chiffres du plan comptable, puis chiffres ou majuscules.",
                            )
                        ],
                        verbose_name="numéro de compte",
                    ),
                ),
                ("libelle", models.CharField(max_length=100, verbose_name="libellé")),
                ("rang", models.PositiveSmallIntegerField(default=0, editable=False)),
            ],
            options={
                "verbose_name": "compte comptable",
                "verbose_name_plural": "comptes comptables",
                "ordering": ["rang"],
                "default_permissions": ("view", "change"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("libelle", ""), _negated=True), name="compte_libelle"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("numero__regex", "^[1-7][0-9]{2}[0-9A-Z]*$")),
                        name="compte_numero",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
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
                        choices=[
                            ("complet", "Toutes les données"),
                            ("ventes", "Journal des ventes"),
                            ("personne", "Données d'un client"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "etat",
                    models.CharField(
                        choices=[
                            ("demande", "Demandé"),
                            ("en_cours", "En cours"),
                            ("interrompu", "Interrompu, sera repris"),
                            ("pret", "Prêt"),
                            ("partiel", "Prêt, incomplet"),
                            ("remis", "Écrit où demandé"),
                            ("echec", "Échec"),
                            ("oublie", "Fichier effacé"),
                        ],
                        default="demande",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("demandeur_nom", models.CharField(max_length=200, verbose_name="demandé par")),
                ("client_ref", models.BigIntegerField(null=True, verbose_name="client")),
                ("parametres", models.JSONField(default=dict, verbose_name="paramètres")),
                (
                    "demande_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="demandé le"
                    ),
                ),
                ("commence_le", models.DateTimeField(null=True, verbose_name="commencé le")),
                ("fini_le", models.DateTimeField(null=True, verbose_name="fini le")),
                ("expire_le", models.DateTimeField(null=True, verbose_name="gardé jusqu'au")),
                (
                    "progression",
                    models.PositiveSmallIntegerField(default=0, verbose_name="progression (%)"),
                ),
                ("etape", models.CharField(blank=True, max_length=100, verbose_name="étape")),
                ("essais", models.PositiveSmallIntegerField(default=0)),
                (
                    "nom",
                    models.CharField(blank=True, max_length=150, verbose_name="nom du fichier"),
                ),
                ("taille", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                ("bilan", models.JSONField(default=dict)),
                ("erreur", models.TextField(blank=True)),
                (
                    "demandeur",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "permissions": [
                    ("exporter_tout", "Peut exporter toutes les données, et celles d'un client"),
                    ("exporter_ventes", "Peut exporter le journal des ventes"),
                ],
                "default_permissions": ("view",),
                "indexes": [models.Index(fields=["client_ref"], name="export_client")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("etat__in", ["demande", "en_cours", "interrompu"])),
                        fields=("genre", "demandeur"),
                        name="export_un_a_la_fois",
                        violation_error_message="Cet export est déjà en cours.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("etat__in", ["pret", "partiel"]), _negated=True),
                            models.Q(
                                ("fini_le__isnull", False),
                                ("sha256__regex", "^[0-9a-f]{64}$"),
                                ("taille__gt", 0),
                                models.Q(("nom", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="export_fait_entier",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("progression__gte", 0), ("progression__lte", 100)),
                        name="export_progression",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="export",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_efface",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="3a7445e652a701dc5ee0757972e1eb87eb3a4dd2",
                    operation="DELETE",
                    pgid="pgtrigger_jamais_efface_64b98",
                    table="ops_export",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="export",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="b9e9de87c9d06e9ae8d584fac2c4baa86405c9ff",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_4e7bc",
                    table="ops_export",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunPython(semer, migrations.RunPython.noop),
    ]
