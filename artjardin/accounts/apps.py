from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "artjardin.accounts"
    label = "accounts"
    verbose_name = "Comptes"
