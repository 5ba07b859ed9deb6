"""Allocations made later are numbered and chained; a counter makes no gap by itself; one credit note at a time."""
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chantiers", "0003_intitules"),
        ("clients", "0002_rejets_d_import"),
        ("facturation", "0009_garde_fous"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="imputation",
            name="empreinte",
            field=models.CharField(blank=True, editable=False, max_length=64),
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
    ]
