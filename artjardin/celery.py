"""Celery and the whole schedule of recurring work, on one screen (Europe/Paris, DST-safe)."""

import os

from celery import Celery
from celery.schedules import crontab
from kombu.entity import Exchange, Queue

from artjardin.traces import taches

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "artjardin.settings")
LONGUES = [
    "ops.tasks.sauvegarder",
    "ops.tasks.controler",
    "ops.tasks.purger_la_corbeille",
    "ops.tasks.rattraper_les_archives",
    "ops.tasks.lancer_une_sauvegarde",
    "ops.tasks.verifier_une_sauvegarde",
    "ops.tasks.produire_export",
]
app = Celery("artjardin")
app.config_from_object("django.conf:settings", namespace="CELERY")
taches.brancher()
app.conf.update(
    timezone="Europe/Paris",
    task_ignore_result=True,
    include=["artjardin.battements", "artjardin.passages"],
    beat_scheduler="artjardin.planificateur:Planificateur",
    # A worker that is given no queue serves both. Long tasks have theirs, and workers of its own:
    # two of them would hold the sweeps of each minute
    task_queues=[Queue(nom, Exchange(nom), routing_key=nom) for nom in ("celery", "longues")],
    task_routes={tache: {"queue": "longues"} for tache in LONGUES},
    # A task whose worker died is run again: every task is idempotent
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    # A broker that hangs must not hold who asks for a task: 503 after some seconds
    broker_transport_options={
        "visibility_timeout": 3600,
        "socket_timeout": 2,
        "socket_connect_timeout": 1,
        "retry_on_timeout": False,
    },
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_max": 0.1},
)
app.autodiscover_tasks(["artjardin.storage", "artjardin.outbox", "artjardin.api"])
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # At 9:00, then every minute until 19:00: does nothing once today's run is finished
    "relances du jour": {
        "task": "relances.tasks.relancer_du_jour",
        "schedule": crontab(minute="*", hour="9-18"),
        "options": {"expires": 55},
    },
    # At 8:00, or as soon as possible before 9:00: once a day, never on a day off
    "aperçu des relances": {
        "task": "relances.tasks.envoyer_l_apercu",
        "schedule": crontab(minute="*", hour=8),
        "options": {"expires": 55},
    },
    "remerciements": {
        "task": "relances.tasks.remercier",
        "schedule": crontab(minute="*"),
        "options": {"expires": 55},
    },
    "documents à produire, courriels à envoyer": {
        "task": "artjardin.outbox.tasks.balayer",
        "schedule": crontab(minute="*"),
        "options": {"expires": 55},
    },
    "documents à archiver": {
        "task": "artjardin.storage.tasks.archiver",
        "schedule": crontab(minute="*"),
        "options": {"expires": 55},
    },
    # At 0:20: what was missed, and the index of the day that ended. Like every job of once a day,
    # asked again each hour: it does nothing once it is made
    "archives en retard, index du jour": {
        "task": "ops.tasks.rattraper_les_archives",
        "schedule": crontab(minute=20, hour="0-1,3-23"),
        "options": {"expires": 3500},
    },
    "rebonds": {
        "task": "artjardin.outbox.tasks.relever",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 550},
    },
    "devis expirés": {
        "task": "facturation.tasks.expirer_les_devis",
        "schedule": crontab(minute=10, hour="0-1,3-23"),
        "options": {"expires": 3500},
    },
    # At 1:15, or as soon as possible; an hour after a failure again
    "sauvegarde, exercice et rétention": {
        "task": "ops.tasks.sauvegarder",
        "schedule": crontab(minute="*/5", hour="1,3-23"),
        "options": {"expires": 290},
    },
    # At 3:00, then every hour until today's run is made
    "purge de la corbeille": {
        "task": "ops.tasks.purger_la_corbeille",
        "schedule": crontab(minute=0, hour="3-23"),
        "options": {"expires": 3500},
    },
    "accès périmés": {
        "task": "ops.tasks.ranger_les_acces",
        "schedule": crontab(minute=5, hour="3-23"),
        "options": {"expires": 3500},
    },
    # At 4:00, then every hour until today's checks are made
    "numéros, chaînes, archives et sauvegardes": {
        "task": "ops.tasks.controler",
        "schedule": crontab(minute=0, hour="4-23"),
        "options": {"expires": 3500},
    },
    "veille de la veille": {
        "task": "ops.tasks.surveiller_la_veille",
        "schedule": crontab(minute="*"),
        "options": {"expires": 55},
    },
    # Files kept a day, and exports whose process died
    "exports": {
        "task": "ops.tasks.oublier_les_exports",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 290},
    },
    "clefs d'idempotence périmées": {
        "task": "artjardin.api.tasks.oublier_clefs",
        "schedule": crontab(minute=30, hour="4-23"),
        "options": {"expires": 3500},
    },
}
