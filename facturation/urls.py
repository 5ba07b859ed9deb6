from django.urls import path
from rest_framework.routers import SimpleRouter

from facturation import views

router = SimpleRouter()
router.register("devis", views.DevisViewSet, basename="devis")
router.register("factures", views.FactureViewSet, basename="facture")
router.register("paiements", views.PaiementViewSet, basename="paiement")
router.register("prestations", views.PrestationViewSet, basename="prestation")

urlpatterns = [
    path("clients/<int:pk>/encours/", views.EncoursViewSet.as_view({"get": "encours"})),
    *router.urls,
]
