"""Automatic mails as a table; direct debits: mandates, debited invoices, creditor identifier.

Reversible as long as no invoice was issued by direct debit.
"""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0002_rejets_d_import"),
        ("facturation", "0010_encaissements_chaines"),
    ]

    operations = [
        migrations.CreateModel(
            name="MandatPrelevement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rum",
                    models.CharField(
                        max_length=35,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Za-z0-9+?/:().,'-]{1,35}\\Z",
                                "De 1 à 35 lettres sans accent, chiffres ou + ? / - : ( ).",
                            )
                        ],
                        verbose_name="référence du mandat (RUM)",
                    ),
                ),
                ("signe_le", models.DateField(verbose_name="signé le")),
                ("iban", models.CharField(max_length=34, verbose_name="IBAN du client")),
                ("actif", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "mandat de prélèvement",
                "verbose_name_plural": "mandats de prélèvement",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Prelevement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ics", models.CharField(max_length=35, verbose_name="identifiant créancier")),
                ("rum", models.CharField(max_length=35, verbose_name="référence du mandat (RUM)")),
                ("iban", models.CharField(max_length=34, verbose_name="IBAN du client")),
                ("prevu_le", models.DateField(verbose_name="prévu le")),
                ("rejete_le", models.DateTimeField(null=True, verbose_name="rejeté le")),
                (
                    "motif_rejet",
                    models.CharField(blank=True, max_length=140, verbose_name="motif du rejet"),
                ),
                (
                    "rejete_par",
                    models.CharField(blank=True, max_length=200, verbose_name="rejet noté par"),
                ),
            ],
            options={
                "verbose_name": "prélèvement",
            },
        ),
        migrations.AddField(
            model_name="entreprise",
            name="ics",
            field=models.CharField(
                blank=True,
                help_text="Donné par la banque ; sans lui, aucun prélèvement.",
                max_length=35,
                verbose_name="identifiant créancier SEPA (ICS)",
            ),
        ),
        migrations.AddField(
            model_name="facture",
            name="preleve",
            field=models.BooleanField(default=False, verbose_name="réglée par prélèvement"),
        ),
        migrations.CreateModel(
            name="Evenement",
            fields=[
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("devis_cree", "Devis créé"),
                            ("devis_finalise", "Devis finalisé"),
                            ("devis_envoye", "Devis envoyé"),
                            ("devis_accepte", "Devis accepté ou signé"),
                            ("devis_refuse", "Devis refusé"),
                            ("devis_expire", "Devis expiré"),
                            ("facture_emise", "Facture émise"),
                            ("facture_payee", "Facture payée"),
                            ("avoir_emis", "Avoir émis"),
                            ("relance", "Relance"),
                        ],
                        editable=False,
                        max_length=20,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "intitule",
                    models.CharField(editable=False, max_length=100, verbose_name="événement"),
                ),
                (
                    "vers",
                    models.CharField(
                        choices=[
                            ("client", "Au client"),
                            ("entreprise", "À l'entreprise"),
                            ("les_deux", "Aux deux"),
                            ("aucun", "À personne"),
                        ],
                        max_length=10,
                        verbose_name="envoyé",
                    ),
                ),
                (
                    "adresses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254),
                        blank=True,
                        default=list,
                        help_text="Vide : l'adresse e-mail de l'entreprise. Plusieurs adresses : séparez-les par des virgules.",
                        size=10,
                        verbose_name="adresses de l'entreprise",
                    ),
                ),
                (
                    "bcc",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254),
                        blank=True,
                        default=list,
                        help_text="De ce que reçoit le client. Vide : celles du serveur. Plusieurs adresses : séparez-les par des virgules.",
                        size=10,
                        verbose_name="copies cachées",
                    ),
                ),
                (
                    "objet",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="sujet pour le client"
                    ),
                ),
                (
                    "texte",
                    models.TextField(
                        blank=True, max_length=5000, verbose_name="texte pour le client"
                    ),
                ),
                (
                    "objet_interne",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="sujet pour l'entreprise"
                    ),
                ),
                (
                    "texte_interne",
                    models.TextField(
                        blank=True, max_length=5000, verbose_name="texte pour l'entreprise"
                    ),
                ),
                (
                    "champs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        default=list,
                        editable=False,
                        size=None,
                    ),
                ),
                (
                    "blocs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        default=list,
                        editable=False,
                        size=None,
                    ),
                ),
                ("rang", models.PositiveSmallIntegerField(default=0, editable=False)),
            ],
            options={
                "verbose_name": "envoi automatique",
                "verbose_name_plural": "envois automatiques",
                "ordering": ["rang"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("code", "devis_cree"),
                            ("vers__in", ["client", "les_deux"]),
                            _negated=True,
                        ),
                        name="evenement_brouillon_interne",
                        violation_error_message="Un brouillon ne part jamais chez le client.",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="evenement",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="49ba89d583feae6a9bab5b2d4445570988292935",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_e0f8e",
                    table="facturation_evenement",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="mandatprelevement",
            name="client",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mandat",
                to="clients.client",
            ),
        ),
        migrations.AddField(
            model_name="prelevement",
            name="facture",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="prelevement",
                to="facturation.facture",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mandatprelevement",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="9b1eecde0707ea41201c80e2c1ef65099544c071",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_5cffe",
                    table="facturation_mandatprelevement",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="prelevement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("motif_rejet", ""), ("rejete_le", None), ("rejete_par", "")),
                    models.Q(
                        ("rejete_le__isnull", False), models.Q(("motif_rejet", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="prelevement_rejete",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prelevement",
            trigger=pgtrigger.compiler.Trigger(
                name="annonce_figee",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."facture_id" IS DISTINCT FROM (NEW."facture_id") OR OLD."iban" IS DISTINCT FROM (NEW."iban") OR OLD."ics" IS DISTINCT FROM (NEW."ics") OR OLD."prevu_le" IS DISTINCT FROM (NEW."prevu_le") OR OLD."rum" IS DISTINCT FROM (NEW."rum"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="d53370960cb74e96720ea068b695716bf008a504",
                    operation="UPDATE",
                    pgid="pgtrigger_annonce_figee_f3bc3",
                    table="facturation_prelevement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prelevement",
            trigger=pgtrigger.compiler.Trigger(
                name="rejet_fige",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."rejete_le" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="b276fb382281612658ddb4181bb377ebf271e401",
                    operation="UPDATE",
                    pgid="pgtrigger_rejet_fige_5e59b",
                    table="facturation_prelevement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prelevement",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_efface",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="c3eb32a111f8d59728d5d33aa7be1224987e41ce",
                    operation="DELETE",
                    pgid="pgtrigger_jamais_efface_60f8a",
                    table="facturation_prelevement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prelevement",
            trigger=pgtrigger.compiler.Trigger(
                name="suit_son_document",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE parent bigint; fige boolean;",
                    func="\n            FOREACH parent IN ARRAY ARRAY[\n                CASE WHEN TG_OP <> 'INSERT' THEN OLD.facture_id END,\n                CASE WHEN TG_OP <> 'DELETE' THEN NEW.facture_id END\n            ] LOOP\n                SELECT statut <> 'brouillon' INTO fige FROM facturation_facture WHERE id = parent FOR SHARE;\n                IF fige THEN\n                    RAISE EXCEPTION 'Document émis : ses lignes ne changent plus.'\n                        USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n            END LOOP;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                    hash="2048f8a30d38541056c97df203b52aa2bb13e4dd",
                    operation="INSERT",
                    pgid="pgtrigger_suit_son_document_590c4",
                    table="facturation_prelevement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prelevement",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="50e3ca1a228bc84f6d8d9481e3743169f0eaf7f0",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_c2f6a",
                    table="facturation_prelevement",
                    when="BEFORE",
                ),
            ),
        ),
    ]
