"""The entries that exist are chained in the order of their numbers; the next ones by a trigger.

One transaction with the table locked: no entry comes between the two.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

CHAINER = """
LOCK TABLE audit_entree IN SHARE ROW EXCLUSIVE MODE;
DO $$
DECLARE
    une record;
    place bigint := 0;
    avant text := '';
    apres text;
BEGIN
    FOR une IN SELECT * FROM audit_entree ORDER BY id LOOP
        place := place + 1;
        apres := encode(sha256(convert_to(avant || jsonb_build_object('format', 1, 'id', une.id, 'le', to_char(une.le AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), 'adresse', text(une.adresse), 'acteur_id', une.acteur_id, 'acteur_nom', une.acteur_nom, 'action', une.action, 'objet_type', une.objet_type, 'objet_id', une.objet_id, 'objet_nom', une.objet_nom, 'avant', une.avant, 'apres', une.apres, 'details', une.details, 'requete', une.requete)::text, 'UTF8')), 'hex');
        INSERT INTO audit_maillon (rang, entree_id, precedent, sha256, format)
        VALUES (place, une.id, avant, apres, 1);
        avant := apres;
    END LOOP;
END $$;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""
DELIER = """
DELETE FROM audit_maillon;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_maillon"),
    ]

    operations = [
        migrations.RunSQL(CHAINER, DELIER),
        pgtrigger.migrations.AddTrigger(
            model_name="entree",
            trigger=pgtrigger.compiler.Trigger(
                name="enchainee",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    pgid="pgtrigger_enchainee_636f5",
                    declare="DECLARE dernier record;",
                    func="\n    PERFORM pg_advisory_xact_lock(1785689458, 1);\n    SELECT rang, sha256 INTO dernier FROM audit_maillon ORDER BY rang DESC LIMIT 1;\n    INSERT INTO audit_maillon (rang, entree_id, precedent, sha256, format) VALUES (\n        coalesce(dernier.rang, 0) + 1, NEW.id, coalesce(dernier.sha256, ''),\n        encode(sha256(convert_to(coalesce(dernier.sha256, '') || jsonb_build_object('format', 1, 'id', NEW.id, 'le', to_char(NEW.le AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), 'adresse', text(NEW.adresse), 'acteur_id', NEW.acteur_id, 'acteur_nom', NEW.acteur_nom, 'action', NEW.action, 'objet_type', NEW.objet_type, 'objet_id', NEW.objet_id, 'objet_nom', NEW.objet_nom, 'avant', NEW.avant, 'apres', NEW.apres, 'details', NEW.details, 'requete', NEW.requete)::text, 'UTF8')), 'hex'), 1\n    );\n    RETURN NULL;\n",
                    table="audit_entree",
                    constraint="CONSTRAINT",
                    when="AFTER",
                    operation="INSERT",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="maillon",
            trigger=pgtrigger.compiler.Trigger(
                name="ajout_seul",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    pgid="pgtrigger_ajout_seul_0ec90",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    table="audit_maillon",
                    when="BEFORE",
                    operation="UPDATE OR DELETE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="maillon",
            trigger=pgtrigger.compiler.Trigger(
                name="sans_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    pgid="pgtrigger_sans_truncate_4c2b2",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    table="audit_maillon",
                    when="BEFORE",
                    operation="TRUNCATE",
                    level="STATEMENT",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="maillon",
            trigger=pgtrigger.compiler.Trigger(
                name="par_enchainee",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    pgid="pgtrigger_par_enchainee_0b06a",
                    func="RAISE EXCEPTION 'audit_maillon: only the journal adds links';",
                    table="audit_maillon",
                    when="BEFORE",
                    operation="INSERT",
                    condition="WHEN (pg_trigger_depth() = 0)",
                ),
            ),
        ),
    ]
