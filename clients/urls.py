from django.urls import include, path
from rest_framework.routers import SimpleRouter

from clients import views

routeur = SimpleRouter()
routeur.register("clients", views.ClientVue, basename="client")

# Fixed paths under clients/ (clients/import/…) come before the router, whose detail route is
# clients/{pk}/.
urlpatterns = [
    path("", include(routeur.urls)),
]
