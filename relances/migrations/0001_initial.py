import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("facturation", "0001_initial"),
        ("outbox", "0001_initial"),
        ("storage", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Passage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("jour", models.DateField(unique=True)),
                ("debut", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("fin", models.DateTimeField(null=True)),
                ("lance_par", models.CharField(max_length=200)),
                ("prevues", models.PositiveIntegerField(default=0)),
                ("relancees", models.PositiveIntegerField(default=0)),
                ("courriels", models.PositiveIntegerField(default=0)),
                ("lettres", models.PositiveIntegerField(default=0)),
                ("echecs", models.PositiveIntegerField(default=0)),
                ("ecartees", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ["-jour"],
                "permissions": [("lancer_passage", "Peut lancer et suspendre les relances")],
            },
        ),
        migrations.CreateModel(
            name="Niveau",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "jours",
                    models.PositiveSmallIntegerField(
                        unique=True, verbose_name="jours après l'échéance"
                    ),
                ),
                ("nom", models.CharField(max_length=60)),
                ("gabarit", models.CharField(max_length=40, verbose_name="modèle de message")),
                (
                    "delai_minimum",
                    models.PositiveSmallIntegerField(
                        default=7, verbose_name="jours depuis la relance précédente"
                    ),
                ),
                ("actif", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name_plural": "niveaux",
                "ordering": ["jours"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("jours__gt", 0)), name="niveau_apres_echeance"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("delai_minimum__gt", 0)), name="niveau_delai"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Relance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("jour", models.DateField()),
                (
                    "canal",
                    models.CharField(
                        choices=[("courriel", "Courriel"), ("poste", "Lettre")], max_length=10
                    ),
                ),
                (
                    "solde",
                    models.DecimalField(
                        decimal_places=2, max_digits=12, verbose_name="solde relancé"
                    ),
                ),
                ("retard", models.PositiveIntegerField(verbose_name="jours de retard")),
                (
                    "cree_le",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("annulee_le", models.DateTimeField(null=True, verbose_name="annulée le")),
                (
                    "annulation",
                    models.CharField(blank=True, max_length=100, verbose_name="motif d'annulation"),
                ),
                ("postee_le", models.DateTimeField(null=True, verbose_name="postée le")),
                (
                    "courriel",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relances",
                        to="outbox.courriel",
                    ),
                ),
                (
                    "facture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relances",
                        to="facturation.facture",
                    ),
                ),
                (
                    "lettre",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relances",
                        to="storage.document",
                    ),
                ),
                (
                    "niveau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relances",
                        to="relances.niveau",
                    ),
                ),
                (
                    "passage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relances",
                        to="relances.passage",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["facture", "niveau", "jour"], name="relance_derniere"),
                    models.Index(fields=["courriel"], name="relance_courriel"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("annulee_le", None)),
                        fields=("facture", "niveau"),
                        name="relance_unique_par_niveau",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("annulee_le", None)),
                        fields=("facture", "jour"),
                        name="relance_une_par_jour",
                    ),
                ],
            },
        ),
    ]
