"""What a message is about, and the texts it shows as QR codes. New columns only, with defaults."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]

    operations = [
        migrations.AddField(
            "courriel", "codes", models.JSONField("codes QR", default=dict, blank=True)
        ),
        migrations.AddField(
            "courriel",
            "sujet_type",
            models.CharField(max_length=50, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField("courriel", "sujet_id", models.BigIntegerField(null=True, blank=True)),
        migrations.AddIndex(
            "courriel", models.Index(fields=["sujet_type", "sujet_id"], name="courriel_sujet")
        ),
    ]
