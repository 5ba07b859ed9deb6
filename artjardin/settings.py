"""Settings: the only reader of the environment. Importable as a plain module, without Django."""

from datetime import timedelta
from pathlib import Path

from artjardin import alertes
from artjardin.api.reglages import (  # noqa: F401
    CORS_ALLOW_HEADERS,
    CORS_EXPOSE_HEADERS,
    REST_FRAMEWORK,
    SPECTACULAR_SETTINGS,
)
from artjardin.branchements import (  # noqa: F401
    BASE_CONTROLES,
    COURRIEL_GARDES,
    COURRIEL_SECRETS,
    DOCUMENT_PRODUCTEURS,
)
from artjardin.composition import (  # noqa: F401
    AUTH_PASSWORD_VALIDATORS,
    INSTALLED_APPS,
    MIDDLEWARE,
    PROMETHEUS_LATENCY_BUCKETS,
    TEMPLATES,
)
from artjardin.connexions import base
from artjardin.embarque import adresses
from artjardin.environnement import booleen, choix, des_programmes, entier, liste, lues, texte
from artjardin.exigences import manques
from artjardin.menu import UNFOLD  # noqa: F401
from artjardin.traces.configuration import NIVEAUX, journalisation

RACINE = Path(__file__).resolve().parent.parent

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
S3_BUCKET_SAUVEGARDES = texte("S3_BUCKET_SAUVEGARDES")
S3_DIALECTE = texte("S3_DIALECTE", "aws")  # aws scaleway ovh garage minio: storage/dialectes.py
S3_ADRESSAGE = texte("S3_ADRESSAGE")  # path or virtual; empty: that of the dialect
S3_CONTROLES = texte("S3_CONTROLES")  # sha256 or md5; empty: that of the dialect
S3_CHIFFREMENT = texte("S3_CHIFFREMENT")  # AES256, aws:kms or aucun; empty: that of the dialect
S3_RETENTION_ANNEES = entier("S3_RETENTION_ANNEES", 10)
DONNEES_DOCUMENTS = DONNEES / "documents"  # what is served first; the archive is elsewhere
DONNEES_S3 = DONNEES / "s3"  # plays S3 when there is none
DONNEES_EXPORTS = DONNEES / "exports"
DONNEES_SAUVEGARDES = DONNEES / "sauvegardes"
EMBARQUE = not DATABASE_URL
HOTE = texte("HOTE", "127.0.0.1")
PORT = entier("PORT", 8000)
DEMO = booleen("DEMO", defaut=True)

# Log
JOURNAL_FORMAT = choix("JOURNAL_FORMAT", "lisible" if EMBARQUE else "json", ("json", "lisible"))
LOGGING = journalisation(choix("JOURNAL_NIVEAU", "INFO", NIVEAUX))
REQUETE_LENTE_MS = entier("REQUETE_LENTE_MS", 500)  # a query that takes longer is named

# Security
SECRET_KEY = texte("SECRET_KEY") or (adresses.cle_secrete(DONNEES) if EMBARQUE else "")
SECRET_KEY_FALLBACKS = liste("SECRET_KEY_ANCIENNES")  # while it is being replaced
DEBUG = False
ALLOWED_HOSTS = liste("HOTES_AUTORISES", "127.0.0.1,localhost,[::1]" if EMBARQUE else "")
CSRF_TRUSTED_ORIGINS = liste("ORIGINES_CSRF")
HTTPS = booleen("HTTPS", defaut=not EMBARQUE)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^live$", r"^ready$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
MANDATAIRES = entier("MANDATAIRES", 0)  # our reverse proxies: whose forwarded headers count
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if MANDATAIRES else None
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
CSRF_FAILURE_VIEW = "artjardin.api.refus.sans_preuve"
SESSION_ENGINE = "artjardin.accounts.sessions"
SESSION_DUREE = timedelta(hours=entier("SESSION_HEURES", 12))  # in any case
SESSION_INACTIVITE = timedelta(minutes=entier("SESSION_INACTIVITE_MINUTES", 120))
JETON_DUREE = timedelta(days=entier("JETON_JOURS", 30))
JETON_INACTIVITE = timedelta(hours=entier("JETON_INACTIVITE_HEURES", 72))
# Who shows it reads /health/detailed and /metrics, even while the database is away
JETON_SURVEILLANCE = texte("JETON_SURVEILLANCE") or (
    adresses.jeton_de_surveillance(DONNEES) if EMBARQUE else ""
)
ROLES_2FA_OBLIGATOIRE = liste("ROLES_2FA_OBLIGATOIRE", "patron")
# Keys that encrypt the second factors, the first one current: k2:<32 bytes in base64>,k1:…
CLES_CHIFFREMENT = texte("CLES_CHIFFREMENT")
CORS_ALLOWED_ORIGINS = liste("ORIGINES_CORS")  # of front ends on other sites; they use tokens
CORS_URLS_REGEX = r"^/api/"
API_PAR_MINUTE = entier("API_PAR_MINUTE", 600)  # calls of one token, session, key or stranger

ROOT_URLCONF = "artjardin.urls"
WSGI_APPLICATION = "artjardin.wsgi.application"

# Data
BASE_POOL = entier("BASE_POOL", 8)
DATABASES = {"default": base(DATABASE_URL or adresses.url_postgres(DONNEES), bassin=BASE_POOL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL or adresses.url_valkey(DONNEES),
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    },
}
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL, LOGIN_REDIRECT_URL = "/admin/login/", "/admin/"

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
COURRIEL_PAR_MINUTE = entier("COURRIEL_PAR_MINUTE", 0)
COURRIEL_CONNEXIONS = entier("COURRIEL_CONNEXIONS", 3)
REBONDS_IMAP_URL = texte("REBONDS_IMAP_URL")
REBONDS_FOURNISSEUR, REBONDS_SECRET = texte("REBONDS_FOURNISSEUR"), texte("REBONDS_SECRET")
ADRESSE_PUBLIQUE = texte("ADRESSE_PUBLIQUE").rstrip("/")  # of this site, for the links of mails
ALERTES = alertes.lire(texte, entier, booleen, liste)

# Backups and trash
SAUVEGARDE_CLES_PUBLIQUES = liste("SAUVEGARDE_CLES_PUBLIQUES")  # age1…, the private ones elsewhere
SAUVEGARDE_CLE_EXERCICE = texte("SAUVEGARDE_CLE_EXERCICE")  # AGE-SECRET-KEY-1…, for the drill
SAUVEGARDE_BASE_EXERCICE = texte("SAUVEGARDE_BASE_EXERCICE")  # server of the drill; empty: ours
SAUVEGARDE_JOURS = entier("SAUVEGARDE_JOURS", 30)
SAUVEGARDE_MOIS = entier("SAUVEGARDE_MOIS", 12)
SAUVEGARDE_ANS = entier("SAUVEGARDE_ANS", 10)
SAUVEGARDE_VERROU_JOURS = entier("SAUVEGARDE_VERROU_JOURS", 35)
SAUVEGARDE_TAILLE_MIN = entier("SAUVEGARDE_TAILLE_MIN", 20_000)  # bytes: less is no backup
PROGRAMMES_ENV = des_programmes()
PG_BINAIRES = texte("PG_BINAIRES")  # folder of pg_dump and pg_restore; empty: PATH, else the wheel
CORBEILLE_RETENTION_JOURS = entier("CORBEILLE_RETENTION_JOURS", 90)

# Celery: the rest of its configuration stands with the schedule, in celery.py
CELERY_BROKER_URL = REDIS_URL or adresses.url_broker(DONNEES)

VARIABLES = frozenset(lues)

if _fautes := manques(globals()):
    raise SystemExit("Configuration refusée :\n- " + "\n- ".join(_fautes))
