from django.urls import include, path
from django.views.generic import RedirectView
from rest_framework.routers import SimpleRouter

from ops import views

router = SimpleRouter()
router.register("courriels", views.CourrielViewSet, basename="courriel")
router.register("archives", views.DocumentViewSet, basename="archive")
router.register("journal", views.JournalViewSet, basename="journal")
router.register("executions", views.ExecutionViewSet, basename="execution")

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    path("live", views.live, name="live"),
    path("ready", views.ready, name="ready"),
    path("api/v1/", include(router.urls)),
]
