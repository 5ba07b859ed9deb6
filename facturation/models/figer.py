"""Triggers of what hangs below a document."""

from typing import Any

import pgtrigger

ECRITURE = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete


def suit_son_document(table: str, colonne: str, quand: Any = ECRITURE) -> pgtrigger.Trigger:
    """Rows below a document may change only while it is a draft; `quand`: which changes."""
    return pgtrigger.Trigger(
        name="suit_son_document",
        operation=quand,
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


AVOIR_BORNE = pgtrigger.Trigger(
    name="avoir_borne",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    condition=pgtrigger.Q(new__statut="emise", new__origine__isnull=False),
    declare=[("reste", "numeric")],
    func="""
        PERFORM 1 FROM facturation_facture WHERE id = NEW.origine_id FOR NO KEY UPDATE;
        SELECT total_ttc - coalesce((
            SELECT sum(total_ttc) FROM facturation_facture
            WHERE origine_id = NEW.origine_id AND statut = 'emise' AND id <> NEW.id
        ), 0) INTO reste FROM facturation_facture WHERE id = NEW.origine_id;
        IF NEW.total_ttc > reste THEN
            RAISE EXCEPTION 'Avoir de % pour un reste de %.', NEW.total_ttc, reste
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    """,
)

IMPUTATION_BORNEE = pgtrigger.Trigger(
    name="imputation_bornee",
    operation=pgtrigger.Insert,
    when=pgtrigger.After,
    declare=[("recu", "numeric"), ("impute", "numeric"), ("du", "numeric"), ("regle", "numeric")],
    func="""
        IF NOT EXISTS (
            SELECT FROM facturation_facture f JOIN facturation_paiement p USING (client_id)
            WHERE f.id = NEW.facture_id AND p.id = NEW.paiement_id
                AND f.statut = 'emise' AND f.type <> 'avoir'
        ) THEN
            RAISE EXCEPTION 'Un paiement règle les factures émises de son client.'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT montant INTO recu FROM facturation_paiement
            WHERE id = NEW.paiement_id FOR NO KEY UPDATE;
        SELECT sum(montant) INTO impute FROM facturation_imputation
            WHERE paiement_id = NEW.paiement_id;
        SELECT recu + coalesce(sum(montant), 0) INTO recu FROM facturation_paiement
            WHERE rembourse_id = NEW.paiement_id;
        IF impute * sign(recu) < 0 OR abs(impute) > abs(recu) THEN
            RAISE EXCEPTION 'Imputations de % pour un paiement de %.', impute, recu
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT sum(montant) INTO impute FROM facturation_imputation
            WHERE paiement_id = NEW.paiement_id AND facture_id = NEW.facture_id;
        IF impute * sign(recu) < 0 OR (NEW.montant > 0 AND EXISTS (
            SELECT FROM facturation_paiement WHERE annule_id = NEW.paiement_id
        )) THEN
            RAISE EXCEPTION 'Une imputation ne reprend que ce qu''elle a donné.'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.montant > 0 THEN
            SELECT total_ttc INTO du FROM facturation_facture
                WHERE id = NEW.facture_id FOR NO KEY UPDATE;
            SELECT montant INTO regle FROM facturation_reglement WHERE facture_id = NEW.facture_id;
            IF regle > du THEN
                RAISE EXCEPTION 'Règlements de % pour une facture de %.', regle, du
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END IF;
        RETURN NULL;
    """,
)
