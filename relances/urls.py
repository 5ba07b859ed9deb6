from rest_framework.routers import SimpleRouter

from relances import views

router = SimpleRouter()
router.register("relances/configuration", views.NiveauViewSet, basename="niveau")
router.register("relances/passages", views.PassageViewSet, basename="passage")
router.register("relances", views.RelanceViewSet, basename="relance")

urlpatterns = router.urls
