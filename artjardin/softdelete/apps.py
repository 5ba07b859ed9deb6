from django.apps import AppConfig


class SoftdeleteConfig(AppConfig):
    name = "artjardin.softdelete"
    label = "softdelete"
    verbose_name = "Corbeille"
