"""The changes of a child as forms: one row a change, with only the fields that it needs.

A row is known by its number and what it does (`3:insert`), so that what was typed finds its way back. Names of fields
end in the row's number: `title-3`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from django.contrib.auth.models import Group
from django.utils.text import slugify

from dashboards.adapting.steps import Offered
from dashboards.board.rows import group_name
from dashboards.forms import Control
from engine import durations
from engine.definition import STARTER, Definition
from engine.expressions.names import trouble_with_id
from workflows.adapting.writing import Change, Kind, NewRole, NewStep

Does = Literal["insert", "replace", "remove", "role"]
DOES: tuple[Does, ...] = get_args(Does)
MOST = 40
TITLES: dict[Does, tuple[str, str]] = {
    "insert": ("A step comes in", "plus"),
    "replace": ("A step is replaced", "retry"),
    "remove": ("A step goes", "x"),
    "role": ("A role is added", "people"),
}
_KINDS = (("task", "a task"), ("gate", "a gate"), ("wait", "a wait"), ("other", "something else, as in a file"))
_BROKEN = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Row:
    number: int
    does: Does

    @property
    def key(self) -> str:
        return f"{self.number}:{self.does}"

    @property
    def title(self) -> str:
        return TITLES[self.does][0]

    @property
    def icon(self) -> str:
        return TITLES[self.does][1]


@dataclass(frozen=True)
class Drawn:
    """A row with its controls, and what is wrong with it as a whole."""

    row: Row
    controls: tuple[Control, ...]
    errors: tuple[str, ...] = ()


def read(keys: Sequence[str], do: str) -> tuple[Row, ...]:
    """Take the rows that were on the page, with one more or one less as the button said."""
    rows = []
    for key in keys[:MOST]:
        number, _, does = key.partition(":")
        if number.isdecimal() and len(number) < 4 and does in DOES:
            rows.append(Row(int(number), does))
    if do in DOES and len(rows) < MOST:
        rows.append(Row(max((row.number for row in rows), default=-1) + 1, do))
    return tuple(row for row in rows if do != f"drop:{row.number}")


def controls(
    row: Row,
    steps: Sequence[Offered],
    roles: Sequence[tuple[str, str]],
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> Drawn:
    """Lay out one row with what was typed, and the message at each field."""
    may = {"insert": "may_insert", "replace": "may_replace", "remove": "may_remove"}.get(row.does, "")
    there = tuple((step.id, f"{'· ' * step.depth}{step.title}") for step in steps if may and getattr(step, may))
    new = [
        _control("title", "What the step is called", "text"),
        _control(
            "kind",
            "What it is",
            "select",
            choices=_KINDS,
            help="Somebody does a task, and approves at a gate.",
        ),
        _control("who", "Who does or approves it", "select", choices=roles, required=False, help="Of a task or gate."),
        _control(
            "text",
            "What is to be done, or what is asked",
            "area",
            required=False,
            help="Of something else all that it does, as in a file: such as call: order-parts.",
        ),
        _control("count", "How many must approve", "integer", required=False, help="For a gate; one, if empty."),
        _control("due", "Due in", "text", required=False, help="Such as 4h or 2d."),
        _control("length", "Waits for", "text", required=False, help="For a wait: such as 30m or 2d."),
    ]
    of_row: dict[Does, list[Control]] = {
        "insert": [
            _control("act", "Where", "select", choices=(("after", "after"), ("before", "before"))),
            _control("step", "Which step", "select", choices=there),
            *new,
        ],
        "replace": [_control("step", "Which step", "select", choices=there), *new],
        "remove": [_control("step", "Which step", "select", choices=there)],
        "role": [
            _control("title", "What the role is called", "text"),
            _control("group", "Who is in it", "select", choices=_groups()),
        ],
    }
    filled = []
    for control in of_row[row.does]:
        name = f"{control.name}-{row.number}"
        value = typed.get(name, {"act": "after", "kind": "task"}.get(control.name, ""))
        filled.append(_filled(control, name, value, errors.get(name, "")))
    mine = errors.get(row.key, "")
    return Drawn(row, tuple(filled), (mine,) if mine else ())


def role_of(row: Row, typed: Mapping[str, str], errors: dict[str, str]) -> NewRole:
    title, group = (typed.get(f"{name}-{row.number}", "") for name in ("title", "group"))
    for name, value in (("title", title), ("group", group)):
        if not value:
            errors[f"{name}-{row.number}"] = "This is needed."
    return NewRole(identifier(title, (), "role"), group)


def change_of(
    row: Row, steps: Mapping[str, Offered], taken: Sequence[str], typed: Mapping[str, str], errors: dict[str, str]
) -> Change:
    """Make a change of a row; what is missing or cannot be read is told at its field."""

    def said(name: str) -> str:
        return typed.get(f"{name}-{row.number}", "")

    def wrong(name: str, sentence: str) -> None:
        errors.setdefault(f"{name}-{row.number}", sentence)

    step = steps.get(said("step"))
    if step is None:
        wrong("step", "Choose a step.")
    elif not getattr(step, {"insert": "may_insert", "replace": "may_replace"}.get(row.does, "may_remove")):
        wrong("step", step.why)
    at = step.id if step else ""
    if row.does == "remove":
        return Change("remove", at)
    new = _new_step(said, wrong, at if row.does == "replace" else identifier(said("title"), taken, "step"))
    if row.does == "replace":
        return Change("replace", at, new)
    return Change("before" if said("act") == "before" else "after", at, new)


def _new_step(said: Callable[[str], str], wrong: Callable[[str, str], None], id: str) -> NewStep:
    kinds: dict[str, Kind] = {"gate": "gate", "wait": "wait", "other": "other"}
    kind = kinds.get(said("kind"), "task")
    if not said("title"):
        wrong("title", "Say what it is called.")
    if kind == "other" and not said("text"):
        wrong("text", "Write what it does, as in a file: such as call: order-parts.")
    if kind in ("task", "gate") and not said("who"):
        wrong("who", "Say who approves it." if kind == "gate" else "Say who does it.")
    if kind == "gate" and said("who") == STARTER:
        wrong("who", "A gate asks a role: whoever starts a run does not approve it.")
    for name in ("due", "length"):
        if said(name):
            try:
                durations.parse_length(said(name))
            except ValueError as error:
                wrong(name, str(error).replace("`", "“", 1).replace("`", "”", 1))
    if kind == "wait" and not said("length"):
        wrong("length", "Say how long it waits.")
    count = said("count") or "1"
    if not (count.isdecimal() and 0 < int(count[:6]) <= 99):
        wrong("count", "This must be a whole number from 1 to 99.")
        count = "1"
    return NewStep(id, said("title"), kind, said("who"), said("text"), said("due"), said("length"), int(count))


def roles_of(definition: Definition, rows: Sequence[Row], typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the roles to choose from: the parent's, and those that a row adds."""
    own = [(name, name.replace("-", " ").replace("_", " ")) for name in definition.roles]
    added = [typed.get(f"title-{row.number}", "") for row in rows if row.does == "role"]
    new = [(identifier(title, (), "role"), title) for title in added if title]
    return ((STARTER, "whoever starts the run"), *own, *new)


def identifier(title: str, taken: Sequence[str], otherwise: str) -> str:
    """Make an id of a title, another one than those that are taken."""
    found = _BROKEN.sub("-", slugify(title).lower()).strip("-")[:50].strip("-")
    if not found or not found[0].isalpha() or trouble_with_id(found):
        found = f"{otherwise}-{found}".strip("-")
    number, id = 1, found
    while id in taken:
        number += 1
        id = f"{found}-{number}"
    return id


def _groups() -> tuple[tuple[str, str], ...]:
    return tuple((name, group_name(name)) for name in Group.objects.order_by("name").values_list("name", flat=True))


def _control(
    name: str, label: str, kind: str, *, choices: Sequence[tuple[str, str]] = (), required: bool = True, help: str = ""
) -> Control:
    return Control(name, name, label, kind, "", help=help, required=required, choices=tuple(choices))


def _filled(control: Control, name: str, value: str, error: str) -> Control:
    return Control(
        name,
        f"field-{name}",
        control.label,
        control.kind,
        value,
        help=control.help,
        error=error,
        required=control.required,
        choices=control.choices,
    )
