"""Plans by type of client, decisions that suspend, settings, texts, rates. The data is in 0006."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0002_rejets_d_import"),
        ("facturation", "0010_encaissements_chaines"),
        ("outbox", "0002_sujet_et_codes"),
        ("relances", "0004_passage_automatique"),
    ]

    operations = [
        migrations.CreateModel(
            name="Liberation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("par", models.CharField(max_length=200, verbose_name="décidé par")),
                ("le", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "libération",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Modele",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ton",
                    models.CharField(
                        choices=[
                            ("amical", "Rappel amical"),
                            ("ferme", "Rappel ferme"),
                            ("mise_en_demeure", "Mise en demeure"),
                            ("merci", "Remerciement"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "type_client",
                    models.CharField(
                        choices=[
                            ("particulier", "Particulier"),
                            ("professionnel", "Professionnel"),
                            ("syndic", "Syndic"),
                        ],
                        max_length=15,
                        verbose_name="clients",
                    ),
                ),
                ("objet", models.CharField(max_length=150)),
                ("courriel", models.TextField(max_length=5000)),
                ("lettre", models.TextField(blank=True, max_length=5000)),
            ],
            options={
                "verbose_name": "texte de relance",
                "verbose_name_plural": "textes de relance",
                "ordering": ["type_client", "id"],
            },
        ),
        migrations.CreateModel(
            name="PlanDeRelance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nom", models.CharField(max_length=60, unique=True)),
                (
                    "type_client",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("particulier", "Particulier"),
                            ("professionnel", "Professionnel"),
                            ("syndic", "Syndic"),
                        ],
                        help_text="Vide : seulement les clients à qui ce plan est donné.",
                        max_length=15,
                        verbose_name="clients concernés",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan de relance",
                "verbose_name_plural": "plans de relance",
                "ordering": ["nom"],
            },
        ),
        migrations.CreateModel(
            name="PlanDuClient",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="plan_de_relance",
                        serialize=False,
                        to="clients.client",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan d'un client",
                "verbose_name_plural": "plans des clients",
            },
        ),
        migrations.CreateModel(
            name="Reglages",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "fraicheur_jours",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="Au-delà, aucune relance ne part sans l'accord d'un patron. 0 : jamais.",
                        verbose_name="jours sans paiement saisi avant de douter",
                    ),
                ),
                (
                    "credit_bloque",
                    models.BooleanField(
                        default=True,
                        verbose_name="retenir un client dont un paiement n'est pas imputé",
                    ),
                ),
                (
                    "tolerance",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("5.00"),
                        max_digits=7,
                        verbose_name="reste dû en dessous duquel on ne relance pas",
                    ),
                ),
                (
                    "remercier",
                    models.BooleanField(
                        default=True,
                        verbose_name="remercier après le paiement d'une facture relancée",
                    ),
                ),
                (
                    "apercu_par_courriel",
                    models.BooleanField(
                        default=True, verbose_name="envoyer l'aperçu aux patrons à 8 h"
                    ),
                ),
            ],
            options={
                "verbose_name": "réglages des relances",
                "verbose_name_plural": "réglages des relances",
            },
        ),
        migrations.CreateModel(
            name="Remerciement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("le", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="Suspension",
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
                            ("exclusion", "Exclusion"),
                            ("pause", "Pause"),
                            ("promesse", "Promesse de paiement"),
                            ("litige", "Litige"),
                            ("retenue", "Ligne retenue"),
                        ],
                        max_length=10,
                    ),
                ),
                ("motif", models.CharField(max_length=200)),
                ("debut", models.DateField(verbose_name="depuis le")),
                ("fin", models.DateField(blank=True, null=True, verbose_name="dernier jour")),
                (
                    "montant",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        verbose_name="montant promis",
                    ),
                ),
                ("par", models.CharField(max_length=200, verbose_name="décidée par")),
                (
                    "cree_le",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("levee_le", models.DateTimeField(blank=True, null=True, verbose_name="levée le")),
                (
                    "levee_par",
                    models.CharField(blank=True, max_length=200, verbose_name="levée par"),
                ),
                (
                    "signalee_le",
                    models.DateTimeField(
                        editable=False, null=True, verbose_name="non tenue, signalée le"
                    ),
                ),
            ],
            options={
                "verbose_name": "suspension",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="TauxLegal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("debut", models.DateField(unique=True, verbose_name="premier jour du semestre")),
                (
                    "bce",
                    models.DecimalField(
                        decimal_places=2, max_digits=5, verbose_name="taux de la BCE (%)"
                    ),
                ),
                (
                    "legal",
                    models.DecimalField(
                        decimal_places=2, max_digits=5, verbose_name="taux de l'intérêt légal (%)"
                    ),
                ),
            ],
            options={
                "verbose_name": "taux légal",
                "verbose_name_plural": "taux légaux",
                "ordering": ["-debut"],
            },
        ),
        migrations.AlterModelOptions(
            name="niveau",
            options={"ordering": ["plan", "jours"], "verbose_name_plural": "niveaux"},
        ),
        migrations.AddField(
            model_name="niveau",
            name="canal",
            field=models.CharField(
                choices=[
                    ("courriel", "Courriel"),
                    ("lettre", "Lettre"),
                    ("les_deux", "Courriel et lettre"),
                ],
                default="courriel",
                help_text="Sans adresse e-mail, ou si elle ne marche plus, c'est une lettre.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="niveau",
            name="ton",
            field=models.CharField(
                choices=[
                    ("amical", "Rappel amical"),
                    ("ferme", "Rappel ferme"),
                    ("mise_en_demeure", "Mise en demeure"),
                ],
                default="amical",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="passage",
            name="erreurs",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="passage",
            name="retenues",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="relance",
            name="recue_le",
            field=models.DateField(null=True, verbose_name="reçue le"),
        ),
        migrations.AddField(
            model_name="relance",
            name="suivi",
            field=models.CharField(blank=True, max_length=40, verbose_name="n° de recommandé"),
        ),
        migrations.AlterField(
            model_name="niveau",
            name="jours",
            field=models.PositiveSmallIntegerField(verbose_name="jours après l'échéance"),
        ),
        migrations.AlterField(
            model_name="relance",
            name="canal",
            field=models.CharField(
                choices=[
                    ("courriel", "Courriel"),
                    ("poste", "Lettre"),
                    ("les_deux", "Courriel et lettre"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="liberation",
            name="client",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="liberations",
                to="clients.client",
            ),
        ),
        migrations.AddConstraint(
            model_name="modele",
            constraint=models.UniqueConstraint(fields=("ton", "type_client"), name="modele_unique"),
        ),
        migrations.AddConstraint(
            model_name="planderelance",
            constraint=models.UniqueConstraint(
                condition=models.Q(("type_client", ""), _negated=True),
                fields=("type_client",),
                name="plan_unique_par_type",
                violation_error_message="Ces clients ont déjà un plan.",
            ),
        ),
        migrations.AddField(
            model_name="niveau",
            name="plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="niveaux",
                to="relances.planderelance",
            ),
        ),
        migrations.AddConstraint(
            model_name="niveau",
            constraint=models.UniqueConstraint(
                fields=("plan", "jours"),
                name="niveau_unique_par_plan",
                violation_error_message="Ce plan a déjà un niveau à ce nombre de jours.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="niveau",
            name="niveau_apres_echeance",
            constraint=models.CheckConstraint(
                condition=models.Q(("jours__gt", 0)),
                name="niveau_apres_echeance",
                violation_error_message="Une relance vient après l'échéance : 1 jour au moins.",
            ),
        ),
        migrations.AddField(
            model_name="planduclient",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clients",
                to="relances.planderelance",
            ),
        ),
        migrations.AddConstraint(
            model_name="reglages",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)), name="reglages_uniques"
            ),
        ),
        migrations.AddConstraint(
            model_name="reglages",
            constraint=models.CheckConstraint(
                condition=models.Q(("tolerance__gte", 0)), name="reglages_tolerance"
            ),
        ),
        migrations.AddField(
            model_name="remerciement",
            name="courriel",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="remerciements",
                to="outbox.courriel",
            ),
        ),
        migrations.AddField(
            model_name="remerciement",
            name="facture",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="remerciement",
                to="facturation.facture",
            ),
        ),
        migrations.AddField(
            model_name="suspension",
            name="client",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="suspensions",
                to="clients.client",
            ),
        ),
        migrations.AddField(
            model_name="suspension",
            name="facture",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="suspensions",
                to="facturation.facture",
            ),
        ),
        migrations.AddConstraint(
            model_name="tauxlegal",
            constraint=models.CheckConstraint(
                condition=models.Q(("debut__day", 1), ("debut__month__in", [1, 7])),
                name="taux_semestre",
                violation_error_message="Un semestre commence le 1er janvier ou le 1er juillet.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tauxlegal",
            constraint=models.CheckConstraint(
                condition=models.Q(("bce__gte", -10), ("bce__lt", 50), ("legal__gte", 0)),
                name="taux_plausibles",
            ),
        ),
        migrations.AddIndex(
            model_name="liberation",
            index=models.Index(fields=["client", "-le"], name="liberation_derniere"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="liberation",
            trigger=pgtrigger.compiler.Trigger(
                name="ajout_seul",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="14f93a0d2944601fc470171ccb420b95fe86ec64",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_ajout_seul_7d462",
                    table="relances_liberation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="liberation",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="fe0642b744bb2b86d9eb6b36a05f880a937dda81",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_4b822",
                    table="relances_liberation",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(
                condition=models.Q(("levee_le", None)), fields=["client"], name="suspension_ouverte"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("levee_le", None)),
                fields=("client", "facture", "genre"),
                name="suspension_une_de_chaque_genre",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(("fin", None), ("fin__gte", models.F("debut")), _connector="OR"),
                name="suspension_bornee",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(("motif", ""), _negated=True), name="suspension_motivee"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("genre__in", ["exclusion", "litige"]), ("fin__isnull", False), _connector="OR"
                ),
                name="suspension_finit",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("genre", "promesse"), ("montant__gt", 0)),
                    models.Q(models.Q(("genre", "promesse"), _negated=True), ("montant", None)),
                    _connector="OR",
                ),
                name="suspension_promet",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="suspension",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="a6c526d32b0560f24e5a30dc7c42b5b6247c91c4",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_de5e4",
                    table="relances_suspension",
                    when="BEFORE",
                ),
            ),
        ),
    ]
