from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "artjardin.api"
    label = "api"
    verbose_name = "API"
