"""Allocations made later are numbered and chained; a counter makes no gap by itself.

Payments entered before they had a number keep none: that check is NOT VALID.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chantiers", "0003_intitules"),
        ("clients", "0002_rejets_d_import"),
        ("facturation", "0009_garde_fous"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="devis",
            name="finalise_fige",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="imputation",
            name="imputation_bornee",
        ),
        migrations.RemoveConstraint(
            model_name="paiement",
            name="paiement_signe",
        ),
        migrations.AddField(
            model_name="devis",
            name="format",
            field=models.PositiveSmallIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="facture",
            name="format",
            field=models.PositiveSmallIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="imputation",
            name="empreinte",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="imputation",
            name="format",
            field=models.PositiveSmallIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="imputation",
            name="numero",
            field=models.CharField(editable=False, max_length=35, null=True, verbose_name="numéro"),
        ),
        migrations.AddField(
            model_name="imputation",
            name="precedente",
            field=models.CharField(
                blank=True, editable=False, max_length=64, verbose_name="empreinte précédente"
            ),
        ),
        migrations.AddField(
            model_name="imputation",
            name="serie",
            field=models.CharField(blank=True, editable=False, max_length=10, verbose_name="série"),
        ),
        migrations.AddField(
            model_name="paiement",
            name="format",
            field=models.PositiveSmallIntegerField(default=1, editable=False),
        ),
        migrations.AlterField(
            model_name="mention",
            name="texte",
            field=models.TextField(
                help_text="{mediateur}, {assurance}, {sap} sont remplacés.", max_length=3000
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="compteur",
            trigger=pgtrigger.compiler.Trigger(
                name="numero_donne",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.dernier <> OLD.dernier)",
                    constraint="CONSTRAINT",
                    declare="DECLARE attendu text;",
                    func="\n        attendu := NEW.serie || '-' || NEW.annee || '-'\n            || lpad(NEW.dernier::text, greatest(4, length(NEW.dernier::text)), '0');\n        IF NOT EXISTS (\n            SELECT FROM facturation_facture WHERE serie = NEW.serie AND numero = attendu\n            UNION ALL\n            SELECT FROM facturation_paiement WHERE serie = NEW.serie AND numero = attendu\n            UNION ALL\n            SELECT FROM facturation_imputation WHERE serie = NEW.serie AND numero = attendu\n            UNION ALL\n            SELECT FROM facturation_devis WHERE numero = attendu\n        ) THEN\n            RAISE EXCEPTION 'Le numéro % n''est donné à aucun document.', attendu\n                USING ERRCODE = 'integrity_constraint_violation';\n        END IF;\n        RETURN NULL;\n    ",
                    hash="c689fb038e6c92dc7d2915671e313633cb80bc37",
                    operation="UPDATE",
                    pgid="pgtrigger_numero_donne_d6252",
                    table="facturation_compteur",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="devis",
            trigger=pgtrigger.compiler.Trigger(
                name="finalise_fige",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD.statut <> \'brouillon\' AND ((OLD."chantier_id" IS DISTINCT FROM (NEW."chantier_id") OR OLD."client_id" IS DISTINCT FROM (NEW."client_id") OR OLD."conclusion" IS DISTINCT FROM (NEW."conclusion") OR OLD."conditions" IS DISTINCT FROM (NEW."conditions") OR OLD."cree_le" IS DISTINCT FROM (NEW."cree_le") OR OLD."date" IS DISTINCT FROM (NEW."date") OR OLD."dechets_collecte" IS DISTINCT FROM (NEW."dechets_collecte") OR OLD."dechets_cout" IS DISTINCT FROM (NEW."dechets_cout") OR OLD."dechets_quantite" IS DISTINCT FROM (NEW."dechets_quantite") OR OLD."dechets_tri" IS DISTINCT FROM (NEW."dechets_tri") OR OLD."destinataire" IS DISTINCT FROM (NEW."destinataire") OR OLD."duree_validite" IS DISTINCT FROM (NEW."duree_validite") OR OLD."emetteur" IS DISTINCT FROM (NEW."emetteur") OR OLD."empreinte" IS DISTINCT FROM (NEW."empreinte") OR OLD."exoneration" IS DISTINCT FROM (NEW."exoneration") OR OLD."format" IS DISTINCT FROM (NEW."format") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."lieu" IS DISTINCT FROM (NEW."lieu") OR OLD."mentions" IS DISTINCT FROM (NEW."mentions") OR OLD."numero" IS DISTINCT FROM (NEW."numero") OR OLD."objet" IS DISTINCT FROM (NEW."objet") OR OLD."precedente" IS DISTINCT FROM (NEW."precedente") OR OLD."remise_montant" IS DISTINCT FROM (NEW."remise_montant") OR OLD."remise_taux" IS DISTINCT FROM (NEW."remise_taux") OR OLD."remplace_id" IS DISTINCT FROM (NEW."remplace_id") OR OLD."sans_dechets" IS DISTINCT FROM (NEW."sans_dechets") OR OLD."serie" IS DISTINCT FROM (NEW."serie") OR OLD."total_ht" IS DISTINCT FROM (NEW."total_ht") OR OLD."total_ttc" IS DISTINCT FROM (NEW."total_ttc") OR OLD."total_tva" IS DISTINCT FROM (NEW."total_tva") OR OLD."valide_jusqu_au" IS DISTINCT FROM (NEW."valide_jusqu_au") OR OLD."version" IS DISTINCT FROM (NEW."version"))))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="bf53c590c2e261286e13a1cb5f21de124ae97365",
                    operation="UPDATE",
                    pgid="pgtrigger_finalise_fige_233de",
                    table="facturation_devis",
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
                    func="\n        IF NOT EXISTS (\n            SELECT FROM facturation_facture f JOIN facturation_paiement p USING (client_id)\n            WHERE f.id = NEW.facture_id AND p.id = NEW.paiement_id\n                AND f.statut = 'emise' AND f.type <> 'avoir'\n        ) THEN\n            RAISE EXCEPTION 'Un paiement règle les factures émises de son client.'\n                USING ERRCODE = 'integrity_constraint_violation';\n        END IF;\n        SELECT montant INTO recu FROM facturation_paiement\n            WHERE id = NEW.paiement_id FOR NO KEY UPDATE;\n        SELECT sum(montant) INTO impute FROM facturation_imputation\n            WHERE paiement_id = NEW.paiement_id;\n        SELECT recu + coalesce(sum(montant), 0) INTO recu FROM facturation_paiement\n            WHERE rembourse_id = NEW.paiement_id;\n        IF impute * sign(recu) < 0 OR abs(impute) > abs(recu) THEN\n            RAISE EXCEPTION 'Imputations de % pour un paiement de %.', impute, recu\n                USING ERRCODE = 'integrity_constraint_violation';\n        END IF;\n        SELECT sum(montant) INTO impute FROM facturation_imputation\n            WHERE paiement_id = NEW.paiement_id AND facture_id = NEW.facture_id;\n        IF impute * sign(recu) < 0 OR (NEW.montant > 0 AND EXISTS (\n            SELECT FROM facturation_paiement WHERE annule_id = NEW.paiement_id\n        )) THEN\n            RAISE EXCEPTION 'Une imputation ne reprend que ce qu''elle a donné.'\n                USING ERRCODE = 'integrity_constraint_violation';\n        END IF;\n        IF NEW.montant > 0 THEN\n            SELECT total_ttc INTO du FROM facturation_facture\n                WHERE id = NEW.facture_id FOR NO KEY UPDATE;\n            SELECT montant INTO regle FROM facturation_reglement WHERE facture_id = NEW.facture_id;\n            IF regle > du THEN\n                RAISE EXCEPTION 'Règlements de % pour une facture de %.', regle, du\n                    USING ERRCODE = 'integrity_constraint_violation';\n            END IF;\n        END IF;\n        RETURN NULL;\n    ",
                    hash="7cc77f7172aa4565015de7a385eb1759de4288b5",
                    operation="INSERT",
                    pgid="pgtrigger_imputation_bornee_87b21",
                    table="facturation_imputation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retenue",
            trigger=pgtrigger.compiler.Trigger(
                name="suit_son_document",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE parent bigint; fige boolean;",
                    func="\n            FOREACH parent IN ARRAY ARRAY[\n                CASE WHEN TG_OP <> 'INSERT' THEN OLD.facture_id END,\n                CASE WHEN TG_OP <> 'DELETE' THEN NEW.facture_id END\n            ] LOOP\n                SELECT statut <> 'brouillon' INTO fige FROM facturation_facture WHERE id = parent FOR SHARE;\n                IF fige THEN\n                    RAISE EXCEPTION 'Document émis : ses lignes ne changent plus.'\n                        USING ERRCODE = 'integrity_constraint_violation';\n                END IF;\n            END LOOP;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                    hash="d096fe9b4919498737901e12e11c0b24eadf0d70",
                    operation="INSERT",
                    pgid="pgtrigger_suit_son_document_f9d9c",
                    table="facturation_retenue",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.UniqueConstraint(
                condition=models.Q(("statut", "brouillon"), ("supprime_le", None)),
                fields=("origine",),
                name="facture_un_avoir_en_brouillon",
                violation_error_message="Cette facture a déjà un avoir en brouillon.",
            ),
        ),
        migrations.AddConstraint(
            model_name="imputation",
            constraint=models.UniqueConstraint(
                fields=("serie", "numero"), name="imputation_numero_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="paiement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("annule", None), ("montant__gt", 0), ("rembourse", None)),
                    models.Q(("annule__isnull", False), ("montant__lt", 0), ("rembourse", None)),
                    models.Q(("annule", None), ("montant__lt", 0), ("rembourse__isnull", False)),
                    models.Q(
                        ("annule__isnull", False), ("montant__gt", 0), ("rembourse__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="paiement_signe",
            ),
        ),
        AddConstraintNotValid(
            model_name="paiement",
            constraint=models.CheckConstraint(
                condition=models.Q(("numero__isnull", False), ("mode", "reprise"), _connector="OR"),
                name="paiement_numerote",
            ),
        ),
        migrations.AlterConstraint(
            model_name="facture",
            name="facture_retenue",
            constraint=models.CheckConstraint(
                condition=models.Q(("retenue_taux__gte", 0), ("retenue_taux__lte", 5)),
                name="facture_retenue",
                violation_error_message="La retenue de garantie va de 0 à 5 %%.",
            ),
        ),
    ]
