"""The sidebar of the office's admin. Pure data, read by the settings."""

from typing import Any

from django.urls import reverse_lazy


def _page(titre: str, icone: str, modele: str, *, droit: str = "view") -> dict[str, Any]:
    """A link to the list of a model, shown to whoever may see it."""
    application, nom = modele.split(".")
    permission = f"{application}.{droit}_{nom}"
    return {
        "title": titre,
        "icon": icone,
        "link": reverse_lazy(f"admin:{application}_{nom}_changelist"),
        "permission": lambda requete: requete.user.has_perm(permission),
    }


NAVIGATION = [
    {
        "title": "Travail",
        "items": [
            _page("Clients", "group", "clients.client"),
            _page("Chantiers", "yard", "chantiers.chantier"),
            _page("Interventions", "event", "chantiers.intervention"),
        ],
    },
    {
        "title": "Argent",
        "items": [
            _page("Devis", "request_quote", "facturation.devis"),
            _page("Factures", "receipt_long", "facturation.facture"),
            _page("Paiements", "payments", "facturation.paiement"),
            _page("Litiges", "gavel", "facturation.litige"),
        ],
    },
    {
        "title": "Relances",
        "items": [
            _page("Relances", "notifications_active", "relances.relance"),
            _page("Passages de 9 h", "schedule", "relances.passage"),
            _page("Niveaux", "stairs", "relances.niveau"),
        ],
    },
    {
        "title": "Réglages",
        "collapsible": True,
        "items": [
            _page("Prestations", "sell", "facturation.prestation"),
            _page("Types de service", "handyman", "chantiers.typeservice", droit="change"),
            _page("Entreprise", "storefront", "facturation.entreprise"),
            _page("Comptes", "manage_accounts", "accounts.user"),
        ],
    },
    {
        "title": "Surveillance",
        "collapsible": True,
        "items": [
            _page("Courriels", "mail", "outbox.courriel"),
            _page("Documents", "picture_as_pdf", "storage.document"),
            _page("Journal", "history", "audit.entree"),
            _page("Exécutions", "task_alt", "audit.execution"),
        ],
    },
]
