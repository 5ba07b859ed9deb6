"""The menu of the admin. Data only."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

AVOIRS = {"type__exact": "avoir"}
DEMANDES = [AVOIRS]
COMPTES: Any = reverse_lazy("admin:facturation_comptes")
A_POSTER: Any = reverse_lazy("admin:relances_a_poster")
APERCU: Any = reverse_lazy("admin:relances_apercu")
CORBEILLE: Any = reverse_lazy("corbeille")
SANTE: Any = reverse_lazy("sante")
PAGES = [COMPTES, A_POSTER, APERCU]  # of their own, below the address of a list


def _entree(
    titre: str, icone: str, page: str, *, droit: str = "view", demande: dict[str, str] | None = None
) -> dict[str, Any]:
    """A link to the list of a model (`app_model`), shown to whoever may see it.

    `demande` narrows the list.
    """
    application, _, modele = page.partition("_")
    permission = f"{application}.{droit}_{modele}"
    liste = reverse_lazy(f"admin:{page}_changelist")
    return {
        "title": titre,
        "icon": icone,
        "link": reverse_lazy(f"admin:{page}_changelist", query=demande),
        "permission": lambda requete: requete.user.has_perm(permission),
        "active": lambda requete: _est_ici(requete, liste, demande),
    }


def _page(titre: str, icone: str, adresse: Any, *, droit: str) -> dict[str, Any]:
    """A link to a page that is not the list of a model."""
    return {
        "title": titre,
        "icon": icone,
        "link": adresse,
        "permission": lambda requete: requete.user.has_perm(droit),
        "active": lambda requete: requete.path == adresse,
    }


def _est_ici(requete: Any, liste: Any, demande: dict[str, str] | None) -> bool:
    """Whether a page is this entry's, and not that of another one below the same address."""
    if requete.path in PAGES or not requete.path.startswith(str(liste)):
        return False
    return demande == next((une for une in DEMANDES if _porte(requete, une)), None)


def _porte(requete: Any, demande: dict[str, str]) -> bool:
    return all(requete.GET.get(clef) == valeur for clef, valeur in demande.items())


NAVIGATION = [
    {
        "title": "Clients et chantiers",
        "items": [
            _entree("Clients", "group", "clients_client"),
            _entree("Chantiers", "yard", "chantiers_chantier"),
            _entree("Interventions", "calendar_month", "chantiers_intervention"),
        ],
    },
    {
        "title": "Facturation",
        "items": [
            _entree("Devis", "request_quote", "facturation_devis"),
            _entree("Factures", "receipt_long", "facturation_facture"),
            _entree("Avoirs", "undo", "facturation_facture", demande=AVOIRS),
            _entree("Paiements", "payments", "facturation_paiement"),
            _entree("Mandats", "account_balance_wallet", "facturation_mandatprelevement"),
            _page("Comptes", "account_balance", COMPTES, droit="facturation.view_facture"),
            _entree("Litiges", "gavel", "facturation_litige"),
            _entree("Catalogue", "list_alt", "facturation_prestation"),
        ],
    },
    {
        "title": "Relances",
        "items": [
            _page("Aperçu du jour", "preview", APERCU, droit="relances.view_relance"),
            _page("À poster", "local_post_office", A_POSTER, droit="relances.view_relance"),
            _entree("Relances", "notifications", "relances_relance"),
            _entree("Suspensions", "pause_circle", "relances_suspension"),
            _entree("Passages", "event_repeat", "relances_passage"),
            _entree("Plans", "stairs", "relances_planderelance"),
            _entree("Niveaux", "format_list_numbered", "relances_niveau"),
            _entree("Textes des relances", "edit_note", "relances_modele"),
            _entree("Taux légaux", "percent", "relances_tauxlegal"),
            _entree("Réglages des relances", "tune", "relances_reglages"),
        ],
    },
    {
        "title": "Courriels",
        "items": [
            _entree("Courriels", "mail", "outbox_courriel"),
            _entree("Rebonds", "unsubscribe", "outbox_rebond"),
            _entree("Envois automatiques", "outgoing_mail", "facturation_evenement"),
        ],
    },
    {
        "title": "Preuves et réglages",
        "items": [
            _entree("Documents", "description", "storage_document"),
            _entree("Documents perdus", "find_in_page", "storage_orphelin"),
            _page("Corbeille", "delete", CORBEILLE, droit="clients.delete_client"),
            _entree("Exports", "download", "ops_export"),
            _entree("Comptes comptables", "account_tree", "ops_comptecomptable"),
            _entree("Journal", "history", "audit_entree"),
            _page("Santé", "ecg_heart", SANTE, droit="audit.view_execution"),
            _entree("Exécutions", "schedule", "audit_execution"),
            _entree("Incidents", "crisis_alert", "ops_incident"),
            _entree("Sauvegardes", "backup", "sauvegardes_sauvegarde"),
            _entree("Types de service", "handyman", "chantiers_typeservice", droit="change"),
            _entree("Entreprise", "storefront", "facturation_entreprise"),
            _entree("Mentions", "policy", "facturation_mention"),
            _entree("Utilisateurs", "badge", "accounts_user"),
            _entree("Clés d'API", "key", "accounts_cleapi"),
        ],
    },
]

COMPTE = [
    {"title": "Ma sécurité", "link": reverse_lazy("ma-securite")},
    {"title": "Changer mon mot de passe", "link": reverse_lazy("admin:password_change")},
]


def _favicon(_requete: object) -> str:
    return static("artjardin/feuille.svg")


UNFOLD = {
    "SITE_TITLE": "Art & Jardin",
    "SITE_HEADER": "Art & Jardin",
    "SITE_SYMBOL": "park",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _favicon}],
    "SHOW_BACK_BUTTON": True,
    "COLORS": {
        "primary": {
            "50": "240 253 244",
            "100": "220 252 231",
            "200": "187 247 208",
            "300": "134 239 172",
            "400": "74 222 128",
            "500": "34 150 80",
            "600": "22 120 61",
            "700": "21 100 52",
            "800": "22 80 45",
            "900": "20 66 39",
            "950": "5 40 20",
        },
    },
    "ACCOUNT": {"navigation": COMPTE},
    "SIDEBAR": {"show_search": True, "navigation": NAVIGATION},
}
