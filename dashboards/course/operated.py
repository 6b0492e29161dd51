"""What the log says of operators' acts beyond retry, skip and cancel: one teller a move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from dashboards import shown
from dashboards.course.told import Lines, Move, Sentence, Told
from dashboards.templatetags.times import span


def _paused(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.actor} paused the run.")


def _resumed(move: Move, told: Told) -> Lines:
    length = span(timedelta(seconds=float(move["data"].get("seconds") or 0)))
    yield Sentence(f"{told.actor} resumed the run: its clocks had stood still for {length}.")


def _held(move: Move, told: Told) -> Lines:
    yield Sentence(f"What came of {told.title(move)} is held until the run is resumed.")


def _reassigned(move: Move, told: Told) -> Lines:
    to, before = str(move["data"].get("to", "")), str(move["data"].get("from") or "")
    who = told.name(to) if to.startswith("user:") else f"the role {told.name(to)}"
    instead = f" in place of {told.name(before)}" if before else ""
    yield Sentence(f"{told.actor} reassigned {told.title(move)} to {who}{instead}.")


def _jumped(move: Move, told: Told) -> Lines:
    over = [told.step(name) for name in move["data"].get("over") or ()]
    yield Sentence(f"{told.actor} let the run go on at {told.step(str(move['data'].get('to', '')))}.")
    if over:
        yield Sentence(f"That passed over {' and '.join(over)}, where nobody had approved.")


def _changed(move: Move, told: Told) -> Lines:
    data = move["data"]
    old, new = shown.text(data.get("old")), shown.text(data.get("new"))
    yield Sentence(f"{told.actor} changed {told.label(str(data.get('name', '')))} from {old} to {new}.")


OPERATED: dict[str, Callable[[Move, Told], Lines]] = {
    "paused": _paused,
    "resumed": _resumed,
    "held": _held,
    "reassigned": _reassigned,
    "jumped": _jumped,
    "changed": _changed,
}
