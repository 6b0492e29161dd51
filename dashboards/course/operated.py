"""What the log says of operators' acts beyond retry, skip and cancel: one teller a move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from dashboards import shown
from dashboards.course.told import Lines, Move, Sentence, Told, in_words
from dashboards.templatetags.times import span


def _paused(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.actor} paused the run.")


def _resumed(move: Move, told: Told) -> Lines:
    length = span(timedelta(seconds=float(move["data"].get("seconds") or 0)))
    yield Sentence(f"{told.actor} resumed the run: its clocks had stood still for {length}.")


def _held(move: Move, told: Told) -> Lines:
    if not move.get("visit"):
        signal = in_words(str(move["data"]["name"]))
        yield Sentence(f"{told.actor} sent the signal “{signal}”; it is held until the run is resumed.")
        return
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
    to = told.step(str(move["data"].get("to", "")))
    if move["data"].get("undo"):
        yield Sentence(f"{told.actor} sent the run back to {to}: what was done since is undone first.")
    else:
        yield Sentence(f"{told.actor} let the run go on at {to}.")
    if over:
        yield Sentence(f"That passed over {' and '.join(over)}, where nobody had approved.")


def _rolling_back(move: Move, told: Told) -> Lines:
    if move["data"].get("by"):
        yield Sentence(f"{told.name(str(move['data']['by']))} had the run rolled back: what was done is undone.")
    else:
        yield Sentence("The playbook rolls the run back: what was done is undone.")


def _undone(move: Move, told: Told) -> Lines:
    data = move["data"]
    of = told.titles.get(int(data.get("of") or 0)) or told.title(move)
    if data.get("by_hand"):
        yield Sentence(f"{of} counts as undone by hand: {told.actor} skipped its undo.")
    elif data.get("by"):
        yield Sentence(f"{told.name(str(data['by']))} undid {of}.")
    else:
        yield Sentence(f"{of} was undone by machine.")


def _signalled(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.actor} sent the signal “{in_words(str(move['data'].get('name', '')))}”.")


def _kept(move: Move, told: Told) -> Lines:
    signal = in_words(str(move["data"].get("name", "")))
    yield Sentence(f"No step waits for the signal “{signal}” now: it is kept for one that will.")


def _changed(move: Move, told: Told) -> Lines:
    data = move["data"]
    old, new = shown.text(data.get("old")), shown.text(data.get("new"))
    yield Sentence(f"{told.actor} changed {told.label(str(data.get('name', '')))} from {old} to {new}.")


def _migrated(move: Move, told: Told) -> Lines:
    data = move["data"]
    yield Sentence(f"{told.actor} moved the run from version {data.get('was')} to version {data.get('number')}.")
    for old, new in sorted((data.get("mapping") or {}).items()):
        if old != new:
            yield Sentence(f"{told.step(str(old))} goes on as {told.step(str(new))}.")
    if over := [told.step(name) for name in data.get("over") or ()]:
        yield Sentence(f"That passed over {' and '.join(over)}, where nobody had approved.")
    if again := [told.step(name) for name in data.get("repeats") or ()]:
        yield Sentence(f"{' and '.join(again)} will be done again.")


def _carried(move: Move, told: Told) -> Lines:
    yield Sentence(f"{told.title(move)} stays open.")


OPERATED: dict[str, Callable[[Move, Told], Lines]] = {
    "paused": _paused,
    "resumed": _resumed,
    "held": _held,
    "reassigned": _reassigned,
    "jumped": _jumped,
    "migrated": _migrated,
    "carried": _carried,
    "changed": _changed,
    "rolling_back": _rolling_back,
    "undone": _undone,
    "signalled": _signalled,
    "kept": _kept,
}
