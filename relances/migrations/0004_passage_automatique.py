from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("relances", "0003_avancement"),
    ]

    operations = [
        migrations.AddField(
            model_name="passage",
            name="automatique",
            field=models.BooleanField(default=False),
        ),
    ]
