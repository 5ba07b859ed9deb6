from django.apps import AppConfig


class SauvegardesConfig(AppConfig):
    name = "artjardin.sauvegardes"
    label = "sauvegardes"
    verbose_name = "Sauvegardes"

    def ready(self) -> None:
        from artjardin.sauvegardes import verifications  # noqa: F401, PLC0415 - registers itself
