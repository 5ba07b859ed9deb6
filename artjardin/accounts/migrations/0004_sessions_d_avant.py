"""The sessions of before held their keys in clear: everyone logs in again. Nothing to go back to."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_acces_et_facteurs"), ("sessions", "0001_initial")]
    operations = [
        migrations.RunSQL("DELETE FROM django_session", migrations.RunSQL.noop),
    ]
