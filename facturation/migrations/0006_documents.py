"""Types of documents, versions, discounts, mentions, credit, retentions, and the chain.

What was written before keeps its reduced rates without a justification: those checks are NOT VALID.
"""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chantiers", "0003_intitules"),
        ("clients", "0002_rejets_d_import"),
        ("facturation", "0005_un_devis_une_facture"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Logo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type_mime", models.CharField(max_length=20)),
                ("contenu", models.BinaryField()),
                ("sha256", models.CharField(max_length=64, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("code", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("intitule", models.CharField(max_length=100, verbose_name="intitulé")),
                (
                    "texte",
                    models.TextField(help_text="{mediateur}, {assurance}, {sap} sont remplacés."),
                ),
                ("active", models.BooleanField(default=True, verbose_name="imprimée")),
                ("rang", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["rang", "code"],
            },
        ),
        migrations.CreateModel(
            name="Retenue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("montant", models.DecimalField(decimal_places=2, max_digits=12)),
                ("reception_le", models.DateField(null=True, verbose_name="réception des travaux")),
                ("echeance", models.DateField(null=True, verbose_name="échéance")),
            ],
            options={
                "verbose_name": "retenue de garantie",
                "verbose_name_plural": "retenues de garantie",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="devis",
            name="finalise_fige",
        ),
        migrations.RemoveConstraint(
            model_name="facture",
            name="facture_emise_numerotee",
        ),
        migrations.RemoveConstraint(
            model_name="facture",
            name="facture_origine",
        ),
        migrations.RemoveConstraint(
            model_name="facture",
            name="facture_un_devis_une_facture",
        ),
        migrations.RemoveConstraint(
            model_name="imputation",
            name="imputation_unique",
        ),
        migrations.RemoveConstraint(
            model_name="lignedevis",
            name="ligne_devis_quantite",
        ),
        migrations.RemoveConstraint(
            model_name="lignedevis",
            name="ligne_devis_remise",
        ),
        migrations.RemoveConstraint(
            model_name="lignedevis",
            name="ligne_devis_net",
        ),
        migrations.RemoveConstraint(
            model_name="lignefacture",
            name="ligne_facture_quantite",
        ),
        migrations.RemoveConstraint(
            model_name="lignefacture",
            name="ligne_facture_remise",
        ),
        migrations.RemoveConstraint(
            model_name="lignefacture",
            name="ligne_facture_net",
        ),
        migrations.RemoveConstraint(
            model_name="paiement",
            name="paiement_signe",
        ),
        migrations.AddField(
            model_name="compteur",
            name="empreinte",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="devis",
            name="conclusion",
            field=models.CharField(
                choices=[
                    ("etablissement", "À nos bureaux"),
                    ("domicile", "Chez le client"),
                    ("distance", "À distance (courriel, courrier)"),
                ],
                default="distance",
                max_length=15,
                verbose_name="signature",
            ),
        ),
        migrations.AddField(
            model_name="devis",
            name="conditions",
            field=models.TextField(blank=True, max_length=2000),
        ),
        migrations.AddField(
            model_name="devis",
            name="dechets_collecte",
            field=models.CharField(blank=True, max_length=300, verbose_name="déchets : collecte"),
        ),
        migrations.AddField(
            model_name="devis",
            name="dechets_cout",
            field=models.CharField(blank=True, max_length=300, verbose_name="déchets : coût"),
        ),
        migrations.AddField(
            model_name="devis",
            name="dechets_quantite",
            field=models.CharField(blank=True, max_length=300, verbose_name="déchets : quantité"),
        ),
        migrations.AddField(
            model_name="devis",
            name="dechets_tri",
            field=models.CharField(blank=True, max_length=300, verbose_name="déchets : tri"),
        ),
        migrations.AddField(
            model_name="devis",
            name="empreinte",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="devis",
            name="exoneration",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Aucune"),
                    ("franchise", "Franchise en base (article 293 B du CGI)"),
                    ("autoliquidation", "Autoliquidation (article 283-2 nonies du CGI)"),
                ],
                max_length=15,
                verbose_name="motif du taux 0 %",
            ),
        ),
        migrations.AddField(
            model_name="devis",
            name="lieu",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="devis",
            name="mentions",
            field=models.JSONField(default=list, editable=False),
        ),
        migrations.AddField(
            model_name="devis",
            name="options_retenues",
            field=models.JSONField(default=list, editable=False, verbose_name="options retenues"),
        ),
        migrations.AddField(
            model_name="devis",
            name="precedente",
            field=models.CharField(
                blank=True, editable=False, max_length=64, verbose_name="empreinte précédente"
            ),
        ),
        migrations.AddField(
            model_name="devis",
            name="remise_montant",
            field=models.DecimalField(
                decimal_places=2, default=Decimal("0"), max_digits=12, verbose_name="remise (€ HT)"
            ),
        ),
        migrations.AddField(
            model_name="devis",
            name="remise_taux",
            field=models.DecimalField(
                decimal_places=2, default=Decimal("0"), max_digits=5, verbose_name="remise (%)"
            ),
        ),
        migrations.AddField(
            model_name="devis",
            name="remplace",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revisions",
                to="facturation.devis",
            ),
        ),
        migrations.AddField(
            model_name="devis",
            name="sans_dechets",
            field=models.BooleanField(default=False, verbose_name="aucun déchet"),
        ),
        migrations.AddField(
            model_name="devis",
            name="serie",  # those already numbered are of this series
            field=models.CharField(
                blank=True, default="DEV", editable=False, max_length=10, verbose_name="série"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="devis",
            name="signe_le",
            field=models.DateField(editable=False, null=True, verbose_name="signé le"),
        ),
        migrations.AddField(
            model_name="devis",
            name="version",
            field=models.PositiveSmallIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="couleur",
            field=models.CharField(
                default="#2c5a3a",
                max_length=7,
                validators=[
                    django.core.validators.RegexValidator(
                        "^#[0-9A-Fa-f]{6}\\Z", "Une couleur s'écrit #2c5a3a."
                    )
                ],
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="dechets_collecte",
            field=models.CharField(
                blank=True,
                help_text="Nom, adresse et type d'installation.",
                max_length=300,
                verbose_name="déchets : points de collecte",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="dechets_cout",
            field=models.CharField(
                default="Compris dans le prix des travaux",
                max_length=300,
                verbose_name="déchets : coût",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="dechets_quantite",
            field=models.CharField(
                default="Déchets verts du chantier, quantité estimée d'après les lignes du devis",
                max_length=300,
                verbose_name="déchets : nature et quantité",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="dechets_tri",
            field=models.CharField(
                default="Triés sur place, broyés ou enlevés par nos soins",
                max_length=300,
                verbose_name="déchets : tri et enlèvement",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="franchise",
            field=models.BooleanField(
                default=False,
                help_text="Aucune TVA n'est alors facturée (article 293 B du CGI).",
                verbose_name="franchise en base de TVA",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="prefixe_avoir",
            field=models.CharField(
                default="AVO",
                max_length=10,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z0-9+_/-]{1,10}\\Z",
                        "De 1 à 10 lettres sans accent, chiffres ou + - _ /.",
                    )
                ],
                verbose_name="série des avoirs",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="prefixe_devis",
            field=models.CharField(
                default="DEV",
                max_length=10,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z0-9+_/-]{1,10}\\Z",
                        "De 1 à 10 lettres sans accent, chiffres ou + - _ /.",
                    )
                ],
                verbose_name="série des devis",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="prefixe_encaissement",
            field=models.CharField(
                default="ENC",
                max_length=10,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z0-9+_/-]{1,10}\\Z",
                        "De 1 à 10 lettres sans accent, chiffres ou + - _ /.",
                    )
                ],
                verbose_name="série des encaissements",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="prefixe_facture",
            field=models.CharField(
                default="FAC",
                max_length=10,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z0-9+_/-]{1,10}\\Z",
                        "De 1 à 10 lettres sans accent, chiffres ou + - _ /.",
                    )
                ],
                verbose_name="série des factures",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="sap",
            field=models.CharField(
                blank=True,
                help_text="Numéro et date.",
                max_length=100,
                verbose_name="déclaration de services à la personne",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="syndic_consommateur",
            field=models.BooleanField(
                default=True,
                help_text="Ni pénalités ni 40 € sur leurs factures.",
                verbose_name="les syndics comme des particuliers",
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="tva_debits",
            field=models.BooleanField(
                default=False, verbose_name="option pour la TVA sur les débits"
            ),
        ),
        migrations.AddField(
            model_name="facture",
            name="conditions",
            field=models.TextField(blank=True, max_length=2000),
        ),
        migrations.AddField(
            model_name="facture",
            name="empreinte",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="facture",
            name="exoneration",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Aucune"),
                    ("franchise", "Franchise en base (article 293 B du CGI)"),
                    ("autoliquidation", "Autoliquidation (article 283-2 nonies du CGI)"),
                ],
                max_length=15,
                verbose_name="motif du taux 0 %",
            ),
        ),
        migrations.AddField(
            model_name="facture",
            name="lieu",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="facture",
            name="mentions",
            field=models.JSONField(default=list, editable=False),
        ),
        migrations.AddField(
            model_name="facture",
            name="motif",
            field=models.CharField(blank=True, max_length=300, verbose_name="motif de l'avoir"),
        ),
        migrations.AddField(
            model_name="facture",
            name="precedente",
            field=models.CharField(
                blank=True, editable=False, max_length=64, verbose_name="empreinte précédente"
            ),
        ),
        migrations.AddField(
            model_name="facture",
            name="prestation_le",
            field=models.DateField(blank=True, null=True, verbose_name="date de la prestation"),
        ),
        migrations.AddField(
            model_name="facture",
            name="reference_client",
            field=models.CharField(blank=True, max_length=50, verbose_name="votre commande n°"),
        ),
        migrations.AddField(
            model_name="facture",
            name="references",
            field=models.JSONField(default=list, editable=False),
        ),
        migrations.AddField(
            model_name="facture",
            name="remise_montant",
            field=models.DecimalField(
                decimal_places=2, default=Decimal("0"), max_digits=12, verbose_name="remise (€ HT)"
            ),
        ),
        migrations.AddField(
            model_name="facture",
            name="remise_taux",
            field=models.DecimalField(
                decimal_places=2, default=Decimal("0"), max_digits=5, verbose_name="remise (%)"
            ),
        ),
        migrations.AddField(
            model_name="facture",
            name="retenue_taux",
            field=models.DecimalField(
                decimal_places=2,
                default=Decimal("0"),
                max_digits=4,
                verbose_name="retenue de garantie (%)",
            ),
        ),
        migrations.AddField(
            model_name="imputation",
            name="le",
            field=models.DateField(null=True, verbose_name="imputé le"),
        ),
        migrations.AddField(
            model_name="lignedevis",
            name="decennale",
            field=models.BooleanField(default=False, verbose_name="couverte par la décennale"),
        ),
        migrations.AddField(
            model_name="lignedevis",
            name="justification_tva",
            field=models.CharField(
                blank=True, max_length=200, verbose_name="justification du taux réduit"
            ),
        ),
        migrations.AddField(
            model_name="lignedevis",
            name="option",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="lignedevis",
            name="remise_montant",
            field=models.DecimalField(
                decimal_places=2, default=Decimal("0"), max_digits=12, verbose_name="remise (€ HT)"
            ),
        ),
        migrations.AddField(
            model_name="lignedevis",
            name="sap",
            field=models.BooleanField(default=False, verbose_name="service à la personne"),
        ),
        migrations.AddField(
            model_name="lignedevis",
            name="section",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="lignefacture",
            name="avancement",
            field=models.DecimalField(
                decimal_places=2,
                editable=False,
                max_digits=5,
                null=True,
                verbose_name="avancement (%)",
            ),
        ),
        migrations.AddField(
            model_name="lignefacture",
            name="decennale",
            field=models.BooleanField(default=False, verbose_name="couverte par la décennale"),
        ),
        migrations.AddField(
            model_name="lignefacture",
            name="deduit",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="facturation.facture",
            ),
        ),
        migrations.AddField(
            model_name="lignefacture",
            name="justification_tva",
            field=models.CharField(
                blank=True, max_length=200, verbose_name="justification du taux réduit"
            ),
        ),
        migrations.AddField(
            model_name="lignefacture",
            name="ligne_devis",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="facturation.lignedevis",
            ),
        ),
        migrations.AddField(
            model_name="lignefacture",
            name="remise_montant",
            field=models.DecimalField(
                decimal_places=2, default=Decimal("0"), max_digits=12, verbose_name="remise (€ HT)"
            ),
        ),
        migrations.AddField(
            model_name="lignefacture",
            name="sap",
            field=models.BooleanField(default=False, verbose_name="service à la personne"),
        ),
        migrations.AddField(
            model_name="lignefacture",
            name="section",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="paiement",
            name="empreinte",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="paiement",
            name="numero",
            field=models.CharField(editable=False, max_length=35, null=True, verbose_name="numéro"),
        ),
        migrations.AddField(
            model_name="paiement",
            name="precedente",
            field=models.CharField(
                blank=True, editable=False, max_length=64, verbose_name="empreinte précédente"
            ),
        ),
        migrations.AddField(
            model_name="paiement",
            name="rembourse",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="remboursements",
                to="facturation.paiement",
            ),
        ),
        migrations.AddField(
            model_name="paiement",
            name="serie",
            field=models.CharField(blank=True, editable=False, max_length=10, verbose_name="série"),
        ),
        migrations.AddField(
            model_name="prestation",
            name="decennale",
            field=models.BooleanField(default=False, verbose_name="couverte par la décennale"),
        ),
        migrations.AddField(
            model_name="prestation",
            name="justification_tva",
            field=models.CharField(
                blank=True, max_length=200, verbose_name="justification du taux réduit"
            ),
        ),
        migrations.AddField(
            model_name="prestation",
            name="sap",
            field=models.BooleanField(default=False, verbose_name="service à la personne"),
        ),
        migrations.AlterField(
            model_name="devis",
            name="numero",
            field=models.CharField(editable=False, max_length=35, null=True, verbose_name="numéro"),
        ),
        migrations.AlterField(
            model_name="devis",
            name="statut",
            field=models.CharField(
                choices=[
                    ("brouillon", "Brouillon"),
                    ("finalise", "Finalisé"),
                    ("envoye", "Envoyé"),
                    ("accepte", "Accepté"),
                    ("refuse", "Refusé"),
                    ("expire", "Expiré"),
                    ("remplace", "Remplacé"),
                ],
                default="brouillon",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="entreprise",
            name="assurance",
            field=models.CharField(
                blank=True,
                help_text="Assureur, coordonnées, étendue géographique.",
                max_length=300,
                verbose_name="assurance décennale",
            ),
        ),
        migrations.AlterField(
            model_name="entreprise",
            name="forme",
            field=models.CharField(
                blank=True,
                help_text="Par exemple : SARL au capital de 20 000 €, ou EI.",
                max_length=100,
                verbose_name="forme et capital",
            ),
        ),
        migrations.AlterField(
            model_name="entreprise",
            name="mediateur",
            field=models.CharField(
                blank=True,
                help_text="Nom et coordonnées.",
                max_length=300,
                verbose_name="médiateur de la consommation",
            ),
        ),
        migrations.AlterField(
            model_name="entreprise",
            name="rcs",
            field=models.CharField(
                blank=True,
                help_text="Par exemple : Angers 732 829 320.",
                max_length=100,
                verbose_name="RCS",
            ),
        ),
        migrations.AlterField(
            model_name="facture",
            name="cree_le",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, verbose_name="créé le"
            ),
        ),
        migrations.AlterField(
            model_name="facture",
            name="date",
            field=models.DateField(editable=False, null=True, verbose_name="date"),
        ),
        migrations.AlterField(
            model_name="facture",
            name="type",
            field=models.CharField(
                choices=[
                    ("facture", "Facture"),
                    ("acompte", "Facture d'acompte"),
                    ("situation", "Facture de situation"),
                    ("solde", "Facture de solde"),
                    ("avoir", "Avoir"),
                ],
                default="facture",
                max_length=10,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="compteur",
            trigger=pgtrigger.compiler.Trigger(
                name="un_par_un",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.dernier <> OLD.dernier + 1 OR NEW.serie <> OLD.serie OR NEW.annee <> OLD.annee)",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="2016be04796b75244a87c11b5abd1ccc7d952fc9",
                    operation="UPDATE",
                    pgid="pgtrigger_un_par_un_bc60c",
                    table="facturation_compteur",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="compteur",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_efface",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="8dc261a57b075a42d7487a91ca8811a0a42f35ad",
                    operation="DELETE",
                    pgid="pgtrigger_jamais_efface_3ffbb",
                    table="facturation_compteur",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="compteur",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="52c3b2edb7622e4c42e14e76ff53e497b53256bb",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_ab916",
                    table="facturation_compteur",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="devis",
            trigger=pgtrigger.compiler.Trigger(
                name="finalise_fige",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD.statut <> \'brouillon\' AND ((OLD."chantier_id" IS DISTINCT FROM (NEW."chantier_id") OR OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."conclusion" IS DISTINCT FROM (NEW."conclusion") OR OLD."conditions" IS DISTINCT FROM (NEW."conditions") OR OLD."cree_le" IS DISTINCT FROM (NEW."cree_le") OR OLD."date" IS DISTINCT FROM (NEW."date") OR OLD."dechets_collecte" IS DISTINCT FROM (NEW."dechets_collecte") OR OLD."dechets_cout" IS DISTINCT FROM (NEW."dechets_cout") OR OLD."dechets_quantite" IS DISTINCT FROM (NEW."dechets_quantite") OR OLD."dechets_tri" IS DISTINCT FROM (NEW."dechets_tri") OR OLD."destinataire" IS DISTINCT FROM (NEW."destinataire") OR OLD."duree_validite" IS DISTINCT FROM (NEW."duree_validite") OR OLD."emetteur" IS DISTINCT FROM (NEW."emetteur") OR OLD."empreinte" IS DISTINCT FROM (NEW."empreinte") OR OLD."exoneration" IS DISTINCT FROM (NEW."exoneration") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."lieu" IS DISTINCT FROM (NEW."lieu") OR OLD."mentions" IS DISTINCT FROM (NEW."mentions") OR OLD."numero" IS DISTINCT FROM (NEW."numero") OR OLD."objet" IS DISTINCT FROM (NEW."objet") OR OLD."precedente" IS DISTINCT FROM (NEW."precedente") OR OLD."remise_montant" IS DISTINCT FROM (NEW."remise_montant") OR OLD."remise_taux" IS DISTINCT FROM (NEW."remise_taux") OR OLD."remplace_id" IS DISTINCT FROM (NEW."remplace_id") OR OLD."sans_dechets" IS DISTINCT FROM (NEW."sans_dechets") OR OLD."serie" IS DISTINCT FROM (NEW."serie") OR OLD."total_ht" IS DISTINCT FROM (NEW."total_ht") OR OLD."total_ttc" IS DISTINCT FROM (NEW."total_ttc") OR OLD."total_tva" IS DISTINCT FROM (NEW."total_tva") OR OLD."valide_jusqu_au" IS DISTINCT FROM (NEW."valide_jusqu_au") OR OLD."version" IS DISTINCT FROM (NEW."version"))))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="437fe26100ebb1d6366c498b209e8cd62b4248be",
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
                name="accepte_fige",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"statut\" = 'accepte')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="53f7ba7e9093a41560d4d8c5a95dba2263c8f335",
                    operation="UPDATE",
                    pgid="pgtrigger_accepte_fige_c548c",
                    table="facturation_devis",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="facture",
            trigger=pgtrigger.compiler.Trigger(
                name="avoir_borne",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."origine_id" IS NOT NULL AND NEW."statut" = \'emise\')',
                    declare="DECLARE reste numeric;",
                    func="\n        PERFORM 1 FROM facturation_facture WHERE id = NEW.origine_id FOR NO KEY UPDATE;\n        SELECT total_ttc - coalesce((\n            SELECT sum(total_ttc) FROM facturation_facture\n            WHERE origine_id = NEW.origine_id AND statut = 'emise' AND id <> NEW.id\n        ), 0) INTO reste FROM facturation_facture WHERE id = NEW.origine_id;\n        IF NEW.total_ttc > reste THEN\n            RAISE EXCEPTION 'Avoir de % pour un reste de %.', NEW.total_ttc, reste\n                USING ERRCODE = 'integrity_constraint_violation';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="e46260a30dc3ee5174e651e0773735c8077b5eac",
                    operation="UPDATE",
                    pgid="pgtrigger_avoir_borne_22dcb",
                    table="facturation_facture",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="imputation",
            trigger=pgtrigger.compiler.Trigger(
                name="imputation_bornee",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE recu numeric; impute numeric; du numeric; regle numeric;",
                    func="\n        SELECT montant INTO recu FROM facturation_paiement\n            WHERE id = NEW.paiement_id FOR NO KEY UPDATE;\n        SELECT sum(montant) INTO impute FROM facturation_imputation\n            WHERE paiement_id = NEW.paiement_id;\n        SELECT recu + coalesce(sum(montant), 0) INTO recu FROM facturation_paiement\n            WHERE rembourse_id = NEW.paiement_id;\n        IF impute * sign(recu) < 0 OR abs(impute) > abs(recu) THEN\n            RAISE EXCEPTION 'Imputations de % pour un paiement de %.', impute, recu\n                USING ERRCODE = 'integrity_constraint_violation';\n        END IF;\n        IF NEW.montant > 0 THEN\n            SELECT total_ttc INTO du FROM facturation_facture\n                WHERE id = NEW.facture_id FOR NO KEY UPDATE;\n            SELECT montant INTO regle FROM facturation_reglement WHERE facture_id = NEW.facture_id;\n            IF regle > du THEN\n                RAISE EXCEPTION 'Règlements de % pour une facture de %.', regle, du\n                    USING ERRCODE = 'integrity_constraint_violation';\n            END IF;\n        END IF;\n        RETURN NULL;\n    ",
                    hash="a13632af3a311010a73fe6b6170c3079787df3ee",
                    operation="INSERT",
                    pgid="pgtrigger_imputation_bornee_87b21",
                    table="facturation_imputation",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="devis",
            constraint=models.UniqueConstraint(
                condition=models.Q(("supprime_le", None)),
                fields=("remplace",),
                name="devis_une_revision",
                violation_error_message="Ce devis a déjà une nouvelle version.",
            ),
        ),
        migrations.AddConstraint(
            model_name="devis",
            constraint=models.UniqueConstraint(fields=("numero",), name="devis_numero_unique"),
        ),
        migrations.AddConstraint(
            model_name="devis",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("remise_montant__gte", 0),
                    ("remise_taux__gte", 0),
                    ("remise_taux__lte", 100),
                    models.Q(("remise_taux", 0), ("remise_montant", 0), _connector="OR"),
                ),
                name="devis_remise",
                violation_error_message="Une remise est en pourcentage ou en euros, pas les deux.",
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("numero", None), ("statut", "brouillon")),
                    models.Q(
                        ("date__isnull", False),
                        ("numero__isnull", False),
                        ("statut", "emise"),
                        ("supprime_le", None),
                        models.Q(
                            ("type", "avoir"),
                            models.Q(
                                ("echeance__gte", models.F("date")), ("echeance__isnull", False)
                            ),
                            _connector="OR",
                        ),
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
                    ("remise_montant__gte", 0),
                    ("remise_taux__gte", 0),
                    ("remise_taux__lte", 100),
                    models.Q(("remise_taux", 0), ("remise_montant", 0), _connector="OR"),
                ),
                name="facture_remise",
                violation_error_message="Une remise est en pourcentage ou en euros, pas les deux.",
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("type", "avoir"), _negated=True), ("origine", None)),
                    models.Q(
                        ("origine__isnull", False),
                        ("type", "avoir"),
                        models.Q(("motif", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="facture_origine",
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("type__in", ["acompte", "situation", "solde"]), _negated=True),
                    ("devis__isnull", False),
                    _connector="OR",
                ),
                name="facture_du_devis",
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.CheckConstraint(
                condition=models.Q(("retenue_taux__gte", 0), ("retenue_taux__lte", 5)),
                name="facture_retenue",
                violation_error_message="La retenue de garantie va de 0 à 5 %.",
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("statut", "brouillon"),
                    ("supprime_le", None),
                    models.Q(("type", "avoir"), _negated=True),
                ),
                fields=("devis",),
                name="facture_un_brouillon_par_devis",
                violation_error_message="Ce devis a déjà une facture en brouillon.",
            ),
        ),
        migrations.AddConstraint(
            model_name="lignedevis",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantite__gt", 0), ("total_ht__gte", 0)),
                name="ligne_devis_signe",
            ),
        ),
        migrations.AddConstraint(
            model_name="lignedevis",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("remise__gte", 0),
                    ("remise__lte", 100),
                    ("remise_montant__gte", 0),
                    models.Q(("remise", 0), ("remise_montant", 0), _connector="OR"),
                ),
                name="ligne_devis_remise",
            ),
        ),
        AddConstraintNotValid(
            model_name="lignedevis",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("taux_tva__in", (Decimal("10.00"), Decimal("5.50"))), _negated=True),
                    models.Q(("justification_tva", ""), _negated=True),
                    _connector="OR",
                ),
                name="ligne_devis_taux_reduit",
            ),
        ),
        migrations.AddConstraint(
            model_name="lignefacture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("quantite__gt", 0),
                        ("total_ht__gte", 0),
                        models.Q(("deduit__isnull", False), _negated=True),
                    ),
                    models.Q(("quantite__lt", 0), ("total_ht__lte", 0), ("deduit__isnull", False)),
                    _connector="OR",
                ),
                name="ligne_facture_signe",
            ),
        ),
        migrations.AddConstraint(
            model_name="lignefacture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("remise__gte", 0),
                    ("remise__lte", 100),
                    ("remise_montant__gte", 0),
                    models.Q(("remise", 0), ("remise_montant", 0), _connector="OR"),
                ),
                name="ligne_facture_remise",
            ),
        ),
        AddConstraintNotValid(
            model_name="lignefacture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("taux_tva__in", (Decimal("10.00"), Decimal("5.50"))), _negated=True),
                    models.Q(("justification_tva", ""), _negated=True),
                    _connector="OR",
                ),
                name="ligne_facture_taux_reduit",
            ),
        ),
        migrations.AddConstraint(
            model_name="paiement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("annule", None), ("montant__gt", 0), ("rembourse", None)),
                    models.Q(("annule__isnull", False), ("montant__lt", 0), ("rembourse", None)),
                    models.Q(("annule", None), ("montant__lt", 0), ("rembourse__isnull", False)),
                    _connector="OR",
                ),
                name="paiement_signe",
            ),
        ),
        migrations.AddConstraint(
            model_name="paiement",
            constraint=models.UniqueConstraint(
                fields=("serie", "numero"), name="paiement_numero_unique"
            ),
        ),
        AddConstraintNotValid(
            model_name="prestation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("taux_tva__in", (Decimal("10.00"), Decimal("5.50"))), _negated=True),
                    models.Q(("justification_tva", ""), _negated=True),
                    _connector="OR",
                ),
                name="prestation_taux_reduit",
                violation_error_message="Un taux réduit demande sa justification.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="logo",
            trigger=pgtrigger.compiler.Trigger(
                name="ajout_seul",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ebf84fa294019c1af2c4cd1a59eed95d5d4ae2b7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_ajout_seul_bd754",
                    table="facturation_logo",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="logo",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="9b13d1545219235c8834444c4eec6fea32b27c5a",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_92fba",
                    table="facturation_logo",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="entreprise",
            name="logo",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="facturation.logo",
            ),
        ),
        migrations.AddField(
            model_name="retenue",
            name="facture",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="retenue",
                to="facturation.facture",
            ),
        ),
        migrations.AddConstraint(
            model_name="retenue",
            constraint=models.CheckConstraint(
                condition=models.Q(("montant__gt", 0)), name="retenue_montant"
            ),
        ),
        migrations.AddConstraint(
            model_name="retenue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("echeance", None), ("reception_le", None)),
                    models.Q(
                        ("echeance__gt", models.F("reception_le")), ("reception_le__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="retenue_echeance",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retenue",
            trigger=pgtrigger.compiler.Trigger(
                name="montant_fige",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."facture_id" IS DISTINCT FROM (NEW."facture_id") OR OLD."montant" IS DISTINCT FROM (NEW."montant"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="322784f5eee759c2b90572d2995976c25057cf62",
                    operation="UPDATE",
                    pgid="pgtrigger_montant_fige_82497",
                    table="facturation_retenue",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retenue",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_effacee",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="7a5768f8d6763cb755040701a688136c0d7f1660",
                    operation="DELETE",
                    pgid="pgtrigger_jamais_effacee_6c7e9",
                    table="facturation_retenue",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retenue",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="986fe412ecd852d8b15786dd75050e3fa23848ba",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_sans_truncate_5192f",
                    table="facturation_retenue",
                    when="BEFORE",
                ),
            ),
        ),
    ]
