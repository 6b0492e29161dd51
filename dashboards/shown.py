"""Values of a run as people read them: with the titles of their fields, typed, in the reader's zone.

Takes what a gate shows or a task was given (names as in the playbook, encoded values), leaves rows of text;
`compared` puts the values of the asking before beside them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from dashboards.attachments import Held, Shown, among, plain
from dashboards.templatetags.times import clock, span
from engine import fields, values
from engine.attachments import Attachment
from engine.definition import Definition, FieldSpec, TaskSpec
from workflows.models import Person

#: What a visit leaves beside its form; the rest (`visits`) is for the machine.
ABOUT_A_VISIT = {
    "outcome": "Outcome",
    "by": "Handed in by",
    "at": "Handed in",
    "checklist": "Checklist",
    "decision": "Decision",
    "error": "Error",
    "value": "Result",
    "files": "Files",
}
HIDDEN = frozenset({"visits"})


@dataclass(frozen=True)
class Row:
    """One value. `mark` is `same`, `changed`, `new`, `gone` or empty; `diff` holds (kind, line) of a long text.

    `hash` is that of a secret: it says whether it is the same, as its text cannot. `kept` are the files that the value
    is, and `files` the same with their links.
    """

    title: str
    name: str
    text: str
    lines: bool = False
    mark: str = ""
    was: str = ""
    diff: tuple[tuple[str, str], ...] = ()
    hash: str = ""
    kept: tuple[Attachment, ...] = ()
    files: tuple[Shown, ...] = ()


def role(name: str) -> str:
    """A role, group or `user:name` in words."""
    return name.removeprefix("user:").replace("-", " ").replace("_", " ")


def rows(definition: Definition, shown: Mapping[str, Any], held: Held | None = None) -> list[Row]:
    """Spread the shown values out, one row a field, in the order of the playbook; `held` gives files their links."""
    found: list[Row] = []
    for name, stored in shown.items():
        head, _, rest = name.partition(".")
        if head == "inputs":
            given = stored if not rest else {rest: stored}
            found += _fields(definition.inputs, "inputs", given or {})
        elif head == "steps":
            step, _, part = rest.partition(".")
            step = step if step in definition.steps else step.replace("_", "-")
            found += _visit(definition, step, {part: stored} if part else stored)
        else:
            found.append(Row(_title(name), name, text(stored), kept=_kept(stored)))
    return _with_files(with_names(found), held)


def _fields(specs: Iterable[FieldSpec], head: str, given: Mapping[str, Any]) -> list[Row]:
    return [
        Row(
            spec.title or _title(spec.name),
            f"{head}.{spec.name}",
            text(given[spec.name], spec),
            spec.multiline,
            hash=secret.hash if (secret := values.secret_of(given[spec.name])) else "",
            kept=_kept(given[spec.name]),
        )
        for spec in specs
        if spec.name in given
    ]


def _visit(definition: Definition, step: str, stored: Any) -> list[Row]:
    """The values of a step's last visit; a step that was not visited says so."""
    if not isinstance(stored, Mapping):
        return [Row(_step_title(definition, step), step, text(stored), kept=_kept(stored))]
    does = definition.steps[step].does if step in definition.steps else None
    form = does.form if isinstance(does, TaskSpec) else ()
    found = _fields(form, step, stored)
    known = {spec.name for spec in form} | HIDDEN
    if not isinstance(does, TaskSpec):
        known |= {"at"}  # a machine was done at once; when is in the log
    for name, value in stored.items():
        if name not in known and value not in (None, {}, []):
            items = does.checklist if isinstance(does, TaskSpec) else ()
            titled = ABOUT_A_VISIT.get(name, _title(name))
            found.append(Row(titled, f"{step}.{name}", _about(name, value, items), kept=_kept(value)))
    last = {f"{step}.by": 1, f"{step}.at": 2}
    return sorted(found, key=lambda row: last.get(row.name, 0))


def of_items(definition: Definition, left: Sequence[Any]) -> list[Row]:
    """What an each left: a row for each item with what its steps left, in one line."""
    return [Row(f"Item {nth}", f"item.{nth}", _of_item(definition, item)) for nth, item in enumerate(left, 1)]


def _of_item(definition: Definition, item: Any) -> str:
    said = []
    for step, stored in item.items() if isinstance(item, Mapping) else ():
        found = _visit(definition, step if step in definition.steps else step.replace("_", "-"), stored)
        titled = _step_title(definition, step if step in definition.steps else step.replace("_", "-"))
        parts = [f"{row.title.lower()} {row.text}" for row in found if not row.name.endswith((".by", ".at"))]
        said.append(f"{titled}: {', '.join(parts)}" if parts else titled)
    return "\n".join(said) or "nothing"


def _about(name: str, value: Any, items: Iterable[str] = ()) -> str:
    if name == "checklist" and isinstance(value, Mapping):
        ticked = [item for item in items if item in value] or sorted(value)
        return " · ".join(ticked) + (", all ticked" if len(ticked) > 1 else ", ticked")
    if name == "by":
        return f"user:{value}"
    if name == "votes" and isinstance(value, list):
        return f"{len(value)}"
    return text(value)


def with_names(found: list[Row]) -> list[Row]:
    """Replace usernames by full names: one query for all rows, none where nobody is named."""
    named = {row.text.removeprefix("user:") for row in found if row.text.startswith("user:")}
    if not named:
        return found
    names = {person.username: str(person) for person in Person.objects.filter(username__in=named)}
    return [
        replace(row, text=names.get(name, name))
        if row.text.startswith("user:") and (name := row.text.removeprefix("user:"))
        else row
        for row in found
    ]


def _kept(stored: Any) -> tuple[Attachment, ...]:
    return tuple(among(stored)) if isinstance(stored, Mapping | list | tuple) else ()


def _with_files(found: list[Row], held: Held | None) -> list[Row]:
    """Give files their links: one query for all rows, none where there is no file."""
    return [
        replace(row, files=tuple(held.shown(row.kept) if held else map(plain, row.kept))) if row.kept else row
        for row in found
    ]


def text(stored: Any, spec: FieldSpec | None = None) -> str:
    """Write one encoded value for people."""
    if stored is None:
        return "not given"
    if files := _kept(stored):
        return ", ".join(str(plain(one)) for one in files)
    if spec is not None and spec.type == "user":
        return f"user:{stored}"
    if spec is not None and spec.type == "datetime":
        return clock(values.decode(stored))
    if spec is not None:
        return fields.show(spec, stored)
    value = values.decode(stored)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return clock(value)
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, list):
        return ", ".join(text(item) for item in stored)
    if isinstance(value, Mapping):
        return "; ".join(f"{_title(name)}: {text(item)}" for name, item in stored.items())
    return str(value)


def _title(name: str) -> str:
    return name.rpartition(".")[2].replace("_", " ").replace("-", " ").capitalize()


def _step_title(definition: Definition, step: str) -> str:
    spec = definition.steps.get(step)
    return spec.title if spec and spec.title and "${" not in spec.title else _title(step)


def compared(now: list[Row], before: list[Row]) -> list[Row]:
    """Mark each row against the asking before: same, changed (with what it was), new; gone ones stand at the end."""
    was = {row.name: row for row in before}
    marked = [_mark(row, was.pop(row.name, None)) for row in now]
    return marked + [replace(row, text="", was=row.text, mark="gone", kept=(), files=()) for row in was.values()]


def _mark(row: Row, was: Row | None) -> Row:
    if was is None:
        return replace(row, mark="new")
    if row.name.endswith(".at"):
        return row  # it is later each time, which is no news
    if (was.text, was.hash, was.kept) == (row.text, row.hash, row.kept):
        return replace(row, mark="same")
    diff = _diff(was.text, row.text) if "\n" in was.text + row.text else ()
    return replace(row, mark="changed", was=was.text, diff=diff)


def _diff(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """Line by line: (`same`, `out` or `in`, the line)."""
    kinds = {" ": "same", "-": "out", "+": "in"}
    return tuple(
        (kinds[line[0]], line[2:])
        for line in difflib.ndiff(old.splitlines(), new.splitlines())
        if line[0] in kinds and line[2:].strip()
    )
