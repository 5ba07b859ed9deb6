"""What raw SQL may not do either: insert a credit note too large, settle a draft, empty a link."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chantiers", "0003_intitules"),
        ("clients", "0002_rejets_d_import"),
        ("facturation", "0008_mentions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="compteur",
            name="un_par_un",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="facture",
            name="avoir_borne",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="imputation",
            name="imputation_bornee",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="compteur",
            trigger=pgtrigger.compiler.Trigger(
                name="un_par_un",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.dernier <> OLD.dernier + 1 OR NEW.serie <> OLD.serie OR NEW.annee <> OLD.annee OR NEW.derniere_date < OLD.derniere_date OR (NEW.empreinte = '' AND OLD.empreinte <> ''))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="ce1b08d8a224cd09dd718b68bd38177f084b9680",
                    operation="UPDATE",
                    pgid="pgtrigger_un_par_un_bc60c",
                    table="facturation_compteur",
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
                    hash="f7d29bab4b48bb07a612009135ad1a59aacd03cc",
                    operation="INSERT OR UPDATE",
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
                    func="\n        IF NOT EXISTS (\n            SELECT FROM facturation_facture f JOIN facturation_paiement p USING (client_id)\n            WHERE f.id = NEW.facture_id AND p.id = NEW.paiement_id\n                AND f.statut = 'emise' AND f.type <> 'avoir'\n        ) THEN\n            RAISE EXCEPTION 'Un paiement règle les factures émises de son client.'\n                USING ERRCODE = 'integrity_constraint_violation';\n        END IF;\n        SELECT montant INTO recu FROM facturation_paiement\n            WHERE id = NEW.paiement_id FOR NO KEY UPDATE;\n        SELECT sum(montant) INTO impute FROM facturation_imputation\n            WHERE paiement_id = NEW.paiement_id;\n        SELECT recu + coalesce(sum(montant), 0) INTO recu FROM facturation_paiement\n            WHERE rembourse_id = NEW.paiement_id;\n        IF impute * sign(recu) < 0 OR abs(impute) > abs(recu) THEN\n            RAISE EXCEPTION 'Imputations de % pour un paiement de %.', impute, recu\n                USING ERRCODE = 'integrity_constraint_violation';\n        END IF;\n        IF NEW.montant > 0 THEN\n            SELECT total_ttc INTO du FROM facturation_facture\n                WHERE id = NEW.facture_id FOR NO KEY UPDATE;\n            SELECT montant INTO regle FROM facturation_reglement WHERE facture_id = NEW.facture_id;\n            IF regle > du THEN\n                RAISE EXCEPTION 'Règlements de % pour une facture de %.', regle, du\n                    USING ERRCODE = 'integrity_constraint_violation';\n            END IF;\n        END IF;\n        RETURN NULL;\n    ",
                    hash="6ab00d0edf56c5367f4cb18f0aef0837b5938f32",
                    operation="INSERT",
                    pgid="pgtrigger_imputation_bornee_87b21",
                    table="facturation_imputation",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="facture",
            constraint=models.CheckConstraint(
                condition=models.Q(("statut", "brouillon"), ("total_ttc__gte", 0), _connector="OR"),
                name="facture_positive",
            ),
        ),
    ]
