import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("storage", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Courriel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type", models.CharField(db_index=True, max_length=30)),
                (
                    "client_ref",
                    models.BigIntegerField(db_index=True, null=True, verbose_name="client"),
                ),
                (
                    "a",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254),
                        size=None,
                        verbose_name="destinataires",
                    ),
                ),
                (
                    "bcc",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("expediteur", models.CharField(max_length=254, verbose_name="expéditeur")),
                ("objet", models.CharField(max_length=250)),
                ("texte", models.TextField()),
                ("html", models.TextField(blank=True)),
                ("message_id", models.CharField(editable=False, max_length=120, unique=True)),
                ("en_reponse_a", models.CharField(blank=True, max_length=120)),
                (
                    "statut",
                    models.CharField(
                        choices=[
                            ("en_attente", "En attente"),
                            ("en_cours", "En cours"),
                            ("envoye", "Envoyé"),
                            ("echec", "Échec"),
                            ("incertain", "Incertain"),
                            ("annule", "Annulé"),
                        ],
                        default="en_attente",
                        max_length=10,
                    ),
                ),
                (
                    "cree_le",
                    models.DateTimeField(
                        db_index=True,
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="créé le",
                    ),
                ),
                ("prochain_essai_le", models.DateTimeField(default=django.utils.timezone.now)),
                ("tentatives", models.PositiveSmallIntegerField(default=0)),
                ("pris_le", models.DateTimeField(blank=True, null=True)),
                (
                    "remis_le",
                    models.DateTimeField(blank=True, null=True, verbose_name="données remises le"),
                ),
                (
                    "envoye_le",
                    models.DateTimeField(blank=True, null=True, verbose_name="envoyé le"),
                ),
                ("reponse", models.TextField(blank=True, verbose_name="réponse du serveur")),
                (
                    "renvoi_de",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="renvois",
                        to="outbox.courriel",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PieceJointe",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "courriel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="outbox.courriel",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="storage.document",
                    ),
                ),
            ],
            options={
                "verbose_name": "pièce jointe",
                "verbose_name_plural": "pièces jointes",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="courriel",
            index=models.Index(
                condition=models.Q(("statut", "en_attente")),
                fields=["prochain_essai_le"],
                name="courriel_en_attente",
            ),
        ),
        migrations.AddIndex(
            model_name="courriel",
            index=models.Index(
                condition=models.Q(("statut", "en_cours")),
                fields=["pris_le"],
                name="courriel_en_cours",
            ),
        ),
        migrations.AddConstraint(
            model_name="courriel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("statut", "envoye"), _negated=True),
                    ("envoye_le__isnull", False),
                    _connector="OR",
                ),
                name="courriel_envoye_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="courriel",
            constraint=models.CheckConstraint(
                condition=models.Q(("a__len__gt", 0)), name="courriel_destinataire"
            ),
        ),
        migrations.AddConstraint(
            model_name="piecejointe",
            constraint=models.UniqueConstraint(
                fields=("courriel", "document"), name="piece_unique"
            ),
        ),
    ]
