"""The log of a run as people read it, newest first, by keyset, all of it or what was asked for.

Takes entries; leaves lines with a day, an icon, sentences, the entry's number and the head of its hash. Never more of
them than a page are told, and never more than `LOOKED` are opened to find them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from dashboards import called
from dashboards.attachments import Held, Shown
from dashboards.course.narrowing import EVERYTHING, Narrowing
from dashboards.course.sentences import Sentence, Told, tell
from engine.definition import Definition, TaskSpec
from engine.machine.events import ENGINE
from engine.naming import title
from runs.models import Entry, Run
from workflows.models import Person

PAGE = 40
#: So many entries are opened for one page at most where the columns do not tell which are meant, so many at a time.
LOOKED, AT_ONCE = 1_000, 250

ICONS = {
    "start": "play",
    "admit": "play",
    "roster": "people",
    "pick": "person",
    "complete": "task",
    "claim": "person",
    "release": "return",
    "vote": "gate",
    "withdraw": "gate",
    "delegate": "delegate",
    "result": "action",
    "timer": "wait",
    "cancel": "x",
    "retry": "retry",
    "skip": "skip",
    "rollback": "rollback",
    "signal": "bell",
    "child": "call",
    "pause": "pause",
    "resume": "play",
    "reassign": "delegate",
    "jump": "jump",
    "change": "pencil",
    "migrate": "version",
    "comment": "comment",
}


@dataclass(frozen=True)
class Line:
    """`mood` is `failed`, `done` or empty: it colours the icon, the sentences say the same."""

    entry: Entry
    icon: str
    mood: str
    sentences: tuple[Sentence, ...]
    behalf: str
    files: Sequence[Shown] = ()

    @property
    def hash_head(self) -> str:
        return self.entry.hash[:8]


@dataclass(frozen=True)
class Day:
    date: date
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Log:
    """`before` is the number to ask older entries with, 0 where there are none.

    `looked_to` is the moment of the oldest entry that was opened, where not all of them were and the page is not full.
    """

    days: tuple[Day, ...]
    before: int
    count: int
    asked: Narrowing = EVERYTHING
    looked_to: datetime | None = None

    @property
    def earlier(self) -> str:
        """The query of the page before this one."""
        return self.asked.query(before=self.before)


@dataclass(frozen=True)
class _Found:
    entries: list[Entry]
    before: int = 0
    looked_to: datetime | None = None


def read(
    run: Run,
    definition: Definition,
    titles: Mapping[int, str],
    asked: Narrowing = EVERYTHING,
    held: Held | None = None,
    most: int = PAGE,
    looked: int = LOOKED,
) -> Log:
    """Read so many entries of the log at most, the newest first, of those that are asked for.

    Two queries; where entries have to be opened, one more for each `AT_ONCE` of them. `held` gives the files that
    were attached their links.
    """
    entries = asked.among(run.entries.order_by("-seq"))
    found = _opened(entries, asked, most, looked) if asked.looks_inside else _page(list(entries[: most + 1]), most)
    shown = found.entries
    events = {entry.seq: json.loads(entry.event) for entry in shown}
    moves = {entry.seq: json.loads(entry.moves) for entry in shown}
    names, held = _names(shown, moves), held or Held(run)
    kinds = {step.id: step.kind for step in definition.steps.values()}

    def named(name: str) -> str:
        return label(definition, name)

    lines = [
        _line(entry, events[entry.seq], moves[entry.seq], names, titles, kinds, named, definition, held)
        for entry in shown
    ]
    return Log(tuple(_by_day(lines)), found.before, asked.seq or run.seq, asked, found.looked_to)


def _page(found: list[Entry], most: int) -> _Found:
    return _Found(found[:most], found[most - 1].seq if len(found) > most else 0)


def _opened(entries: QuerySet[Entry], asked: Narrowing, most: int, looked: int) -> _Found:
    """Open entries, the newest first, until a page is full, all are looked at, or so many were."""
    found: list[Entry] = []
    last: Entry | None = None
    for _ in range(0, looked, AT_ONCE):
        size = min(AT_ONCE, looked)
        some = list((entries.filter(seq__lt=last.seq) if last else entries)[:size])
        found += [one for one in some if asked.means(json.loads(one.event), json.loads(one.moves))]
        if len(found) > most:
            return _page(found, most)
        if len(some) < size:
            return _Found(found)
        last = some[-1]
    return _Found(found, last.seq, last.at) if last and last.seq > 1 else _Found(found)


def _names(entries: Sequence[Entry], moves: Mapping[int, list[dict[str, Any]]]) -> Mapping[str, str]:
    """Return the full names of everybody these entries speak of."""
    named = {name for entry in entries for name in (entry.actor, entry.on_behalf_of) if name}
    for move in (move for many in moves.values() for move in many):
        data = move["data"]
        named |= {str(data[key]) for key in ("by", "person", "name", "to", "from", "on_behalf_of") if data.get(key)}
        named |= {str(name) for key in ("people", "barred", "roles") for name in data.get(key) or ()}
    people = Person.objects.filter(username__in={name.removeprefix("user:") for name in named - {ENGINE}})
    return {person.username: str(person) for person in people.only("username", "first_name", "last_name")}


def _line(
    entry: Entry,
    event: Mapping[str, Any],
    moves: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    titles: Mapping[int, str],
    kinds: Mapping[str, str],
    label: Callable[[str], str],
    definition: Definition,
    held: Held,
) -> Line:
    def name(username: str) -> str:
        bare = username.removeprefix("user:")
        return names.get(bare, bare.replace("-", " ").replace("_", " ") if bare != ENGINE else "the machine")

    actor = "The machine" if entry.actor == ENGINE else name(entry.actor)
    told = Told(actor, str(event.get("reason") or ""), entry.kind, name, titles, kinds, label, definition)
    kinds_of_moves = {str(move["kind"]) for move in moves}
    return Line(
        entry=entry,
        icon=ICONS.get(entry.kind, "info"),
        mood=_mood(kinds_of_moves, moves),
        sentences=tell(moves, told),
        behalf=name(entry.on_behalf_of) if entry.on_behalf_of else "",
        files=held.among([*(event.get("files") or ()), *(event.get("evidence") or ())]),
    )


def label(definition: Definition, name: str) -> str:
    """Say `inputs.<field>`, `steps.<address>` or `steps.<address>.<name>` with the titles of the playbook."""
    head, _, rest = name.partition(".")
    address, _, key = rest.partition(".")
    step, _, index = address.partition("[")
    if head == "inputs":
        specs, step, key = definition.inputs, "", rest
    else:
        does = definition.steps[step].does if step in definition.steps else None
        specs = does.form if isinstance(does, TaskSpec) else ()
    field = next((spec.title for spec in specs if spec.name == key and spec.title), key.replace("_", " "))
    titled = title(definition, step) if step in definition.steps else step
    titled += f" ({called.item(f'[{index}')})" if index else ""
    return f"{field} of {titled}" if field and titled else field or titled


def _mood(kinds: set[str], moves: Sequence[Mapping[str, Any]]) -> str:
    statuses = {str(move["data"].get("status", "")) for move in moves if move["kind"] in ("decided", "ended")}
    if kinds & {"incident", "failed", "attempt_failed", "rolling_back"} or statuses & {"rejected", "failed"}:
        return "failed"
    return "done" if kinds & {"completed"} or statuses & {"approved", "completed"} else ""


def _by_day(lines: Sequence[Line]) -> Iterator[Day]:
    days: dict[date, list[Line]] = {}
    for line in lines:
        days.setdefault(timezone.localtime(line.entry.at).date(), []).append(line)
    for day, of_day in days.items():
        yield Day(day, tuple(of_day))
