import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("chantiers", "0001_initial"),
        ("clients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Compteur",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("serie", models.CharField(max_length=10)),
                ("annee", models.PositiveSmallIntegerField()),
                ("dernier", models.PositiveIntegerField(default=0)),
                ("derniere_date", models.DateField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("serie", "annee"), name="compteur_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="Devis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("supprime_le", models.DateTimeField(db_index=True, editable=False, null=True)),
                ("supprime_lot", models.UUIDField(db_index=True, editable=False, null=True)),
                (
                    "numero",
                    models.CharField(
                        editable=False, max_length=35, null=True, unique=True, verbose_name="numéro"
                    ),
                ),
                ("objet", models.CharField(max_length=200)),
                (
                    "statut",
                    models.CharField(
                        choices=[
                            ("brouillon", "Brouillon"),
                            ("finalise", "Finalisé"),
                            ("envoye", "Envoyé"),
                            ("accepte", "Accepté"),
                            ("refuse", "Refusé"),
                            ("expire", "Expiré"),
                        ],
                        default="brouillon",
                        max_length=10,
                    ),
                ),
                ("date", models.DateField(editable=False, null=True, verbose_name="date")),
                (
                    "duree_validite",
                    models.PositiveSmallIntegerField(default=30, verbose_name="validité (jours)"),
                ),
                (
                    "valide_jusqu_au",
                    models.DateField(editable=False, null=True, verbose_name="valide jusqu'au"),
                ),
                (
                    "total_ht",
                    models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=12),
                ),
                (
                    "total_tva",
                    models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=12),
                ),
                (
                    "total_ttc",
                    models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=12),
                ),
                ("emetteur", models.JSONField(default=dict, editable=False)),
                ("destinataire", models.JSONField(default=dict, editable=False)),
                (
                    "envoye_le",
                    models.DateTimeField(editable=False, null=True, verbose_name="envoyé le"),
                ),
                (
                    "decide_le",
                    models.DateTimeField(editable=False, null=True, verbose_name="décidé le"),
                ),
                ("motif_refus", models.CharField(blank=True, editable=False, max_length=300)),
                (
                    "cree_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="créé le"
                    ),
                ),
                (
                    "chantier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devis",
                        to="chantiers.chantier",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devis",
                        to="clients.client",
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
                "verbose_name_plural": "devis",
                "ordering": ["-id"],
                "permissions": [("decider_devis", "Peut finaliser, envoyer et décider un devis")],
            },
        ),
        migrations.CreateModel(
            name="Entreprise",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nom", models.CharField(default="Art & Jardin", max_length=150)),
                (
                    "forme",
                    models.CharField(blank=True, max_length=100, verbose_name="forme et capital"),
                ),
                ("adresse", models.CharField(blank=True, max_length=200)),
                ("code_postal", models.CharField(blank=True, max_length=10)),
                ("ville", models.CharField(blank=True, default="Angers", max_length=100)),
                ("siret", models.CharField(blank=True, max_length=14, verbose_name="SIRET")),
                ("rcs", models.CharField(blank=True, max_length=100, verbose_name="RCS")),
                (
                    "tva_intracom",
                    models.CharField(blank=True, max_length=20, verbose_name="n° de TVA"),
                ),
                (
                    "telephone",
                    models.CharField(blank=True, max_length=30, verbose_name="téléphone"),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("iban", models.CharField(blank=True, max_length=34, verbose_name="IBAN")),
                ("bic", models.CharField(blank=True, max_length=11, verbose_name="BIC")),
                (
                    "assurance",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="assurance décennale"
                    ),
                ),
                (
                    "mediateur",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="médiateur de la consommation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="entreprise_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="Facture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("supprime_le", models.DateTimeField(db_index=True, editable=False, null=True)),
                ("supprime_lot", models.UUIDField(db_index=True, editable=False, null=True)),
                (
                    "type",
                    models.CharField(
                        choices=[("facture", "Facture"), ("avoir", "Avoir")],
                        default="facture",
                        max_length=10,
                    ),
                ),
                (
                    "serie",
                    models.CharField(
                        blank=True, editable=False, max_length=10, verbose_name="série"
                    ),
                ),
                (
                    "numero",
                    models.CharField(
                        editable=False, max_length=35, null=True, verbose_name="numéro"
                    ),
                ),
                ("objet", models.CharField(max_length=200)),
                (
                    "statut",
                    models.CharField(
                        choices=[("brouillon", "Brouillon"), ("emise", "Émise")],
                        default="brouillon",
                        max_length=10,
                    ),
                ),
                (
                    "date",
                    models.DateField(editable=False, null=True, verbose_name="date d'émission"),
                ),
                ("echeance", models.DateField(blank=True, null=True, verbose_name="échéance")),
                (
                    "total_ht",
                    models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=12),
                ),
                (
                    "total_tva",
                    models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=12),
                ),
                (
                    "total_ttc",
                    models.DecimalField(decimal_places=2, default=0, editable=False, max_digits=12),
                ),
                ("emetteur", models.JSONField(default=dict, editable=False)),
                ("destinataire", models.JSONField(default=dict, editable=False)),
                (
                    "emise_le",
                    models.DateTimeField(editable=False, null=True, verbose_name="émise le"),
                ),
                (
                    "cree_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="créée le"
                    ),
                ),
                (
                    "chantier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="factures",
                        to="chantiers.chantier",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="factures",
                        to="clients.client",
                    ),
                ),
                (
                    "devis",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="factures",
                        to="facturation.devis",
                    ),
                ),
                (
                    "origine",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="avoirs",
                        to="facturation.facture",
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
                "ordering": ["-id"],
                "permissions": [
                    ("emettre_facture", "Peut émettre et envoyer des factures"),
                    ("encaisser_facture", "Peut encaisser et annuler des paiements"),
                    ("importer_facture", "Peut importer des factures"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Litige",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("motif", models.CharField(max_length=300)),
                ("ouvert_le", models.DateTimeField(default=django.utils.timezone.now)),
                ("ouvert_par", models.CharField(max_length=200)),
                ("clos_le", models.DateTimeField(blank=True, null=True)),
                ("clos_par", models.CharField(blank=True, max_length=200)),
                (
                    "facture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="litiges",
                        to="facturation.facture",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Paiement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("montant", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("virement", "Virement"),
                            ("cheque", "Chèque"),
                            ("especes", "Espèces"),
                            ("carte", "Carte"),
                            ("prelevement", "Prélèvement"),
                            ("reprise", "Réglé avant la reprise"),
                        ],
                        default="virement",
                        max_length=15,
                    ),
                ),
                ("le", models.DateField(verbose_name="reçu le")),
                (
                    "reference",
                    models.CharField(blank=True, max_length=140, verbose_name="référence"),
                ),
                (
                    "saisi_le",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "annule",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annulation",
                        to="facturation.paiement",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="paiements",
                        to="clients.client",
                    ),
                ),
                (
                    "saisi_par",
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
            },
        ),
        migrations.CreateModel(
            name="Imputation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("montant", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "facture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imputations",
                        to="facturation.facture",
                    ),
                ),
                (
                    "paiement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imputations",
                        to="facturation.paiement",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Prestation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True)),
                ("designation", models.CharField(max_length=200, verbose_name="désignation")),
                (
                    "unite",
                    models.CharField(
                        choices=[
                            ("u", "unité"),
                            ("h", "heure"),
                            ("m", "mètre"),
                            ("m2", "m²"),
                            ("m3", "m³"),
                            ("t", "tonne"),
                            ("forfait", "forfait"),
                        ],
                        default="u",
                        max_length=10,
                        verbose_name="unité",
                    ),
                ),
                (
                    "prix_unitaire",
                    models.DecimalField(
                        decimal_places=6, max_digits=14, verbose_name="prix unitaire HT"
                    ),
                ),
                (
                    "taux_tva",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("20.00"),
                        max_digits=5,
                        verbose_name="TVA (%)",
                    ),
                ),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("prix_unitaire__gte", 0)), name="prestation_prix"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "taux_tva__in",
                                (
                                    Decimal("20.00"),
                                    Decimal("10.00"),
                                    Decimal("5.50"),
                                    Decimal("0.00"),
                                ),
                            )
                        ),
                        name="prestation_tva",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LigneFacture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rang", models.PositiveSmallIntegerField()),
                ("designation", models.TextField(max_length=2000, verbose_name="désignation")),
                (
                    "quantite",
                    models.DecimalField(decimal_places=4, max_digits=12, verbose_name="quantité"),
                ),
                (
                    "unite",
                    models.CharField(
                        choices=[
                            ("u", "unité"),
                            ("h", "heure"),
                            ("m", "mètre"),
                            ("m2", "m²"),
                            ("m3", "m³"),
                            ("t", "tonne"),
                            ("forfait", "forfait"),
                        ],
                        default="u",
                        max_length=10,
                        verbose_name="unité",
                    ),
                ),
                (
                    "prix_unitaire",
                    models.DecimalField(
                        decimal_places=6, max_digits=14, verbose_name="prix unitaire HT"
                    ),
                ),
                (
                    "remise",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=5,
                        verbose_name="remise (%)",
                    ),
                ),
                (
                    "taux_tva",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("20.00"),
                        max_digits=5,
                        verbose_name="TVA (%)",
                    ),
                ),
                (
                    "total_ht",
                    models.DecimalField(
                        decimal_places=2, editable=False, max_digits=12, verbose_name="total HT"
                    ),
                ),
                (
                    "facture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lignes",
                        to="facturation.facture",
                    ),
                ),
                (
                    "prestation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facturation.prestation",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de facture",
                "verbose_name_plural": "lignes de facture",
                "ordering": ["rang"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LigneDevis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rang", models.PositiveSmallIntegerField()),
                ("designation", models.TextField(max_length=2000, verbose_name="désignation")),
                (
                    "quantite",
                    models.DecimalField(decimal_places=4, max_digits=12, verbose_name="quantité"),
                ),
                (
                    "unite",
                    models.CharField(
                        choices=[
                            ("u", "unité"),
                            ("h", "heure"),
                            ("m", "mètre"),
                            ("m2", "m²"),
                            ("m3", "m³"),
                            ("t", "tonne"),
                            ("forfait", "forfait"),
                        ],
                        default="u",
                        max_length=10,
                        verbose_name="unité",
                    ),
                ),
                (
                    "prix_unitaire",
                    models.DecimalField(
                        decimal_places=6, max_digits=14, verbose_name="prix unitaire HT"
                    ),
                ),
                (
                    "remise",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0"),
                        max_digits=5,
                        verbose_name="remise (%)",
                    ),
                ),
                (
                    "taux_tva",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("20.00"),
                        max_digits=5,
                        verbose_name="TVA (%)",
                    ),
                ),
                (
                    "total_ht",
                    models.DecimalField(
                        decimal_places=2, editable=False, max_digits=12, verbose_name="total HT"
                    ),
                ),
                (
                    "devis",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lignes",
                        to="facturation.devis",
                    ),
                ),
                (
                    "prestation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facturation.prestation",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de devis",
                "verbose_name_plural": "lignes de devis",
                "ordering": ["rang"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TvaFacture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("taux", models.DecimalField(decimal_places=2, max_digits=5)),
                ("base", models.DecimalField(decimal_places=2, max_digits=12)),
                ("montant", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "facture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tva",
                        to="facturation.facture",
                    ),
                ),
            ],
            options={
                "verbose_name": "TVA",
                "verbose_name_plural": "TVA",
                "ordering": ["-taux"],
            },
        ),
        migrations.AddConstraint(
            model_name="devis",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("numero", None), ("statut", "brouillon")),
                    models.Q(
                        models.Q(("statut", "brouillon"), _negated=True),
                        ("date__isnull", False),
                        ("numero__isnull", False),
                        ("valide_jusqu_au__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="devis_numerote",
            ),
        ),
        migrations.AddConstraint(
            model_name="devis",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "total_ttc",
                        django.db.models.expressions.CombinedExpression(
                            models.F("total_ht"), "+", models.F("total_tva")
                        ),
                    )
                ),
                name="devis_total",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="devis",
            trigger=pgtrigger.compiler.Trigger(
                name="finalise_fige",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD.statut <> \'brouillon\' AND ((OLD."chantier_id" IS DISTINCT FROM (NEW."chantier_id") OR OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."cree_le" IS DISTINCT FROM (NEW."cree_le") OR OLD."date" IS DISTINCT FROM (NEW."date") OR OLD."destinataire" IS DISTINCT FROM (NEW."destinataire") OR OLD."duree_validite" IS DISTINCT FROM (NEW."duree_validite") OR OLD."emetteur" IS DISTINCT FROM (NEW."emetteur") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."numero" IS DISTINCT FROM (NEW."numero") OR OLD."objet" IS DISTINCT FROM (NEW."objet") OR OLD."total_ht" IS DISTINCT FROM (NEW."total_ht") OR OLD."total_ttc" IS DISTINCT FROM (NEW."total_ttc") OR OLD."total_tva" IS DISTINCT FROM (NEW."total_tva") OR OLD."valide_jusqu_au" IS DISTINCT FROM (NEW."valide_jusqu_au"))))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="50868736c070c4b5dace57070ccc23860aed639e",
                    operation="UPDATE",
                    pgid="pgtrigger_finalise_fige_233de",
                    table="facturation_devis",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="devis",
            trigger=pgtrigger.compiler.Trigger(
                name="finalise_garde",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT (OLD.\"statut\" = 'brouillon'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="cf587b11887062aabc29dac53fe033c04ae39e39",
                    operation="DELETE",
                    pgid="pgtrigger_finalise_garde_28f23",
                    table="facturation_devis",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="devis",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="b3554c3a3ac401533e2e904379242893a2509295",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_04709",
                    table="facturation_devis",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="facture",
            index=models.Index(fields=["-date", "-id"], name="facture_date"),
        ),
        migrations.AddIndex(
            model_name="facture",
            index=models.Index(
                condition=models.Q(("statut", "emise"), ("type", "facture")),
                fields=["echeance"],
                name="facture_echeance",
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.UniqueConstraint(
                fields=("serie", "numero"), name="facture_numero_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("numero", None), ("statut", "brouillon")),
                    models.Q(
                        ("date__isnull", False),
                        ("echeance__gte", models.F("date")),
                        ("numero__isnull", False),
                        ("statut", "emise"),
                        ("supprime_le", None),
                    ),
                    _connector="OR",
                ),
                name="facture_emise_numerotee",
                violation_error_message="L'échéance ne peut pas précéder la date d'émission.",
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "total_ttc",
                        django.db.models.expressions.CombinedExpression(
                            models.F("total_ht"), "+", models.F("total_tva")
                        ),
                    )
                ),
                name="facture_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("origine", None), ("type", "facture")),
                    models.Q(("origine__isnull", False), ("type", "avoir")),
                    _connector="OR",
                ),
                name="facture_origine",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="facture",
            trigger=pgtrigger.compiler.Trigger(
                name="emise_figee",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"statut\" = 'emise')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="dde72dcd12ced792fe3c93802a6674fbbcdddc68",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_emise_figee_ec34d",
                    table="facturation_facture",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="facture",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="6fe5c9ec91f47b37ff7ea1c89011d6641509baac",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_51b1c",
                    table="facturation_facture",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="litige",
            constraint=models.UniqueConstraint(
                condition=models.Q(("clos_le", None)),
                fields=("facture",),
                name="litige_ouvert_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="paiement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("annule", None), ("montant__gt", 0)),
                    models.Q(("annule__isnull", False), ("montant__lt", 0)),
                    _connector="OR",
                ),
                name="paiement_signe",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paiement",
            trigger=pgtrigger.compiler.Trigger(
                name="ajout_seul",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="17c780d74b8d3611f075c1fdc6aca46e004aa301",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_ajout_seul_2e07d",
                    table="facturation_paiement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paiement",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="870cb468607522ecac7cce2652b9d9893bca3e1c",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_c913b",
                    table="facturation_paiement",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="imputation",
            index=models.Index(fields=["facture"], include=("montant",), name="imputation_solde"),
        ),
        migrations.AddConstraint(
            model_name="imputation",
            constraint=models.UniqueConstraint(
                fields=("paiement", "facture"), name="imputation_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="imputation",
            constraint=models.CheckConstraint(
                condition=models.Q(("montant", 0), _negated=True), name="imputation_non_nulle"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="imputation",
            trigger=pgtrigger.compiler.Trigger(
                name="ajout_seul",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="167f196dc15a3ddebc40d30cdbe902fb33c39f55",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_ajout_seul_37f49",
                    table="facturation_imputation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="imputation",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="a49b9593a4cd08cd35c222bfbf64e564d7cb1462",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_ca69e",
                    table="facturation_imputation",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="lignefacture",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantite__gt", 0)), name="ligne_facture_quantite"
            ),
        ),
        migrations.AddConstraint(
            model_name="lignefacture",
            constraint=models.CheckConstraint(
                condition=models.Q(("prix_unitaire__gte", 0)), name="ligne_facture_prix"
            ),
        ),
        migrations.AddConstraint(
            model_name="lignefacture",
            constraint=models.CheckConstraint(
                condition=models.Q(("remise__gte", 0), ("remise__lte", 100)),
                name="ligne_facture_remise",
            ),
        ),
        migrations.AddConstraint(
            model_name="lignefacture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "taux_tva__in",
                        (Decimal("20.00"), Decimal("10.00"), Decimal("5.50"), Decimal("0.00")),
                    )
                ),
                name="ligne_facture_tva",
            ),
        ),
        migrations.AddConstraint(
            model_name="lignefacture",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_ht__gte", 0)), name="ligne_facture_net"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lignefacture",
            trigger=pgtrigger.compiler.Trigger(
                name="suit_son_document",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE parent bigint; fige boolean;",
                    func="\n            FOREACH parent IN ARRAY ARRAY[\n                CASE WHEN TG_OP <> 'INSERT' THEN OLD.facture_id END,\n                CASE WHEN TG_OP <> 'DELETE' THEN NEW.facture_id END\n            ] LOOP\n                SELECT statut <> 'brouillon' INTO fige FROM facturation_facture WHERE id = parent FOR SHARE;\n                IF fige THEN\n                    RAISE EXCEPTION 'Document émis : ses lignes ne changent plus.'\n                        USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n            END LOOP;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                    hash="1a3b1c12050d203f09740086abeb404dbc96c8f0",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_suit_son_document_9d3bb",
                    table="facturation_lignefacture",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lignefacture",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="a840ab8af969fc74c1b283900bbfcb60b655c275",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_11929",
                    table="facturation_lignefacture",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="lignedevis",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantite__gt", 0)), name="ligne_devis_quantite"
            ),
        ),
        migrations.AddConstraint(
            model_name="lignedevis",
            constraint=models.CheckConstraint(
                condition=models.Q(("prix_unitaire__gte", 0)), name="ligne_devis_prix"
            ),
        ),
        migrations.AddConstraint(
            model_name="lignedevis",
            constraint=models.CheckConstraint(
                condition=models.Q(("remise__gte", 0), ("remise__lte", 100)),
                name="ligne_devis_remise",
            ),
        ),
        migrations.AddConstraint(
            model_name="lignedevis",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "taux_tva__in",
                        (Decimal("20.00"), Decimal("10.00"), Decimal("5.50"), Decimal("0.00")),
                    )
                ),
                name="ligne_devis_tva",
            ),
        ),
        migrations.AddConstraint(
            model_name="lignedevis",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_ht__gte", 0)), name="ligne_devis_net"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lignedevis",
            trigger=pgtrigger.compiler.Trigger(
                name="suit_son_document",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE parent bigint; fige boolean;",
                    func="\n            FOREACH parent IN ARRAY ARRAY[\n                CASE WHEN TG_OP <> 'INSERT' THEN OLD.devis_id END,\n                CASE WHEN TG_OP <> 'DELETE' THEN NEW.devis_id END\n            ] LOOP\n                SELECT statut <> 'brouillon' INTO fige FROM facturation_devis WHERE id = parent FOR SHARE;\n                IF fige THEN\n                    RAISE EXCEPTION 'Document émis : ses lignes ne changent plus.'\n                        USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n            END LOOP;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                    hash="b5e0db4e1c0b36d1394c3c2ee7b2e1ac563150af",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_suit_son_document_0d258",
                    table="facturation_lignedevis",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lignedevis",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="a0eb0ea54d00e8478d5c3447c2f2181cd69ed78c",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_526dd",
                    table="facturation_lignedevis",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="tvafacture",
            constraint=models.UniqueConstraint(
                fields=("facture", "taux"), name="tva_facture_unique"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tvafacture",
            trigger=pgtrigger.compiler.Trigger(
                name="suit_son_document",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE parent bigint; fige boolean;",
                    func="\n            FOREACH parent IN ARRAY ARRAY[\n                CASE WHEN TG_OP <> 'INSERT' THEN OLD.facture_id END,\n                CASE WHEN TG_OP <> 'DELETE' THEN NEW.facture_id END\n            ] LOOP\n                SELECT statut <> 'brouillon' INTO fige FROM facturation_facture WHERE id = parent FOR SHARE;\n                IF fige THEN\n                    RAISE EXCEPTION 'Document émis : ses lignes ne changent plus.'\n                        USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n            END LOOP;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                    hash="7d41d24810b29364662d094376e800ca05fef14e",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_suit_son_document_b2706",
                    table="facturation_tvafacture",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tvafacture",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="64661d82b5b03cd9348e4508c4f60f444c5a7316",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_3017e",
                    table="facturation_tvafacture",
                    when="BEFORE",
                ),
            ),
        ),
    ]
