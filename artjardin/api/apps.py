from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "artjardin.api"
    label = "api"
    verbose_name = "API"

    def ready(self) -> None:
        from artjardin.api import verifications  # noqa: F401, PLC0415 - registers itself
