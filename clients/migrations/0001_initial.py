import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(
            sql="""
                CREATE OR REPLACE FUNCTION normaliser(texte text) RETURNS text
                LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
                RETURN lower(public.unaccent('public.unaccent'::regdictionary, texte))
            """,
            reverse_sql="DROP FUNCTION IF EXISTS normaliser(text)",
        ),
        migrations.CreateModel(
            name="Client",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("supprime_le", models.DateTimeField(db_index=True, editable=False, null=True)),
                ("supprime_lot", models.UUIDField(db_index=True, editable=False, null=True)),
                ("code", models.CharField(blank=True, max_length=20)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("particulier", "Particulier"),
                            ("professionnel", "Professionnel"),
                            ("syndic", "Syndic"),
                        ],
                        default="particulier",
                        max_length=15,
                    ),
                ),
                ("civilite", models.CharField(blank=True, max_length=10, verbose_name="civilité")),
                ("nom", models.CharField(blank=True, max_length=100)),
                ("prenom", models.CharField(blank=True, max_length=100, verbose_name="prénom")),
                ("raison_sociale", models.CharField(blank=True, max_length=150)),
                ("siret", models.CharField(blank=True, max_length=20, verbose_name="SIRET")),
                (
                    "tva_intracom",
                    models.CharField(blank=True, max_length=20, verbose_name="n° de TVA"),
                ),
                ("email", models.CharField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "telephone",
                    models.CharField(blank=True, max_length=30, verbose_name="téléphone"),
                ),
                ("adresse", models.CharField(blank=True, max_length=200)),
                ("code_postal", models.CharField(blank=True, max_length=10)),
                ("ville", models.CharField(blank=True, max_length=100)),
                ("notes", models.TextField(blank=True)),
                (
                    "delai_jours",
                    models.PositiveSmallIntegerField(
                        default=30, verbose_name="délai de paiement (jours)"
                    ),
                ),
                (
                    "fin_de_mois",
                    models.BooleanField(default=False, verbose_name="à la fin du mois"),
                ),
                (
                    "exclusion_le",
                    models.DateField(blank=True, null=True, verbose_name="hors relances depuis le"),
                ),
                (
                    "exclusion_fin",
                    models.DateField(blank=True, null=True, verbose_name="hors relances jusqu'au"),
                ),
                (
                    "exclusion_motif",
                    models.CharField(blank=True, max_length=200, verbose_name="motif"),
                ),
                (
                    "exclusion_par",
                    models.CharField(blank=True, max_length=200, verbose_name="décidé par"),
                ),
                (
                    "cree_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="créé le"
                    ),
                ),
                (
                    "recherche",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            django.db.models.functions.text.Concat(
                                models.F("nom"),
                                models.Value(" "),
                                models.F("prenom"),
                                models.Value(" "),
                                models.F("raison_sociale"),
                                models.Value(" "),
                                models.F("nom"),
                                models.Value(" "),
                                models.F("code"),
                                models.Value(" "),
                                models.F("ville"),
                                models.Value(" "),
                                models.F("email"),
                                models.Value(" "),
                                models.F("telephone"),
                                models.Value(" "),
                            ),
                            function="normaliser",
                            output_field=models.TextField(),
                        ),
                        output_field=models.TextField(),
                    ),
                ),
                (
                    "nom_tri",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.Case(
                                models.When(
                                    raison_sociale="",
                                    then=django.db.models.functions.text.Concat(
                                        "nom", models.Value(" "), "prenom"
                                    ),
                                ),
                                default=models.F("raison_sociale"),
                            ),
                            function="normaliser",
                            output_field=models.TextField(),
                        ),
                        output_field=models.TextField(),
                    ),
                ),
                (
                    "supprime_par",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["nom_tri", "id"],
                "permissions": [("importer_client", "Peut importer des clients")],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["recherche"], name="client_recherche", opclasses=["gin_trgm_ops"]
                    ),
                    models.Index(fields=["nom_tri", "id"], name="client_tri"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("supprime_le", None)),
                        fields=("code",),
                        name="client_code_unique",
                        violation_error_message="Ce code client est déjà pris.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("nom", ""), ("raison_sociale", ""), _negated=True),
                        name="client_nomme",
                        violation_error_message="Donnez un nom ou une raison sociale.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), _negated=True), name="client_code_present"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("siret", ""), ("siret__regex", "^\\d{14}$"), _connector="OR"
                        ),
                        name="client_siret",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("telephone", ""),
                            ("telephone__regex", "^\\+\\d{4,15}$"),
                            _connector="OR",
                        ),
                        name="client_telephone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("exclusion_fin", None), ("exclusion_le", None)),
                            models.Q(
                                ("exclusion_le__isnull", False),
                                models.Q(("exclusion_motif", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="client_exclusion_motivee",
                        violation_error_message="Une exclusion des relances demande un motif.",
                    ),
                ],
            },
        ),
    ]
