"""Everything that can be set, top to bottom. docs/configuration.md says it in words for those who run Glyphsmith."""

import tomllib
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from runner import disk, reserve
from runner.broker import socket_path
from server import data_folder
from server.environment import Environment, own_names

env = Environment()

ROOT = Path(__file__).resolve().parents[2]
VERSION = str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
DEBUG = False

# --- Where things are kept ---

DATA_DIR = Path(env.text("GLYPHSMITH_DATA", str(ROOT / "data"))).expanduser().resolve()
unwritable = data_folder.prepare(DATA_DIR)
if unwritable:
    env.problems.append(unwritable)

MEDIA_ROOT = DATA_DIR / "media"  # never served by path: the apps' own doors check who asks
RUNS_DIR = DATA_DIR / "runs"
OUTBOX_DIR = DATA_DIR / "outbox"
# Beside media: a finished upload is renamed, not copied.
FILE_UPLOAD_TEMP_DIR = None if unwritable else str(DATA_DIR / "tmp")
STORAGES = {
    "default": {"BACKEND": "server.storage.MediaStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Where less is free on the disk, whatever writes much is refused (accounts/room.py).
MIN_FREE_BYTES = env.number("MIN_FREE_BYTES", default=disk.MIN_FREE_BYTES, at_least=0)
RESERVE_BYTES = env.number("RESERVE_BYTES", default=reserve.RESERVE_BYTES, at_least=0)  # runner/reserve.py keeps it
FRONTEND_DIST = ROOT / "frontend" / "dist"

# Without a data folder nothing is kept, and the startup check E001 stops the start.
SECRET_KEY = env.text("SECRET_KEY") or (token_urlsafe(50) if unwritable else data_folder.secret_key(DATA_DIR))

DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'glyphsmith.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

broker = env.broker("REDIS_URL", default_socket=str(socket_path(DATA_DIR)))
REDIS_URL = broker.url

# --- Where people reach it ---

# GLYPHSMITH_ADDRESS is what script/server listens on.
public = env.public_address("PUBLIC_URL", default=env.text("GLYPHSMITH_ADDRESS", "http://localhost:8000"))
PUBLIC_URL = public.origin
PUBLIC_URL_IS_SET = bool(env.text("PUBLIC_URL"))
ALLOWED_HOSTS = [public.host, *own_names(), *env.words("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# Glyphsmith speaks HTTP; where its address is https, a proxy stands before it and says who really asks.
PROXIES = env.number("PROXIES", default=1 if public.secure else 0, at_least=0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if public.secure else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = public.secure
SESSION_COOKIE_HTTPONLY = True  # the CSRF cookie is not: the page sends it back as X-CSRFToken
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- What it is made of ---

INSTALLED_APPS = [
    "server",
    "accounts",
    "annotations",
    "training",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "server.middleware.content_security_policy",
    "server.compression.CompressLongAnswers",
    "server.middleware.refuse_bodies",
    "server.middleware.refuse_files_without_room",
    "server.middleware.ignore_odd_session",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "server.urls"
WSGI_APPLICATION = "server.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# The built frontend and the API documentation's own files. The frontend's one page is server/frontend.py's: it sets the
# CSRF cookie. Names under assets/ hold a hash of what they name: a browser may keep them for ever.
STATIC_URL = "/static/"
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/"

# --- People ---

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = int(timedelta(days=1).total_seconds())
RATE_INVITATION = env.rate("RATE_INVITATION", "50/day")
INVITATION_DAYS = env.number("INVITATION_DAYS", default=14)
SIGNUP = env.choice("SIGNUP", default="invitation", choices=["invitation", "open"])

ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = False
# Wrong passwords: ten a minute from one address, five in five minutes for one account. Mails: see allauth's own.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reset_password": "10/m/ip,3/10m/key"}

# --- Mail: to a server where EMAIL_URL names one, else one file a mail in the outbox folder ---

EMAIL_BACKEND = "accounts.outbox.OutboxBackend"
EMAIL_TIMEOUT = 15
globals().update(env.mail("EMAIL_URL"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("MAIL_FROM", f"Glyphsmith <glyphsmith@{public.host}>")

# --- The API ---

MAX_UPLOAD_BYTES = env.number("MAX_UPLOAD_BYTES", default=50_000_000)  # one picture or PDF
MAX_ARCHIVE_BYTES = env.number("MAX_ARCHIVE_BYTES", default=2_000_000_000)  # one ZIP
MAX_IMAGE_PIXELS = env.number("MAX_IMAGE_PIXELS", default=100_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000  # a body that is no file, such as JSON
DATA_UPLOAD_MAX_NUMBER_FILES = 100  # in one request: server/api/too_much.py says so to who sends more
PREDICT_WAIT_SECONDS = env.number("PREDICT_WAIT_SECONDS", default=30, at_least=0)
PREDICTION_DAYS = env.number("PREDICTION_DAYS", default=30, at_least=0)  # kept for, where a project says nothing else
# Whether a prediction may be asked for by an address inside the server's own network.
FETCH_PRIVATE = env.choice("FETCH_PRIVATE", default="no", choices=["no", "yes"]) == "yes"
RUN_HEARTBEAT_SECONDS = 5
RUN_LEASE_SECONDS = env.number("RUN_LEASE_SECONDS", default=60, at_least=15)  # silent for longer, a worker is held dead
RUN_ATTEMPTS = env.number("RUN_ATTEMPTS", default=3)

RATE_ANYONE = env.rate("RATE_ANYONE", "60/min")

CSRF_FAILURE_VIEW = "server.failures.csrf_failure"

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["accounts.api.json_bodies.EncodableJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "accounts.api.json_bodies.LimitedJSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "accounts.api.pages.Pages",
    "DEFAULT_THROTTLE_CLASSES": [
        "accounts.api.throttles.AnyoneThrottle",
        "accounts.api.throttles.PersonThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anyone": RATE_ANYONE,
        "stranger": RATE_ANYONE,
        "person": env.rate("RATE_PERSON", "3000/min"),
        "prediction": env.rate("RATE_PREDICTION", "120/min"),
    },
    "DEFAULT_SCHEMA_CLASS": "server.api.documenting.TrueSchema",
    # What /api/schema/ takes as `version`; it would write any other into a header, line breaks and all.
    "ALLOWED_VERSIONS": [VERSION],
    "EXCEPTION_HANDLER": "server.api.errors.handler",
    "NUM_PROXIES": PROXIES,
    "URL_FORMAT_OVERRIDE": None,  # answers are JSON; `format` is a query like others
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Glyphsmith",
    "DESCRIPTION": "Train an OCR model of your own, from your own images, and ask it.",
    "VERSION": VERSION,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "PATH_CONVERTER_OVERRIDES": {"row": int},
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,  # a change needs what its shape says, such as the version that was seen
    "ENUM_NAME_OVERRIDES": {
        "ComparisonState": "training.models.ComparisonState.choices",
        "ImageState": "annotations.models.ImageState.choices",
        "ImportState": "annotations.models.ImportState.choices",
        "PredictionState": "training.models.PredictionState.choices",
        "Side": "annotations.models.Side.choices",
        "RunState": "training.models.RunState.choices",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Work done in the background: server/management/commands/worker.py starts it, queue by queue ---

CACHES = {"default": {"BACKEND": "server.cache.ForgivingRedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "glyphsmith"}}

CELERY_BROKER_URL = broker.celery_url
CELERY_RESULT_BACKEND = broker.celery_url
CELERY_RESULT_EXPIRES = 3600
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# A task may run twice, and is run again when its process dies. A training run says acks_late=False instead: its row in
# the database knows whether it lives, and a queue that redelivers it by the clock would start it twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": int(timedelta(hours=48).total_seconds()),  # far above any run: it is no failure detector
    "socket_connect_timeout": 3,
    "socket_timeout": 30,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that refuses (its disk is full, its memory is used up) is waited for as one that is away: a worker that ended
# would take what it does with it. For as long as it takes, as a disk may be full for a night.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0.1, "interval_step": 0.2, "interval_max": 0.5}
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3.0
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SEND_TASK_EVENTS = False
DEFAULT_WORKERS = env.number("DEFAULT_WORKERS", default=2)
PREDICT_THREADS = env.number("PREDICT_THREADS", default=4)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep runs whose worker died": {"task": "training.tasks.sweep_runs", "schedule": 10.0, "options": {"expires": 10}},
    "sweep work whose worker died": {
        "task": "annotations.tasks.sweep_leases",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "send lost reset mails again": {
        "task": "accounts.tasks.sweep_resets",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "remove expired predictions": {
        "task": "training.tasks.remove_expired",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "sweep what was deleted": {"task": "annotations.tasks.sweep_deleted", "schedule": timedelta(days=1)},
    "sweep what it left behind": {"task": "training.tasks.sweep_removed", "schedule": timedelta(days=1)},
}

# --- What it says ---

LOG_LEVEL = env.choice("LOG_LEVEL", default="info", choices=["debug", "info", "warning", "error"]).upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
    "root": {"handlers": ["stdout"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "celery.beat": {"level": "WARNING"},  # each sweep, every ten seconds
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # strangers' scanners; the asker gets a sentence
    },
}

PROBLEMS = env.problems
