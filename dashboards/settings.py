"""Settings. Everything that differs between installations comes from the environment.

DATABASE_URL                    default: SQLite in PENSTOCK_DATA; or postgres://…
PENSTOCK_DATA                   where the SQLite database and the static files live (default: var/)
PENSTOCK_FILES                  where uploaded files lie; belongs to every backup (default: files/ in PENSTOCK_DATA)
PENSTOCK_FILE_MB                MB that one uploaded file may have (default 25); one submission may have four times that
PENSTOCK_FILE_TYPES             the endings of files that are taken, by commas (default: all of runs.kinds but zip)
PENSTOCK_ENV                    production: served over HTTPS only, under PENSTOCK_HOSTS, never with the demo
PENSTOCK_HOSTS                  the host names served, separated by commas
PENSTOCK_BEHIND_PROXY           1: a proxy ends TLS and sets X-Forwarded-Proto itself
PENSTOCK_SECRET_KEY[_FILE]      default: made at the first start, see dashboards.secret_key
PENSTOCK_SECRETS_KEY[_FILE]     what secrets of runs are kept with; default: the given session key, else made as well
PENSTOCK_SECRETS_OLD_KEYS_FILE  keys that earlier secrets were kept with, one on each line
PENSTOCK_SECRETS_FILE           a JSON mapping from names to what `secret('name')` gives to actions
PENSTOCK_ACTION_SECRET_<NAME>   one of them from the environment, which comes first
PENSTOCK_DEMO                   1: the living demo, with its people shown on the sign-in page. Never in production.
PENSTOCK_LOG                    json (default) or plain
PENSTOCK_LOG_LEVEL              DEBUG, INFO (default), WARNING, ERROR
PENSTOCK_POOL                   1: keep a pool of connections to PostgreSQL (web only: workers fork)
PENSTOCK_STATEMENT_SECONDS      how long PostgreSQL may take over one statement (default 10; 0: no limit)
PENSTOCK_WORKERS                how many processes perform work (default 2)
PENSTOCK_LIVE_MOST              how many pages a web process tells of changes at once (default 2000); others ask
PENSTOCK_HTTP_PORTS             the ports that actions may call (default 80,443,8080,8443)
PENSTOCK_HTTP_ALLOW             hosts of one's own network that actions may call: host or host:port, by commas
PENSTOCK_ADDRESS                where people reach the pages, for links in mails (default: https:// and the first host)
PENSTOCK_MAIL                   smtp://name:password@host:587 (STARTTLS), smtps://…:465, smtp+plain://… within one's own
                                network, file:///folder, or off (default: files in PENSTOCK_DATA/mail; production: off)
PENSTOCK_METRICS_TOKEN          who may read /metrics: `Authorization: Bearer <token>` (default: this machine alone)
PENSTOCK_MAIL_FROM              who mails are from (default: Penstock <penstock@the host of PENSTOCK_ADDRESS>)
DURABLE                         0: SQLite synchronous=NORMAL; a power cut may lose the last commits
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from dashboards import logs, postbox, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("PENSTOCK_DATA") or BASE_DIR / "var")
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

PRODUCTION = os.environ.get("PENSTOCK_ENV") == "production"
DEMO = os.environ.get("PENSTOCK_DEMO", "0") == "1"
DEBUG = False
SECRET_KEY = secret_key.find(os.environ, BASE_DIR)
PENSTOCK_SECRETS_KEYS = secret_key.of_secrets(os.environ, BASE_DIR)
PENSTOCK_SECRETS_FILE = os.environ.get("PENSTOCK_SECRETS_FILE", "")
ALLOWED_HOSTS = [name for name in os.environ.get("PENSTOCK_HOSTS", "").split(",") if name]
if not PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
elif DEMO:
    raise ImproperlyConfigured(
        "In the demo anybody signs in as anybody: PENSTOCK_DEMO=1 is refused with PENSTOCK_ENV=production."
    )
elif not ALLOWED_HOSTS:
    raise ImproperlyConfigured("PENSTOCK_ENV=production needs PENSTOCK_HOSTS: the host names served.")

INSTALLED_APPS = [
    "workflows",
    "runs",
    "dashboards",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_q",
    "django_structlog",
    "template_partials",
]
AUTH_USER_MODEL = "workflows.Person"

MIDDLEWARE = [
    "dashboards.watching.probes.answered",
    "dashboards.logs.known_request",
    "dashboards.watching.requests.timed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "dashboards.logs.AddressMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboards.passwords.own_password_first",
    "dashboards.frame.in_the_readers_zone",
]
ROOT_URLCONF = "dashboards.urls"
ASGI_APPLICATION = "dashboards.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboards.frame.frame",
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "dashboards.templatetags.icons",
                "dashboards.templatetags.people",
                "dashboards.templatetags.statuses",
                "dashboards.templatetags.times",
            ],
        },
    }
]

# Nothing inline, nothing from elsewhere: pages hold no script, style or style attribute of their own.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
CSRF_FAILURE_VIEW = "dashboards.views.errors.csrf_failure"

try:
    DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{DATA_DIR / 'penstock.sqlite3'}")}
except ValueError as fault:
    raise ImproperlyConfigured("DATABASE_URL is not an address of a database: postgres://… or sqlite:///…") from fault
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    _synchronous = "NORMAL" if os.environ.get("DURABLE") == "0" else "FULL"
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={_synchronous}; PRAGMA foreign_keys=ON; "
        "PRAGMA cache_size=-32768;",  # 32 MB a connection: the pages of the indexes that the board runs along
    }
elif _database["ENGINE"].endswith("postgresql"):
    # A forgotten transaction or a slow statement must not hold up everybody's work.
    _statement = int(float(os.environ.get("PENSTOCK_STATEMENT_SECONDS", "10")) * 1000)
    _database["OPTIONS"] = {
        "connect_timeout": 5,
        "options": f"-c statement_timeout={_statement} -c idle_in_transaction_session_timeout=15000"
        " -c plan_cache_mode=force_generic_plan",  # of what is prepared, which `workflows.prepared` alone does
        "prepare_threshold": 5,
    } | _database.get("OPTIONS", {})
    if os.environ.get("PENSTOCK_POOL") == "1":
        _database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 20, "timeout": 10}
else:
    raise ImproperlyConfigured(
        "DATABASE_URL names a database that Penstock does not know: it runs on SQLite and PostgreSQL."
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dashboards.sheets.OneSheet"},
}

# Uploaded files are no media: no address leads into this folder, `dashboards.views.files` gives them out one by one.
PENSTOCK_FILES = Path(os.environ.get("PENSTOCK_FILES") or DATA_DIR / "files")
PENSTOCK_FILE_MB = float(os.environ.get("PENSTOCK_FILE_MB", "25"))
PENSTOCK_FILE_TYPES = [
    kind.strip(" .").lower() for kind in os.environ.get("PENSTOCK_FILE_TYPES", "").split(",") if kind
]
PENSTOCK_LIVE_MOST = int(os.environ.get("PENSTOCK_LIVE_MOST") or 2000)
DATA_UPLOAD_MAX_NUMBER_FILES = 50
# Of what is typed or pasted: more than any field takes, so that it is the field that says how much it does.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
FILE_UPLOAD_PERMISSIONS = 0o600

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "my-work"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["dashboards.sessions.Backend"]
SESSION_ENGINE = "dashboards.sessions"
SESSION_COOKIE_NAME = "penstock_session"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_NAME = "penstock_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Same origin and not "no-referrer": over HTTPS Django's CSRF check wants the referrer of forms sent from here.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if os.environ.get("PENSTOCK_BEHIND_PROXY") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

LOG_FORM = os.environ.get("PENSTOCK_LOG", "json")
LOGGING = logs.configure(LOG_FORM, os.environ.get("PENSTOCK_LOG_LEVEL", "INFO"))
DJANGO_STRUCTLOG_USER_ID_FIELD = "username"
# dashboards.logs.known_request has looked at it.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
# An open page that ends, and on a terminal every page that was served, is nobody's news.
DJANGO_STRUCTLOG_REQUEST_CANCELLED_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_2XX_LOG_LEVEL = logging.INFO if LOG_FORM == "json" else logging.DEBUG
DJANGO_STRUCTLOG_STATUS_DEFAULT_LOG_LEVEL = DJANGO_STRUCTLOG_STATUS_2XX_LOG_LEVEL

# Where actions may call: public addresses on these ports, and besides these hosts (`host` or `host:port`) of one's own
# network, on whatever port they name.
PENSTOCK_HTTP_PORTS = [int(port) for port in os.environ.get("PENSTOCK_HTTP_PORTS", "80,443,8080,8443").split(",")]
PENSTOCK_HTTP_ALLOW = [host for host in os.environ.get("PENSTOCK_HTTP_ALLOW", "").split(",") if host]

PENSTOCK_METRICS_TOKEN = os.environ.get("PENSTOCK_METRICS_TOKEN", "")

# Notices: where the pages are, and who writes what messages say (runs.notices.letters).
PENSTOCK_ADDRESS = postbox.address(os.environ, ALLOWED_HOSTS, PRODUCTION)
PENSTOCK_LETTERS = "dashboards.letters.writer"
_mail = postbox.read(os.environ.get("PENSTOCK_MAIL", ""), DATA_DIR / "mail", PRODUCTION)
PENSTOCK_SENDS_MAIL = _mail.sends
EMAIL_BACKEND = _mail.backend
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.starttls, _mail.tls
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = _mail.folder
DEFAULT_FROM_EMAIL = os.environ.get("PENSTOCK_MAIL_FROM") or postbox.sender(PENSTOCK_ADDRESS)

WORKERS = int(os.environ.get("PENSTOCK_WORKERS", "2"))
# The queue is a doorbell (docs/decisions): it never drives retries, results or schedules.
Q_CLUSTER = {
    "name": "penstock",
    "orm": "default",
    "workers": WORKERS,
    "queue_limit": WORKERS,
    "bulk": 1,
    "poll": 0.2,
    "timeout": 300,
    "retry": 3600,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "guard_cycle": 0.5,
    "catch_up": False,
    "scheduler": False,
    "recycle": 1000,
    "ALT_CLUSTERS": {},
}
