"""The name and the code that documents froze of their client, searched; built without a lock.

An erased client is found by its documents only.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

DESTINATAIRE = models.Func(
    models.Func(
        models.F("destinataire"),
        output_field=models.TextField(),
        template="(%(expressions)s ->> 'nom') || ' ' || (%(expressions)s ->> 'code')",
    ),
    function="normaliser",
    output_field=models.TextField(),
)


def index(nom: str) -> GinIndex:
    return GinIndex(OpClass(DESTINATAIRE, name="gin_trgm_ops"), name=nom)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("clients", "0003_anonymisation"),
        ("facturation", "0013_sans_copie_cachee"),
    ]
    operations = [
        AddIndexConcurrently("facture", index("facture_destinataire")),
        AddIndexConcurrently("devis", index("devis_destinataire")),
    ]
