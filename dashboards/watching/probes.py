"""What programs ask: `/healthz` (this process lives), `/readyz` (it may be sent people), `/metrics`.

Answered before anything else: without a session, without a host name that must be known, over plain HTTP within one's
own network, and without a line in the log for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from hmac import compare_digest

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from dashboards.watching.collector import exposition
from runs.clock import database_clock
from runs.models import Beat

#: A clock that has been silent for longer does not go.
HEARD = timedelta(minutes=1)
_HERE = frozenset({"127.0.0.1", "::1"})
_PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")

_migrated = False


def answered(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: answer the probes, pass on everything else."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in PROBES:
            return get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        answer = PROBES[request.path_info](request)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return middleware


def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether people may be sent here, and what is missing."""
    missing = list(_missing())
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def metrics(request: HttpRequest) -> HttpResponse:
    """Give the metrics to whoever may read them; to everybody else there is no such page."""
    if not _may_read(request):
        return HttpResponse("Not found\n", status=404, content_type="text/plain")
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}


def _missing() -> Iterator[str]:
    try:
        if not _is_migrated():
            yield "The database is of another version: run `manage.py migrate`."
            return
        heard = Beat.objects.filter(kind=Beat.Kind.CLOCK).order_by("-beat_at").values_list("beat_at", flat=True).first()
        if heard is None or database_clock() - heard > HEARD:
            yield "No clock has been heard within a minute: start `manage.py clock`."
    except (DatabaseError, InterfaceError):
        connection.close()
        yield "The database does not answer."


def _is_migrated() -> bool:
    """Say whether every migration has been applied. Asked until it is so: nobody takes one back under a process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _may_read(request: HttpRequest) -> bool:
    """By the token, where one is set; else from this machine alone, and not by way of a proxy on it."""
    token = settings.PENSTOCK_METRICS_TOKEN
    if token:
        given = request.META.get("HTTP_AUTHORIZATION", "")
        return compare_digest(given.encode(), f"Bearer {token}".encode())
    return request.META.get("REMOTE_ADDR") in _HERE and not any(request.META.get(name) for name in _PASSED_ON)
