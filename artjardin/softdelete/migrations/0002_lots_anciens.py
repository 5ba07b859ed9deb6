"""Batches of before: the journal says what they were and which came back."""

from django.db import migrations

LOTS = """
    INSERT INTO softdelete_lot
        (uuid, racine_type, racine_id, racine_nom, motif, par_id, par_nom, le, comptes,
         restaure_le, purge_comptes)
    SELECT DISTINCT ON (e.details->>'lot')
        (e.details->>'lot')::uuid, e.objet_type, e.objet_id, e.objet_nom,
        left(coalesce(e.details->>'motif', ''), 300), e.acteur_id, e.acteur_nom, e.le,
        coalesce(e.details->'emportes', '{}'), r.le, '{}'
    FROM audit_entree e
    LEFT JOIN audit_entree r
        ON r.action = 'corbeille.restauration' AND r.details->>'lot' = e.details->>'lot'
    WHERE e.action = 'corbeille.suppression'
    ORDER BY e.details->>'lot', e.id
    ON CONFLICT (uuid) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("softdelete", "0001_lots"), ("audit", "0001_initial")]

    operations = [migrations.RunSQL(LOTS, migrations.RunSQL.noop)]
