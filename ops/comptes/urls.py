"""Routes of accounts: pages of the office, API of front ends."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from ops.comptes import pages, vues, vues_facteur
from ops.comptes import pages_personnelles as siennes
from ops.comptes.vues_comptes import CleApiViewSet, CompteViewSet

router = SimpleRouter()
router.register("comptes", CompteViewSet, basename="compte")
router.register("cles-api", CleApiViewSet, basename="cle-api")

auth = [
    path("login/", vues.Login.as_view(), name="login"),
    path("logout/", vues.Logout.as_view(), name="logout"),
    path("logout-all/", vues.LogoutPartout.as_view(), name="logout-all"),
    path("me/", vues.Moi.as_view(), name="me"),
    path("acces/", vues.MesAcces.as_view(), name="acces"),
    path("acces/<str:numero>/", vues.MonAcces.as_view(), name="un-acces"),
    path("mot-de-passe/", vues.MonMotDePasse.as_view(), name="mot-de-passe"),
    path("mot-de-passe/oubli/", vues.Oubli.as_view(), name="oubli"),
    path("mot-de-passe/choix/", vues.Choix.as_view(), name="choix"),
    path("2fa/", vues_facteur.Facteur.as_view(), name="2fa"),
    path("2fa/setup/", vues_facteur.MiseEnPlace.as_view(), name="2fa-setup"),
    path("2fa/verify/", vues_facteur.Verification.as_view(), name="2fa-verify"),
    path("2fa/disable/", vues_facteur.Desactivation.as_view(), name="2fa-disable"),
    path("2fa/recovery-codes/", vues_facteur.CodesDeSecours.as_view(), name="2fa-codes"),
]
urlpatterns = [
    path("admin/login/", pages.entrer),
    path("admin/login/code/", pages.entrer_le_code, name="code-de-connexion"),
    path("admin/logout/", pages.sortir),
    path("admin/password_change/", siennes.changer_le_mien),
    path("admin/securite/", siennes.ma_securite, name="ma-securite"),
    path("admin/securite/code/", siennes.code_frais, name="code-frais"),
    path("admin/securite/second-facteur/", siennes.second_facteur, name="second-facteur"),
    path("admin/securite/second-facteur/desactiver/", siennes.desactiver, name="desactiver"),
    path("admin/securite/codes/", siennes.codes_de_secours, name="codes-de-secours"),
    path("admin/securite/acces/autres/", siennes.fermer_les_autres, name="fermer-les-autres"),
    path("admin/securite/acces/<str:numero>/", siennes.fermer_un_acces, name="fermer-un-acces"),
    path("acces/oubli/", pages.oublier, name="oubli"),
    path("acces/<str:secret>/", pages.choisir, name="choisir"),
    path("api/v1/auth/", include((auth, "auth"))),
    path("api/v1/", include(router.urls)),
]
