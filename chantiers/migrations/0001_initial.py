import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("clients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="TypeService",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nom", models.CharField(max_length=60, unique=True)),
            ],
            options={
                "verbose_name": "type de service",
                "verbose_name_plural": "types de service",
                "ordering": ["nom"],
            },
        ),
        migrations.CreateModel(
            name="Chantier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("supprime_le", models.DateTimeField(db_index=True, editable=False, null=True)),
                ("supprime_lot", models.UUIDField(db_index=True, editable=False, null=True)),
                ("nom", models.CharField(max_length=150)),
                ("adresse", models.CharField(blank=True, max_length=200)),
                ("code_postal", models.CharField(blank=True, max_length=10)),
                ("ville", models.CharField(blank=True, max_length=100)),
                (
                    "statut",
                    models.CharField(
                        choices=[
                            ("lead", "Demande"),
                            ("visite_planifiee", "Visite planifiée"),
                            ("devis_envoye", "Devis envoyé"),
                            ("accepte", "Accepté"),
                            ("planifie", "Planifié"),
                            ("en_cours", "En cours"),
                            ("termine", "Terminé"),
                            ("facture", "Facturé"),
                            ("annule", "Annulé"),
                        ],
                        default="lead",
                        max_length=20,
                    ),
                ),
                ("consignes", models.TextField(blank=True, verbose_name="consignes pour l'équipe")),
                (
                    "cree_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="créé le"
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chantiers",
                        to="clients.client",
                    ),
                ),
                (
                    "responsable",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chantiers",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "services",
                    models.ManyToManyField(
                        blank=True, related_name="chantiers", to="chantiers.typeservice"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Intervention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("supprime_le", models.DateTimeField(db_index=True, editable=False, null=True)),
                ("supprime_lot", models.UUIDField(db_index=True, editable=False, null=True)),
                ("prevu_debut", models.DateTimeField(verbose_name="début prévu")),
                ("prevu_fin", models.DateTimeField(verbose_name="fin prévue")),
                ("debut", models.DateTimeField(blank=True, null=True, verbose_name="début réel")),
                ("fin", models.DateTimeField(blank=True, null=True, verbose_name="fin réelle")),
                (
                    "statut",
                    models.CharField(
                        choices=[
                            ("planifiee", "Planifiée"),
                            ("en_cours", "En cours"),
                            ("terminee", "Terminée"),
                            ("validee", "Validée"),
                            ("annulee", "Annulée"),
                        ],
                        default="planifiee",
                        max_length=10,
                    ),
                ),
                ("notes", models.TextField(blank=True)),
                (
                    "chantier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interventions",
                        to="chantiers.chantier",
                    ),
                ),
                (
                    "employe",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interventions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="employé",
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
                (
                    "validee_par",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-prevu_debut", "-id"],
                "permissions": [
                    ("pointer_intervention", "Peut démarrer et arrêter ses interventions"),
                    ("valider_intervention", "Peut valider les interventions"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("prevu_fin__gt", models.F("prevu_debut"))),
                        name="intervention_prevue_dans_l_ordre",
                        violation_error_message="La fin prévue doit suivre le début.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fin", None), ("fin__gte", models.F("debut")), _connector="OR"
                        ),
                        name="intervention_reelle_dans_l_ordre",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(
                            ("supprime_le", None), models.Q(("statut", "annulee"), _negated=True)
                        ),
                        expressions=[
                            ("employe", "="),
                            (
                                models.Func(
                                    "prevu_debut",
                                    "prevu_fin",
                                    function="TSTZRANGE",
                                    output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="intervention_prevue_sans_chevauchement",
                        violation_error_message="Cet employé a déjà une intervention à ce moment.",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("debut__isnull", False), ("supprime_le", None)),
                        expressions=[
                            ("employe", "="),
                            (
                                models.Func(
                                    "debut",
                                    "fin",
                                    function="TSTZRANGE",
                                    output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="intervention_reelle_sans_chevauchement",
                        violation_error_message="Cet employé est déjà au travail à ce moment.",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="chantier",
            constraint=models.CheckConstraint(
                condition=models.Q(("nom", ""), _negated=True), name="chantier_nomme"
            ),
        ),
    ]
