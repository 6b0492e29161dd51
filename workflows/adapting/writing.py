"""What somebody asks for, as the text of a playbook that adapts another.

The text remembers which line came from which wish, so that a problem of the compiler is told at the field it is about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Act = Literal["after", "before", "replace", "remove"]
Kind = Literal["task", "gate", "wait", "other"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _-]*[A-Za-z0-9]|[A-Za-z]")
#: What YAML, in one version or another, takes for something else than a text.
_TAKEN = frozenset(["true", "false", "null", "yes", "no", "on", "off", "y", "n"])


@dataclass(frozen=True)
class NewStep:
    """A step that comes in. `text` is what to do, or what is asked; `length` how long it waits, `due` when it is due.

    `who` is a role of the playbook, or `starter` for a task; `count` so many of them approve. Of any `other` kind (an
    action, a decision, a call) `text` is what stands in a file below its title.
    """

    id: str
    title: str
    kind: Kind = "task"
    who: str = ""
    text: str = ""
    due: str = ""
    length: str = ""
    count: int = 1


@dataclass(frozen=True)
class Change:
    act: Act
    step: str
    new: NewStep | None = None


@dataclass(frozen=True)
class NewRole:
    id: str
    group: str


@dataclass(frozen=True)
class Wish:
    """A child as asked for. `given` are parameters as YAML has them; `version` is the parent's, that one or newer."""

    id: str
    parent: str
    version: int
    title: str = ""
    owner: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    roles: tuple[NewRole, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Written:
    """`wishes` says of a line, from 1, which wish it is.

    `id`, `owner`, `title`, `parameter:x`, `role:0`, `change:2`, or of the new step of one its part: `change:2/due`.
    """

    text: str
    wishes: Mapping[int, str]


def write(wish: Wish) -> Written:
    """Write the YAML of a child."""
    lines: list[tuple[str, str]] = [
        (f"playbook: {scalar(wish.id)}", "id"),
        (f"extends: {wish.parent}@^{wish.version}", "id"),
    ]
    if wish.given:
        lines.append(("parameters:", ""))
        lines += [(f"  {scalar(name)}: {scalar(value)}", f"parameter:{name}") for name, value in wish.given.items()]
    settings = [(key, getattr(wish, key)) for key in ("title", "owner") if getattr(wish, key)]
    if settings:
        lines.append(("set:", ""))
        lines += [(f"  {key}: {scalar(value)}", key) for key, value in settings]
    if wish.roles:
        lines += [("", ""), ("roles:", "")]
        lines += [
            (f"  {scalar(role.id)}: {{groups: [{scalar(role.group)}]}}", f"role:{number}")
            for number, role in enumerate(wish.roles)
        ]
    if wish.changes:
        lines += [("", ""), ("change:", "")]
        for number, change in enumerate(wish.changes):
            lines += [(line, f"change:{number}{part and '/'}{part}") for line, part in _change(change)]
    text = "".join(f"{line}\n" for line, _ in lines)
    return Written(text, {number: wish_ for number, (_, wish_) in enumerate(lines, 1) if wish_})


Lines = list[tuple[str, str]]


def _change(change: Change) -> Lines:
    if change.new is None:
        return [(f"  - {{{change.act}: {scalar(change.step)}}}", "step")]
    beside = "with" if change.act == "replace" else "insert"
    return [(f"  - {change.act}: {scalar(change.step)}", "step"), (f"    {beside}:", ""), *_step(change.new)]


def _step(step: NewStep) -> Lines:
    lines: Lines = [(f"      - id: {scalar(step.id)}", "title")]
    if step.title:
        lines.append((f"        title: {scalar(step.title)}", "title"))
    if step.kind == "wait":
        return [*lines, (f"        wait: {scalar(step.length)}", "length")]
    if step.kind == "other":
        lines += [(f"        {line}", "text") for line in step.text.splitlines()]
        return [*lines, (f"        due: {scalar(step.due)}", "due")] if step.due else lines
    asks, who = ("ask", f"approvers: [{scalar(step.who)}]") if step.kind == "gate" else ("instructions", "")
    lines += [(f"        {step.kind}:", ""), (f"          {who or f'assign: {scalar(step.who)}'}", "who")]
    if step.kind == "gate":
        lines.append((f"          quorum: {step.count}", "count"))
    if step.text:
        lines.append((f"          {asks}: {scalar(step.text)}", "text"))
    return [*lines, (f"        due: {scalar(step.due)}", "due")] if step.due else lines


def scalar(value: Any) -> str:
    """Write a value in one line, a text in quotes where YAML could take it for something else."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _TAKEN:
        return value
    return json.dumps(value, ensure_ascii=False)
