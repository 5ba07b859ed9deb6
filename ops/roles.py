"""What each role may do: the permissions of the three groups (docs/roles.md)."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

APPS = [
    "accounts",
    "audit",
    "clients",
    "chantiers",
    "facturation",
    "ops",
    "outbox",
    "relances",
    "sauvegardes",
    "storage",
]
COMPTABLE = [
    "clients.view_client",
    "clients.voir_tous_clients",
    "facturation.view_devis",
    "facturation.view_facture",
    "facturation.view_paiement",
    "facturation.view_prestation",
    "facturation.view_entreprise",
    "facturation.view_evenement",
    "facturation.view_mandatprelevement",
    "ops.exporter_ventes",
    "ops.view_comptecomptable",
    "ops.view_export",
    "outbox.view_courriel",
    "outbox.view_rebond",
    "relances.view_relance",
    "relances.view_passage",
    "storage.view_document",
]
EMPLOYE = [
    "clients.view_client",
    "chantiers.view_chantier",
    "chantiers.view_intervention",
    "chantiers.view_typeservice",
    "chantiers.pointer_intervention",
]


@transaction.atomic
def accorder_les_roles() -> None:
    """Make the permissions of the groups those of this table: patrons may do everything."""
    tout = Permission.objects.filter(content_type__app_label__in=APPS)
    Group.objects.get(name="patron").permissions.set(tout)
    Group.objects.get(name="comptable").permissions.set(_nommees(COMPTABLE))
    Group.objects.get(name="employe").permissions.set(_nommees(EMPLOYE))


def _nommees(noms: list[str]) -> list[Permission]:
    critere = Q(pk=None)
    for nom in noms:
        app, codename = nom.split(".")
        critere |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(critere))
