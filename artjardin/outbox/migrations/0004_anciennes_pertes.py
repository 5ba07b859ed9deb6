"""Failures from before the alert are taken as known: nobody is told of them all at once.

Going back changes nothing: the column goes with the migration before.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outbox", "0003_tentatives_et_rebonds")]

    operations = [
        migrations.RunSQL(
            "UPDATE outbox_courriel SET signale_le = now() WHERE statut IN ('echec', 'incertain')",
            migrations.RunSQL.noop,
        ),
    ]
