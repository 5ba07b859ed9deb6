"""All routes of the product, composed here and only here."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from artjardin.api.racine import Racine
from clients.vues_import import ImportClients
from facturation.vues_import import ImportFactures
from facturation.vues_publiques import reglement

handler400 = "artjardin.api.refus.illisible"
handler500 = "artjardin.api.refus.en_panne"
handler404 = "artjardin.api.racine.introuvable"
urlpatterns = [
    path("", include("ops.urls")),  # before the admin: /admin/trash/
    path("admin/", admin.site.urls),
    path("reglement/<str:jeton>/", reglement, name="reglement"),  # public: the links of mails
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1/", Racine.as_view()),
    path("api/v1/clients/import/", ImportClients.as_view({"post": "create"})),
    path("api/v1/factures/import/", ImportFactures.as_view({"post": "create"})),
    path("api/v1/", include("clients.urls")),
    path("api/v1/", include("chantiers.urls")),
    path("api/v1/", include("facturation.urls")),
    path("api/v1/", include("relances.urls")),
]
