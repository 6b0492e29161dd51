"""The data of a run: every input, result and output with who set it, when and at which step, and what it was before.

Takes values from the state as read, and from the log who handed them in and who put them right: two kinds of events,
the latest of them. Leaves blocks of values as `dashboards.shown` writes them, each with its history, newest first.
Secrets are asterisks in the state and in the log alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dashboards import shown
from dashboards.attachments import Held
from dashboards.course import log
from dashboards.course.doers import Acts
from dashboards.course.reading import Seen
from dashboards.shown import Row
from engine import values
from engine.definition import FieldSpec, TaskSpec
from engine.machine.events import ENGINE
from runs.models import Step

#: So many hand-ins and changes are read, the latest of them; all stand in the log.
LATEST = 200


@dataclass(frozen=True)
class Once:
    """What a value was at one time. `did` says how it came: `handed in`, `changed`, `ticked`; `was` what stood there.

    `seq` is the entry of the log that says so, 0 where none of its own does; `key` tells whose history it belongs to.
    """

    did: str
    by: str
    at: datetime | None
    text: str = ""
    was: str = ""
    reason: str = ""
    seq: int = 0
    key: str = ""
    behalf: str = ""


@dataclass(frozen=True)
class Value:
    """`changed` is the latest change where the value is no longer as it was handed in."""

    row: Row
    history: tuple[Once, ...] = ()
    changed: Once | None = None


@dataclass(frozen=True)
class Block:
    """The values that came at one time from one hand: `by` whom, `at` when, `step` the visit that left them."""

    title: str
    values: tuple[Value, ...]
    by: str = ""
    at: datetime | None = None
    step: Step | None = None


@dataclass(frozen=True)
class Data:
    """`others` are changes of what is not shown as a value of its own; `more`: earlier ones are in the log alone."""

    blocks: tuple[Block, ...]
    others: tuple[tuple[str, Once], ...] = ()
    more: bool = False


def of(seen: Seen, held: Held, acts: Acts) -> Data:
    """Put together what is known of every value. One query, one more where people or files are among the values."""
    entries = seen.run.entries.filter(kind__in=("complete", "change", "migrate"), seq__lte=seen.state.seq).order_by(
        "-seq"
    )
    found = list(entries[: LATEST + 1])
    results = list(_results(seen, held))
    onces = [once for entry in found[:LATEST] for once in _of_entry(seen, entry, acts)]
    onces = _named(onces + [once for step, _, left in results for once in _ticks(step.name, left)])
    by_key: dict[str, list[Once]] = {}
    for once in onces:
        by_key.setdefault(once.key, []).append(once)
    blocks = [block for block in _blocks(seen, held, results, acts, by_key) if block.values]
    told = {value.row.name for block in blocks for value in block.values}
    others = [(log.label(seen.definition, one.key), one) for one in onces if one.did == "changed"]
    others = [(label, one) for label, one in others if _row_name(one.key) not in told]
    return Data(tuple(blocks), tuple(others), len(found) > LATEST)


def _blocks(
    seen: Seen, held: Held, results: Sequence[Left], acts: Acts, by_key: Mapping[str, list[Once]]
) -> Iterator[Block]:
    starter, started_at = acts.word(seen.state.started_by), seen.state.started_at
    given = Once("given at the start", starter, started_at, seq=1)
    inputs = shown.rows(seen.definition, {"inputs": seen.state.inputs}, held)
    given_values = tuple(_value(row, by_key.get(row.name, []), given) for row in inputs)
    yield Block("What it was started with", given_values, starter, started_at)
    for step, rows, _ in results:
        by = str(step.ended_by or "") or ("" if step.kind in ("task", "gate") else "the machine")
        kept = tuple(_value(row, by_key.get(f"steps.{row.name}", [])) for row in rows)
        yield Block(step.title, kept, by, step.ended_at, step)
    outputs = {f"outputs.{name}": value for name, value in seen.state.outputs.items()}
    rows = shown.rows(seen.definition, outputs, held)
    ended_at = seen.run.ended_at if seen.run.seq == seen.state.seq else seen.state.at
    yield Block("What came of it", tuple(Value(row) for row in rows), "worked out by the playbook", ended_at)


#: A visit, the rows of what it left, and that itself.
Left = tuple[Step, list[Row], Mapping[str, Any]]


def _results(seen: Seen, held: Held) -> Iterator[Left]:
    """What each step's last completed visit left, the oldest first."""
    last = {step.name: step for step in seen.steps if step.ended_at and step.undoes is None and not step.scope}
    held_values = seen.state.values.get("", {})
    for name, step in sorted(last.items(), key=lambda pair: pair[1].number):
        left = held_values.get(name, {})
        if isinstance(left, list):
            yield step, shown.of_items(seen.definition, left), {}
        else:
            kept = {key: value for key, value in left.items() if key not in ("by", "at") and value != {}}
            yield step, shown.rows(seen.definition, {f"steps.{name}": kept}, held), kept


def _value(row: Row, history: Sequence[Once], first: Once | None = None) -> Value:
    """Join a value and its history; what nobody changed and came once has none to tell."""
    changed = next(iter(history), None)
    changed = changed if changed is not None and changed.did == "changed" else None
    told = [*history, *([replace(first, text=history[-1].was)] if first and history else [])]
    is_news = changed is not None or len({once.text for once in told}) > 1 or row.name.endswith(".checklist")
    return Value(row, tuple(told) if is_news else (), changed)


def _of_entry(seen: Seen, entry: Any, acts: Acts) -> Iterator[Once]:
    by = "a rule of the playbook" if entry.actor == ENGINE else acts.word(entry.actor)
    behalf = acts.word(entry.on_behalf_of) if entry.on_behalf_of else ""
    event = json.loads(entry.event)
    if entry.kind == "complete":
        step = next((one for one in seen.steps if one.number == event["visit"]), None)
        if step is None or step.undoes is not None or step.scope:
            return
        specs = _form(seen, step.name)
        handed = {name: shown.text(value, specs.get(name)) for name, value in event["form"].items()}
        if event.get("outcome"):
            handed["outcome"] = event["outcome"]
        for name, text in handed.items():
            key = f"steps.{step.name}.{name}"
            yield Once("handed in", by, entry.at, text, seq=entry.seq, key=key, behalf=behalf)
        return
    for move in json.loads(entry.moves):
        if move["kind"] == "changed":
            data, spec = move["data"], _spec(seen, str(move["data"]["name"]))
            was, now = (shown.text(data.get(end), _unmasked(spec, data.get(end))) for end in ("old", "new"))
            yield Once("changed", by, entry.at, now, was, str(event.get("reason") or ""), entry.seq, data["name"])


def _unmasked(spec: FieldSpec | None, stored: Any) -> FieldSpec | None:
    """A secret stands in the log as asterisks, whatever its field holds."""
    return None if spec is not None and spec.secret and isinstance(stored, str) else spec


def _form(seen: Seen, step: str) -> Mapping[str, FieldSpec]:
    does = seen.definition.steps[step].does if step in seen.definition.steps else None
    return {spec.name: spec for spec in does.form} if isinstance(does, TaskSpec) else {}


def _spec(seen: Seen, name: str) -> FieldSpec | None:
    head, _, rest = name.partition(".")
    if head == "inputs":
        return next((spec for spec in seen.definition.inputs if spec.name == rest), None)
    address, _, key = rest.partition(".")
    return _form(seen, address.partition("[")[0]).get(key)


def _ticks(step: str, left: Mapping[str, Any]) -> Iterator[Once]:
    ticks = left.get("checklist")
    for item, tick in ticks.items() if isinstance(ticks, Mapping) else ():
        if isinstance(tick, Mapping) and "by" in tick and "at" in tick:
            at = values.decode(tick["at"])
            yield Once("ticked", f"user:{tick['by']}", at, item, key=f"steps.{step}.checklist")


def _named(onces: list[Once]) -> list[Once]:
    """Replace `user:x` by full names, as values and as whose act it was: one query, none where nobody is named."""
    parts: tuple[Callable[[Once], str], ...] = (lambda one: one.text, lambda one: one.was, lambda one: one.by)
    rows = shown.with_names([Row("", "", part(once)) for once in onces for part in parts])
    texts = [row.text for row in rows]
    return [
        replace(once, text=texts[3 * nth], was=texts[3 * nth + 1], by=texts[3 * nth + 2])
        for nth, once in enumerate(onces)
    ]


def _row_name(key: str) -> str:
    """What `dashboards.shown` calls the row of a value that the log calls so."""
    return key.removeprefix("steps.")
