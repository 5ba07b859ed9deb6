"""What Django REST framework and the OpenAPI document are set to. Data only."""

from corsheaders.defaults import default_headers

CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key", "x-request-id"]
CORS_EXPOSE_HEADERS = ["Retry-After", "Idempotent-Replayed", "Content-Disposition", "X-Request-ID"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "artjardin.api.authentification.ParJeton",
        "artjardin.api.authentification.ParSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["artjardin.api.permissions.SelonDroits"],
    "DEFAULT_THROTTLE_CLASSES": ["artjardin.api.limites.ParAppelant"],
    "DEFAULT_RENDERER_CLASSES": [
        "artjardin.api.rendus.JSONRapide",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "artjardin.api.analyseurs.JSONSain",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "artjardin.api.pagination.Curseur",
    "DEFAULT_FILTER_BACKENDS": [
        "artjardin.api.pagination.Filtres",
        "artjardin.api.pagination.Recherche",
    ],
    "DEFAULT_SCHEMA_CLASS": "artjardin.api.schema.Schema",
    "EXCEPTION_HANDLER": "artjardin.api.erreurs.repondre",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "artjardin",
    "VERSION": "1",
    "ENUM_NAME_OVERRIDES": {
        "EtatSauvegarde": "artjardin.sauvegardes.models.Sauvegarde.Etat",
        "EtatExport": "ops.models.Export.Etat",
        "StatutChantier": "chantiers.models.Chantier.Statut",
        "StatutCourriel": "artjardin.outbox.models.Courriel.Statut",
        "StatutDevis": "facturation.models.Devis.Statut",
        "StatutFacture": "facturation.models.Facture.Statut",
        "StatutIntervention": "chantiers.models.Intervention.Statut",
        "ModeReglement": "facturation.serializers.MODES",
        "RoleDeCompte": "artjardin.accounts.models.Role",
        "TypeClient": "clients.models.Client.Type",
        "TypeFacture": "facturation.models.Facture.Type",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["artjardin.api.authentification.EstUnePersonne"],
}
