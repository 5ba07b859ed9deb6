"""Attempts stay append-only, but the answers of a mail that was erased (RGPD) may be cleared.

Going back puts the unconditional trigger again; what was cleared stays cleared.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0007_remises_et_restaurations"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="tentative",
            name="ajout_seul",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tentative",
            trigger=pgtrigger.compiler.Trigger(
                name="reponse_effacable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF NEW.reponse = '' AND to_jsonb(NEW) - 'reponse' = to_jsonb(OLD) - 'reponse' AND EXISTS (\n            SELECT FROM outbox_courriel\n            WHERE id = OLD.courriel_id AND a = ARRAY['efface@adresse.invalid']::varchar[] AND texte = ''\n        ) THEN\n            RETURN NEW;\n        END IF;\n        RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;\n    ",
                    hash="a99cfee4e5a87ceee687ba59911ec7d0b8753882",
                    operation="UPDATE",
                    pgid="pgtrigger_reponse_effacable_9ad3f",
                    table="outbox_tentative",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tentative",
            trigger=pgtrigger.compiler.Trigger(
                name="jamais_effacee",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="ee75dda9e4c8b0edab8895256afe3f0ac5ab6d32",
                    operation="DELETE",
                    pgid="pgtrigger_jamais_effacee_ce190",
                    table="outbox_tentative",
                    when="BEFORE",
                ),
            ),
        ),
    ]
