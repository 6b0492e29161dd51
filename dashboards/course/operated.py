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
    was, now = (whom(str(move["data"].get(key) or ""), told) for key in ("from", "to"))
    if move["data"].get("rung") is not None:
        yield Sentence(f"{told.title(move)} got no answer: the playbook gives it{was and f' from {was}'} to {now}.")
        return
    yield Sentence(f"{told.actor} reassigned {told.title(move)} to {now}{was and f' in place of {was}'}.")


def whom(name: str, told: Told) -> str:
    return told.name(name) if name.startswith("user:") or not name else f"everybody in the role {told.name(name)}"


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
