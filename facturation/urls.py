from django.urls import path
from rest_framework.routers import SimpleRouter

from facturation import views
from facturation.vues_comptes import ComptesViewSet
from facturation.vues_envois import EvenementViewSet, MandatViewSet

router = SimpleRouter()
router.register("devis", views.DevisViewSet, basename="devis")
router.register("factures", views.FactureViewSet, basename="facture")
router.register("paiements", views.PaiementViewSet, basename="paiement")
router.register("evenements", EvenementViewSet, basename="evenement")
router.register("prestations", views.PrestationViewSet, basename="prestation")

urlpatterns = [
    path("clients/<int:pk>/encours/", views.EncoursViewSet.as_view({"get": "encours"})),
    path(
        "clients/<int:pk>/mandat/",
        MandatViewSet.as_view({"get": "mandat", "put": "enregistrer"}),
    ),
    path("clients/<int:pk>/releve/", ComptesViewSet.as_view({"get": "releve"})),
    # Before the router, whose detail route is factures/{pk}/
    path("factures/balance-agee/", ComptesViewSet.as_view({"get": "balance_agee"})),
    path("factures/chiffre-affaires/", ComptesViewSet.as_view({"get": "chiffre_affaires"})),
    *router.urls,
]
