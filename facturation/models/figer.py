"""Triggers of what hangs below a document."""

import pgtrigger


def suit_son_document(table: str, colonne: str) -> pgtrigger.Trigger:
    """Rows below a document may change only while it is a draft."""
    return pgtrigger.Trigger(
        name="suit_son_document",
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        declare=[("parent", "bigint"), ("fige", "boolean")],
        func="""
            FOREACH parent IN ARRAY ARRAY[
                CASE WHEN TG_OP <> 'INSERT' THEN OLD.COLONNE END,
                CASE WHEN TG_OP <> 'DELETE' THEN NEW.COLONNE END
            ] LOOP
                SELECT statut <> 'brouillon' INTO fige FROM TABLE_MERE WHERE id = parent FOR SHARE;
                IF fige THEN
                    RAISE EXCEPTION 'Document émis : ses lignes ne changent plus.'
                        USING ERRCODE = 'integrity_constraint_violation';
                END IF;
            END LOOP;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """.replace("COLONNE", colonne).replace("TABLE_MERE", table),
    )
