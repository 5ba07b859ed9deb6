"""What the product is made of: apps, middleware, templates, passwords. Data only."""

from pathlib import Path
from typing import Any

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "corsheaders",
    "django_filters",
    "django_otp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "artjardin.accounts",
    "artjardin.audit",
    "artjardin.softdelete",
    "artjardin.storage",
    "artjardin.outbox",
    "artjardin.sauvegardes",
    "artjardin.api",
    "clients",
    "chantiers",
    "facturation",
    "relances",
    "ops",
]
MIDDLEWARE = [
    "artjardin.api.mesures.ParVue",
    "artjardin.traces.requetes.Traces",
    "artjardin.api.entetes.entetes_de_securite",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "artjardin.api.corps.corps_mesures",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "artjardin.api.methodes.methodes_des_pages",
    "artjardin.api.limites.PagesPubliques",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "artjardin.accounts.barriere.Barriere",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# Seconds, of requests and of queries
PROMETHEUS_LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent.parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "artjardin.accounts.mots_de_passe.MotDePasseConnu"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
]
