from django.urls import path
from rest_framework.routers import SimpleRouter

from relances import views, vues_decisions, vues_reglages

router = SimpleRouter()
router.register("relances/configuration", vues_reglages.NiveauViewSet, basename="niveau")
router.register("relances/plans", vues_reglages.PlanViewSet, basename="plan-de-relance")
router.register("relances/passages", views.PassageViewSet, basename="passage")
router.register("relances/suspensions", vues_decisions.SuspensionViewSet, basename="suspension")
router.register("relances/factures", vues_decisions.FactureRelanceVue, basename="relance-facture")
router.register("relances/clients", vues_decisions.ClientRelanceVue, basename="relance-client")
router.register("relances", views.RelanceViewSet, basename="relance")

reglages = vues_reglages.ReglagesVue.as_view({"get": "list", "patch": "modifier"})
urlpatterns = [path("relances/reglages/", reglages, name="relances-reglages"), *router.urls]
