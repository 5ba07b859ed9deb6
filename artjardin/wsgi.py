"""WSGI entry point, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

from artjardin import compteurs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "artjardin.settings")
compteurs.partager()  # before Django loads what counts
application = get_wsgi_application()
