"""The inputs that a trigger gives a run: its `with` as written, with every `${…}` filled in.

A webhook's may read `payload`, what was sent; both may read `now`, which of a schedule is the time it was due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.definition import Definition
from engine.expressions import EvaluationError, Evaluator, Scope
from engine.expressions.types import DYN, TIMESTAMP
from engine.values import Json

#: What a `with` of a trigger may read.
OF_SCHEDULE = {"now": TIMESTAMP}
OF_WEBHOOK = {"now": TIMESTAMP, "payload": DYN}


class NotGiven(Exception):
    """An input has no value; the text says which, and why."""


def inputs(given: Mapping[str, Any], now: datetime, payload: Json = None) -> dict[str, Json]:
    """Return the raw value of each input that the trigger gives. Raises `NotGiven`."""
    evaluator = _evaluator(payload is not None)
    scope = Scope(now=now, payload=payload)
    found = {}
    for name, written in given.items():
        try:
            found[name] = evaluator.resolve(written, scope)
        except EvaluationError as error:
            raise NotGiven(f"`{name}` has no value: {error}") from None
    return found


@lru_cache(maxsize=2)
def _evaluator(has_payload: bool) -> Evaluator:
    return Evaluator(replace(_NOTHING, names=OF_WEBHOOK if has_payload else OF_SCHEDULE))


_NOTHING = Definition(playbook="", title="", kind="", owner="")
