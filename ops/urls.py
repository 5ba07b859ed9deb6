from django.urls import include, path
from django.views.generic import RedirectView
from rest_framework.routers import SimpleRouter

from ops import views
from ops.comptes import urls as comptes
from ops.corbeille import urls as corbeille
from ops.mesures.vue import metriques
from ops.rebonds import RebondViewSet, annoncer
from ops.sante import vues as sante
from ops.sauvegardes import SauvegardeViewSet
from ops.veille.vues import IncidentViewSet
from ops.vues_archives import DocumentViewSet
from ops.vues_exports import ExportViewSet, PersonneViewSet, TableViewSet
from ops.vues_journal import JournalViewSet
from ops.vues_orphelins import OrphelinViewSet

router = SimpleRouter()
router.register("courriels", views.CourrielViewSet, basename="courriel")
router.register("rebonds", RebondViewSet, basename="rebond")
# Before the archives, whose detail route is archives/{pk}/
router.register("archives/orphelins", OrphelinViewSet, basename="orphelin")
router.register("archives", DocumentViewSet, basename="archive")
router.register("sauvegardes", SauvegardeViewSet, basename="sauvegarde")
router.register("journal", JournalViewSet, basename="journal")
router.register("exports", ExportViewSet, basename="export")
router.register("incidents", IncidentViewSet, basename="incident")
router.register("executions", views.ExecutionViewSet, basename="execution")

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    *comptes.urlpatterns,
    *corbeille.urlpatterns,
    path("rebonds/<slug:fournisseur>/", annoncer, name="rebonds"),
    path("live", sante.live, name="live"),
    path("ready", sante.ready, name="ready"),
    path("metrics", metriques, name="metrics"),
    path("health/detailed", sante.detaille, name="sante"),
    path(
        "api/v1/clients/<int:client>/courriels/",
        views.CourrielViewSet.as_view({"get": "list"}),
        name="courriels-du-client",
    ),
    path(
        "api/v1/clients/<int:client>/donnees-personnelles/",
        PersonneViewSet.as_view({"post": "create"}),
        name="donnees-personnelles",
    ),
    # Before the router, whose detail route is exports/{pk}/
    path("api/v1/exports/tables/", TableViewSet.as_view({"get": "list"}), name="export-tables"),
    path(
        "api/v1/exports/tables/<slug:nom>.csv",
        TableViewSet.as_view({"get": "telecharger"}),
        name="export-table",
    ),
    path("api/v1/", include(router.urls)),
]
