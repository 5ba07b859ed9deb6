"""Django in a process that a test starts, on the test's own database and settings."""

from typing import Any

import django

from artjardin import settings

ADMIN = "django.contrib.admin"


def demarrer(base: str, **reglages: Any) -> None:
    """Without the pages of the admin, which take half of the time to start."""
    place = settings.INSTALLED_APPS.index(ADMIN)
    settings.INSTALLED_APPS[place] = f"{ADMIN}.apps.SimpleAdminConfig"
    settings.DATABASES["default"]["NAME"] = base
    for nom, valeur in reglages.items():
        setattr(settings, nom, valeur)
    django.setup()
