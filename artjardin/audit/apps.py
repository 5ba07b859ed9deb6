from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "artjardin.audit"
    label = "audit"
    verbose_name = "Journal"
