from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "artjardin.outbox"
    label = "outbox"
    verbose_name = "Courriels"
