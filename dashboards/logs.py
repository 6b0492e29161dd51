"""One line of JSON for every event of note, with request, actor, run and step bound; plain lines under `make up`.

`configure` is called by the settings; what it returns is Django's LOGGING. Everything, ours and the libraries',
goes through structlog's processors to standard error: whoever runs the process decides where lines are kept.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseBase
from structlog.typing import EventDict, Processor, WrappedLogger

_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
# The names of addresses' parts, and what a line of the log calls them.
BOUND = {"number": "run", "run": "run", "run_id": "run", "visit": "step", "step": "step"}


def known_request(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: let the request have an id, the caller's where that is sane, and give it back with the answer.

    django-structlog binds whatever stands in `X-Request-ID`; what people can make up reaches no log as it is.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        known = given if _SANE.fullmatch(given) else uuid.uuid4().hex
        request.META["HTTP_X_REQUEST_ID"] = known
        response = get_response(request)
        response.headers["X-Request-ID"] = known
        return response

    return middleware


# What every run does is for programs that search; on a terminal it is nobody's news.
QUIET = frozenset({"run_moved", "action_performed"})


class AddressMiddleware:
    """Binds the run and the step that the address of a request names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: list[object], named: dict[str, object]) -> None:
        bound = {BOUND[name]: str(value) for name, value in named.items() if name in BOUND}
        structlog.contextvars.bind_contextvars(**bound)


class Unexpected(logging.Filter):
    """Without what is no error: pages that are open when the web process stops."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.name == "uvicorn.error" and "timeout graceful shutdown exceeded" in record.getMessage())


def configure(form: str, level: str) -> dict[str, Any]:
    """`form` is "json" or "plain", `level` a level's name. Configures structlog and gives Django's LOGGING."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        call_the_user_actor,
        structlog.processors.TimeStamper(fmt="iso" if form == "json" else "%H:%M:%S", utc=form == "json"),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    rendering: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        rendering += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # Never the local variables of a traceback: they hold what people typed.
        plain = structlog.dev.ConsoleRenderer(
            colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )
        rendering += [shorten, plain]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": rendering,
            }
        },
        "filters": {"unexpected": {"()": Unexpected}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["unexpected"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django says every refused request a second time; the request's own line says it with more.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "WARNING"},
            # The queue is a doorbell: who rang it is nobody's news.
            "django-q": {"handlers": [], "level": "WARNING", "propagate": True},
            "uvicorn": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


def call_the_user_actor(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """The log of runs says actor; the request's middleware says user_id."""
    if "user_id" in event:
        user = event.pop("user_id")
        if user:
            event.setdefault("actor", user)
    return event


def shorten(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """For eyes: without what only a search needs."""
    if event.get("event") in QUIET:
        raise structlog.DropEvent
    for key in ("logger", "request_id", "user_agent", "ip"):
        event.pop(key, None)
    return event
