"""Settings. Everything that differs between installations comes from the environment.

DATABASE_URL       default: sqlite in var/penstock.sqlite3
PENSTOCK_DEMO      1: the living demo, with its people shown on the sign-in page. Never in production.
PENSTOCK_DATA      where the database, the secret key and the logs live (default: var/)
PENSTOCK_HOSTS     the host names served, separated by commas
DURABLE            0: SQLite synchronous=NORMAL; a power cut may lose the last commits
"""

from __future__ import annotations

import os
from pathlib import Path

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("PENSTOCK_DATA", BASE_DIR / "var"))
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEMO = os.environ.get("PENSTOCK_DEMO", "0") == "1"
DEBUG = False
SECRET_KEY = os.environ.get("PENSTOCK_SECRET_KEY", "not-yet-generated")
ALLOWED_HOSTS = os.environ.get("PENSTOCK_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

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
    "template_partials",
]
AUTH_USER_MODEL = "workflows.Person"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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
            ]
        },
    }
]

DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{DATA_DIR / 'penstock.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    _synchronous = "NORMAL" if os.environ.get("DURABLE") == "0" else "FULL"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={_synchronous}; PRAGMA foreign_keys=ON;",
    }

USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "my-work"

# The queue is a doorbell (docs/decisions): it never drives retries, results or schedules.
Q_CLUSTER = {
    "name": "penstock",
    "orm": "default",
    "workers": 2,
    "queue_limit": 2,
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
