from django.apps import AppConfig


class SauvegardesConfig(AppConfig):
    name = "artjardin.sauvegardes"
    label = "sauvegardes"
    verbose_name = "Sauvegardes"
