from django.apps import AppConfig


class StorageConfig(AppConfig):
    name = "artjardin.storage"
    label = "storage"
    verbose_name = "Documents"
