"""The inputs that a trigger gives a run: its `with` as written, with every `${…}` filled in.

A webhook's may read `payload`, what was sent; both may read `now`, which of a schedule is the time it was due.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.definition import MAIN, Definition, Schedule, Webhook
from engine.expressions import EvaluationError, Evaluator, Scope
from engine.expressions.types import DYN, TIMESTAMP
from engine.values import Json

#: What the `with` of a schedule and that of a webhook may read: there is no run yet.
OF_SCHEDULE = {"now": TIMESTAMP}
OF_WEBHOOK = {**OF_SCHEDULE, "payload": DYN}


class NotGiven(Exception):
    """An input has no value; the text says which, and why."""


def of_schedule(schedule: Schedule, at: datetime) -> dict[str, Json]:
    """Return the raw value of each input that a schedule gives at this time. Raises `NotGiven`."""
    return _filled(schedule.given, Scope(now=at))


def of_webhook(webhook: Webhook, now: datetime, payload: Json) -> dict[str, Json]:
    """Return the raw value of each input that a webhook gives for this payload. Raises `NotGiven`."""
    return _filled(webhook.given, Scope(now=now, further={"payload": payload}))


def _filled(given: Mapping[str, Any], scope: Scope) -> dict[str, Json]:
    found = {}
    for name, written in given.items():
        try:
            found[name] = _EVALUATOR.resolve(written, scope)
        except EvaluationError as error:
            raise NotGiven(f"`{name}` has no value: {error}") from None
    return found


_EVALUATOR = Evaluator(Definition(playbook="", title="", kind="", owner="", names=OF_SCHEDULE, lists={MAIN: ()}))
