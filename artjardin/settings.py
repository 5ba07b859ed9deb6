"""Settings: the only reader of the environment. Importable as a plain module, without Django."""

import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from artjardin.embarque import adresses

RACINE = Path(__file__).resolve().parent.parent
_lues: set[str] = set()


def texte(nom: str, defaut: str = "") -> str:
    """Read a variable, or the file named by NOM_FILE (Docker secrets)."""
    _lues.add(nom)
    if chemin := os.environ.get(f"{nom}_FILE"):
        return Path(chemin).read_text(encoding="utf-8").strip()
    return os.environ.get(nom, defaut).strip()


def entier(nom: str, defaut: int) -> int:
    valeur = texte(nom, str(defaut))
    if not valeur.lstrip("-").isdigit():
        raise SystemExit(f"{nom} doit être un nombre entier, pas « {valeur} ».")
    return int(valeur)


def booleen(nom: str, *, defaut: bool) -> bool:
    return texte(nom, "1" if defaut else "0").lower() in {"1", "true", "oui", "yes"}


def liste(nom: str, defaut: str = "") -> list[str]:
    return [partie.strip() for partie in texte(nom, defaut).split(",") if partie.strip()]


# Services: a variable set means the real service, unset means the embedded one (docs/exploitation)
DONNEES = Path(texte("DONNEES", str(RACINE / ".data"))).expanduser().resolve()
DATABASE_URL = texte("DATABASE_URL")
REDIS_URL = texte("REDIS_URL")
EMAIL_URL = texte("EMAIL_URL")
S3_ENDPOINT_URL = texte("S3_ENDPOINT_URL")
S3_BUCKET_DOCUMENTS = texte("S3_BUCKET_DOCUMENTS")
S3_REGION = texte("S3_REGION", "fr-par")
S3_CLE = texte("S3_CLE")
S3_SECRET = texte("S3_SECRET")
S3_RETENTION_ANNEES = entier("S3_RETENTION_ANNEES", 10)
DONNEES_DOCUMENTS = DONNEES / "documents"
EMBARQUE = not DATABASE_URL
HOTE = texte("HOTE", "127.0.0.1")
PORT = entier("PORT", 8000)
DEMO = booleen("DEMO", defaut=True)

# Security
SECRET_KEY = texte("SECRET_KEY") or (adresses.cle_secrete(DONNEES) if EMBARQUE else "")
DEBUG = False
ALLOWED_HOSTS = liste("HOTES_AUTORISES", "127.0.0.1,localhost,[::1]" if EMBARQUE else "")
CSRF_TRUSTED_ORIGINS = liste("ORIGINES_CSRF")
HTTPS = booleen("HTTPS", defaut=not EMBARQUE)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^live$", r"^ready$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
MANDATAIRES = entier("MANDATAIRES", 0)  # reverse proxies in front, for the client's address
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
JETON_DUREE = timedelta(hours=12)

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
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "artjardin.accounts",
    "artjardin.audit",
    "artjardin.softdelete",
    "artjardin.storage",
    "artjardin.outbox",
    "artjardin.api",
    "clients",
    "chantiers",
    "facturation",
    "relances",
    "ops",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "artjardin.api.entetes.entetes_de_securite",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "artjardin.urls"
WSGI_APPLICATION = "artjardin.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [RACINE / "templates"],
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

# Data
BASE_POOL = entier("BASE_POOL", 8)


def _base(url: str) -> dict[str, Any]:
    partie = conninfo_to_dict(url)
    options: dict[str, Any] = {"pool": {"min_size": 1, "max_size": BASE_POOL}} if BASE_POOL else {}
    reste = {c: v for c, v in partie.items() if c not in {"dbname", "user", "password"}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": partie.get("dbname", "artjardin"),
        "USER": partie.get("user", ""),
        "PASSWORD": partie.get("password", ""),
        "HOST": reste.pop("host", ""),
        "PORT": reste.pop("port", ""),
        "OPTIONS": options | reste,
    }


DATABASES = {"default": _base(DATABASE_URL or adresses.url_postgres(DONNEES))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL or adresses.url_valkey(DONNEES),
    },
}
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{nom}"}
    for nom in ("UserAttributeSimilarityValidator", "CommonPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
]
LOGIN_URL = "/admin/login/"

# Language and time
LANGUAGE_CODE = "fr"
LOCALE_PATHS = [RACINE / "artjardin" / "locale"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = Path(texte("STATIQUES", str(DONNEES / "static")))
STATICFILES_DIRS = [RACINE / "artjardin" / "static"]
WHITENOISE_USE_FINDERS = EMBARQUE
if EMBARQUE:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)

# Mail
COURRIEL_EXPEDITEUR = texte("COURRIEL_EXPEDITEUR", "Art & Jardin <bureau@art-jardin.example>")
COURRIEL_BCC = liste("COURRIEL_BCC", "archives@art-jardin.example" if EMBARQUE else "")
# Asked under lock just before a mail of this type leaves: a reason to give up, or "" (design G4)
COURRIEL_GARDES = {"relance": "relances.services.motif_d_abandon"}
# Who writes the PDF of a promised document of this type: (Document) -> bytes
DOCUMENT_PRODUCTEURS = {
    "facture": "facturation.documents.pdf_facture",
    "devis": "facturation.documents.pdf_devis",
    "releve": "facturation.documents.pdf_releve",
    "lettre_relance": "relances.documents.pdf_lettre",
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "artjardin.accounts.jetons.AuthentificationParJeton",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["artjardin.api.permissions.SelonDroits"],
    "DEFAULT_RENDERER_CLASSES": [
        "artjardin.api.rendus.JSONRapide",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "artjardin.api.pagination.Curseur",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "artjardin.api.pagination.Recherche",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "artjardin.api.erreurs.repondre",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "artjardin",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}
UNFOLD = {"SITE_TITLE": "Art & Jardin", "SITE_HEADER": "Art & Jardin", "SITE_SYMBOL": "park"}

# Celery
CELERY_BROKER_URL = texte("REDIS_URL") or adresses.url_broker(DONNEES)
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"ligne": {"format": "{levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "ligne"}},
    "root": {"handlers": ["console"], "level": logging.INFO},
}

VARIABLES = frozenset(_lues)
