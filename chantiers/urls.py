from rest_framework.routers import SimpleRouter

from chantiers import views

routeur = SimpleRouter()
routeur.register("chantiers", views.ChantierVue, basename="chantier")
routeur.register("interventions", views.InterventionVue, basename="intervention")
routeur.register("types-de-service", views.TypeServiceVue, basename="type-de-service")

urlpatterns = routeur.urls
