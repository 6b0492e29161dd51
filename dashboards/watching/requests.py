"""How long this process takes to answer, by page: a histogram in memory, read at `/metrics`.

Each web process has its own, with a label that tells them apart: counters of several processes in one series would
jump back and forth as scrapes meet now one and now the other.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
#: This process, from its start on.
PROCESS = uuid.uuid4().hex[:8]

registry = CollectorRegistry()
answers = Histogram(
    "penstock_http_request_duration_seconds",
    "Seconds until an answer was ready, by page, of the process that is asked.",
    ("process", "method", "view", "status"),
    registry=registry,
    buckets=BUCKETS,
)
_METHODS = frozenset({"GET", "HEAD", "POST"})


def timed(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: note how long the answer took. Labels are of a fixed set, whatever people send."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        view = match.view_name if match is not None else "none"
        method = request.method if request.method in _METHODS else "other"
        labels = (PROCESS, method, view, f"{response.status_code // 100}xx")
        answers.labels(*labels).observe(time.perf_counter() - began)
        return response

    return middleware
