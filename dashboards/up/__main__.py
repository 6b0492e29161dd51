"""`python -m dashboards.up`: what the environment asks for, and which parts make Penstock.

PORT (default 8000) · PENSTOCK_BIND (default 127.0.0.1) · PENSTOCK_DEMO (default 1, 0 in production) · everything that
dashboards.settings names. Exit codes: 0 stopped on request, 1 could not start or gave up, 130 stopped while preparing.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from dashboards.up.supervisor import Part, Supervisor


def main(environment: Mapping[str, str]) -> int:
    os.chdir(Path(__file__).resolve().parent.parent.parent)
    host = environment.get("PENSTOCK_BIND") or "127.0.0.1"
    asked = environment.get("PORT") or "8000"
    if not asked.isdecimal() or not 0 < int(asked) < 65536:
        return refuse(f"PORT={asked} is not a port: a number from 1 to 65535 is.")
    port = int(asked)
    if fault := why_not(host, port):
        return refuse(fault)

    production = environment.get("PENSTOCK_ENV") == "production"
    everybody = dict(environment) | {
        "DJANGO_SETTINGS_MODULE": "dashboards.settings",
        "PENSTOCK_DEMO": environment.get("PENSTOCK_DEMO") or ("0" if production else "1"),
        "PENSTOCK_LOG": environment.get("PENSTOCK_LOG") or ("json" if production else "plain"),
        "PYTHONUNBUFFERED": "1",
    }
    supervisor = Supervisor(sys.stdout)
    quiet = {
        "PENSTOCK_STATEMENT_SECONDS": "0",
        "PENSTOCK_LOG_LEVEL": environment.get("PENSTOCK_LOG_LEVEL") or "WARNING",
    }
    preparing = Part("prepare", python("-m", "dashboards.up.prepare"), everybody | quiet)
    if code := supervisor.first(preparing):
        return code
    web = python("-m", "uvicorn", "dashboards.asgi:application", "--host", host, "--port", str(port))
    # Without a limit an open event stream holds up the end for ever.
    web += ["--timeout-graceful-shutdown", "2", "--no-access-log", "--log-level", "warning", "--lifespan", "on"]
    parts = [
        Part("web", web, everybody),
        Part("workers", python("manage.py", "qcluster"), everybody),
        Part("clock", python("manage.py", "clock"), everybody),
    ]
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host
    link = f"\n  Penstock is up: http://{shown}:{port}/   (Ctrl-C stops it)\n"
    return supervisor.run(parts, lambda: answers(host, port), link)


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def why_not(host: str, port: int) -> str:
    """Why nobody can serve on this port now; empty when somebody can."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind((host, port))
    except OSError as fault:
        if fault.errno == errno.EADDRINUSE:
            return f"Port {port} is taken by another program. Choose another one: PORT={port + 1} make up"
        if fault.errno == errno.EACCES:
            return f"Port {port} is kept for the system's administrator. Choose another one: PORT=8000 make up"
        return f"Nothing can be served on {host}, port {port}: {fault.strerror}."
    return ""


def answers(host: str, port: int) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        with socket.create_connection((target, port), timeout=0.2):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(os.environ))
