"""What happens once before the parts start: migrations, static files, the library, the demo.

Every step may run again on what is there: a second start finds nothing to do and keeps the data.
Exit code 1, with a sentence and no traceback, where the environment is at fault.
"""

from __future__ import annotations

import os
import signal
import sys
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboards.settings")
    try:
        django.setup()
    except ImproperlyConfigured as fault:
        return refuse(str(fault))
    except OSError as fault:
        return refuse(f"{fault.filename} cannot be used: {fault.strerror}.")
    try:
        connection.ensure_connection()
    except (OperationalError, ImproperlyConfigured) as fault:
        return refuse(f"The database cannot be reached: {where()}. {first_line(fault)}")
    try:
        steps()
    except CommandError as fault:
        return refuse(str(fault))
    return 0


def steps() -> None:
    say(f"Database: {where()}")
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"Bringing the database up to date ({len(missing)} migrations)")
        call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    if settings.DEMO:
        # Before the library: the demo publishes it as of a month ago.
        demo()
    library()
    if not has_people():
        say("Nobody can sign in yet. Make the first person with: .venv/bin/python manage.py createsuperuser")


def demo() -> None:
    if not has_people():
        say("Building the demo, which takes a moment this once")
    said = StringIO()
    try:
        call_command("demo", stdout=said)
    except CommandError as fault:
        raise CommandError(f"{fault} (Without the demo: PENSTOCK_DEMO=0 make up)") from fault
    say(said.getvalue().strip())


def library() -> None:
    said = StringIO()
    call_command("load_library", stdout=said)
    for line in said.getvalue().splitlines():
        if not line.endswith("unchanged"):
            say(f"Library: {line}")


def has_people() -> bool:
    return get_user_model().objects.exists()


def where() -> str:
    """The database as people know it, without its password."""
    known = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        path = Path(known["NAME"])
        return f"SQLite, {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}"
    return f"PostgreSQL, {known.get('HOST') or 'local socket'}:{known.get('PORT') or 5432}, {known['NAME']}"


def first_line(fault: Exception) -> str:
    return str(fault).strip().splitlines()[0] if str(fault).strip() else ""


def say(text: str) -> None:
    print(text, flush=True)


def refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
