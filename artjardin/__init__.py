"""Project and shared kernel: imports no business app."""

from artjardin.celery import app as celery_app

__all__ = ["celery_app"]
