"""What the mails from before are about: the document that they carry.

Going back changes nothing: the columns go with the migration 0002.
"""

from django.db import migrations, models

SUJETS = """
    UPDATE outbox_courriel c SET sujet_type = d.objet_type, sujet_id = d.objet_id
    FROM (
        SELECT DISTINCT ON (p.courriel_id) p.courriel_id, d.objet_type, d.objet_id
        FROM outbox_piecejointe p JOIN storage_document d ON d.id = p.document_id
        WHERE d.objet_type IN ('facturation.devis', 'facturation.facture')
        ORDER BY p.courriel_id, p.id
    ) d WHERE d.courriel_id = c.id AND c.sujet_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0005_index_de_prise"), ("storage", "0001_initial")]

    operations = [
        migrations.RunSQL(SUJETS, migrations.RunSQL.noop),
        migrations.AlterField(
            "tentative",
            "resultat",
            models.CharField(
                "résultat",
                max_length=11,
                choices=[
                    ("envoye", "Accepté"),
                    ("reporte", "Refusé pour l'instant"),
                    ("echec", "Refusé"),
                    ("incertain", "Sans réponse"),
                    ("abandonne", "Expéditeur arrêté"),
                    ("injoignable", "Relais injoignable"),
                    ("garde", "Pas vérifié"),
                ],
            ),
        ),
    ]
