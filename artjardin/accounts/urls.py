from django.urls import path

from artjardin.accounts import views

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", views.Logout.as_view(), name="logout"),
    path("me/", views.Moi.as_view(), name="me"),
]
