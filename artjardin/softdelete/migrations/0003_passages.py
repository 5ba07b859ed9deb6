"""The nights a batch saw are counted by runs; what was given up is remembered.

Batches of before see their 60 runs from now: their own dates are all that was known of them.
"""

from django.db import migrations, models

DEPUIS_MAINTENANT = """
    UPDATE softdelete_lot SET passage = coalesce((
        SELECT max(id) FROM audit_execution WHERE tache = 'corbeille.purge' AND fin IS NOT NULL
    ), 0)
"""


class Migration(migrations.Migration):
    dependencies = [("softdelete", "0002_lots_anciens"), ("audit", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="lot",
            name="passage",
            field=models.BigIntegerField(default=0, editable=False),
        ),
        migrations.AddField(model_name="lot", name="renonce", field=models.JSONField(default=list)),
        migrations.RunSQL(DEPUIS_MAINTENANT, migrations.RunSQL.noop),
    ]
