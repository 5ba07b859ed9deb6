from django.urls import path
from rest_framework.routers import SimpleRouter

from relances import views, vues_decisions, vues_dossier, vues_reglages

router = SimpleRouter()
router.register("relances/configuration", vues_reglages.NiveauViewSet, basename="niveau")
router.register("relances/plans", vues_reglages.PlanViewSet, basename="plan-de-relance")
router.register("relances/passages", views.PassageViewSet, basename="passage")
router.register("relances/suspensions", vues_decisions.SuspensionViewSet, basename="suspension")
router.register("relances/factures", vues_decisions.FactureRelanceVue, basename="relance-facture")
router.register("relances/clients", vues_decisions.ClientRelanceVue, basename="relance-client")
router.register("relances/clients", vues_dossier.CompteEnRetardVue, basename="relance-compte")
router.register("relances/a-poster", vues_dossier.APosterVue, basename="relance-a-poster")
router.register("relances/textes", vues_dossier.TexteVue, basename="texte-de-relance")
router.register("relances/taux", vues_dossier.TauxVue, basename="taux-legal")
router.register("relances", vues_dossier.ReceptionVue, basename="relance-reception")
router.register("relances", views.RelanceViewSet, basename="relance")

reglages = vues_reglages.ReglagesVue.as_view({"get": "lire", "patch": "modifier"})
urlpatterns = [path("relances/reglages/", reglages, name="relances-reglages"), *router.urls]
