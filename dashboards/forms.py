"""Forms made from the fields of a playbook: what a browser shows, and what it sends back as `engine.fields` reads it.

`typed(specs, post)` takes the texts out of a POST, `as_read` makes of them what the verbs take, and
`controls(specs, typed, errors)` lays the form out again with what was typed and the message at each field. Of a file
that was uploaded the id is what was typed: `dashboards.attaching.posted` puts it into the POST.
Nothing is judged here: `engine.fields` does that inside the verbs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from engine import durations, fields, values
from engine.definition import FieldSpec
from runs import kinds
from runs.models import File
from workflows.models import Person

#: More people than this do not fit a list to pick from; then a name is typed.
PICKABLE_PEOPLE = 300


@dataclass(frozen=True)
class Control:
    """One field as drawn by `components/field.html`. `choices` are (value, words); `kind` is a branch there.

    `file` has been uploaded for this field and waits to be attached; then `value` is its id.
    """

    name: str
    id: str
    label: str
    kind: str
    value: str
    help: str = ""
    error: str = ""
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    file: File | None = None

    @property
    def described_by(self) -> str:
        """The ids of what explains this control, for `aria-describedby`."""
        parts = [f"{self.id}-error"] * bool(self.error) + [f"{self.id}-help"] * bool(self.help)
        return " ".join(parts)


KINDS = {
    "boolean": "checkbox",
    "choice": "select",
    "date": "date",
    "datetime": "datetime-local",
    "email": "email",
    "url": "url",
    "integer": "integer",
    "number": "number",
    "list": "lines",
    "duration": "text",
    "text": "text",
    "file": "file",
}


def controls(
    specs: Iterable[FieldSpec],
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    people: Sequence[Person] = (),
) -> list[Control]:
    """Lay out one control a field. Without `typed` the defaults stand in them."""
    return [_control(spec, typed, (errors or {}).get(spec.name, ""), people) for spec in specs]


def _control(spec: FieldSpec, typed: Mapping[str, str] | None, error: str, people: Sequence[Person]) -> Control:
    kind, choices = KINDS.get(spec.type, "text"), tuple((option, option) for option in spec.options)
    if spec.type == "user" and 0 < len(people) <= PICKABLE_PEOPLE:
        kind, choices = "select", tuple((person.username, str(person)) for person in people)
    elif spec.type == "text" and spec.multiline:
        kind = "area"
    if spec.secret:
        kind = "area" if spec.multiline else "password"
    value = as_typed(spec, spec.default) if typed is None else typed.get(spec.name, "")
    return Control(
        name=spec.name,
        id=f"field-{spec.name}",
        label=spec.title or label(spec.name),
        kind=kind,
        value="" if spec.secret else value,  # a page never says it again, not even to whoever typed it
        help=" ".join(part for part in (spec.help, _bounds(spec)) if part),
        error=error,
        required=spec.required and spec.default is None,
        choices=choices,
        file=_kept(value) if spec.type == "file" else None,
    )


def label(name: str) -> str:
    """What a field without a title is called."""
    return name.replace("_", " ").replace("-", " ").capitalize()


def _bounds(spec: FieldSpec) -> str:
    """Say in words what the field allows, so that nobody finds out by an error."""
    low = fields.show(spec, spec.minimum) if spec.minimum is not None else ""
    high = fields.show(spec, spec.maximum) if spec.maximum is not None else ""
    words = (
        f"From {low} to {high}." if low and high else f"At least {low}." if low else f"At most {high}." if high else ""
    )
    form = {"duration": "Such as 90s, 15m, 1h30m or 2d.", "list": "One on each line."}.get(spec.type, "")
    form = f"Up to {kinds.largest()}." if spec.type == "file" else form
    return " ".join(part for part in (words, form) if part)


def as_typed(spec: FieldSpec, encoded: Any) -> str:
    """Write an encoded value as a person would type it into this field."""
    value = values.decode(encoded)
    if value is None or spec.secret or spec.type == "file":
        return ""  # nobody types a file: it is chosen
    if spec.type == "boolean":
        return "true" if value else "false"
    if spec.type == "date":
        return f"{value:%Y-%m-%d}"
    if spec.type == "datetime":
        return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}"
    if spec.type == "duration":
        return durations.write(value)
    return _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return "\n".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def typed(specs: Iterable[FieldSpec], post: QueryDict) -> dict[str, str]:
    """Take what was typed for these fields, as text; a tick is `true` or `false`. Other names are ignored."""
    form = {}
    for spec in specs:
        text = post.get(spec.name, "").replace("\r\n", "\n").strip()
        form[spec.name] = ("true" if text in {"true", "on"} else "false") if spec.type == "boolean" else text
    return form


def as_read(specs: Iterable[FieldSpec], form: Mapping[str, str]) -> dict[str, Any]:
    """Return what `engine.fields.read_all` takes: empty answers left out, lines as a list, local times with a zone."""
    given: dict[str, Any] = {}
    for spec in specs:
        text = form.get(spec.name, "")
        if not text:
            continue
        if spec.type == "list":
            given[spec.name] = [line.strip() for line in text.splitlines() if line.strip()]
        elif spec.type == "datetime":
            given[spec.name] = _with_zone(text)
        elif spec.type == "file":
            file = _kept(text)
            given[spec.name] = file.attachment if file else {}
        else:
            given[spec.name] = text
    return given


def _kept(text: str) -> File | None:
    """The file with this id, which `dashboards.attaching.posted` has found to be the reader's own."""
    try:
        return File.objects.filter(pk=UUID(text)).first()
    except ValueError:
        return None


def _with_zone(text: str) -> str:
    """A time without a zone is meant in the reader's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if moment.tzinfo else moment.replace(tzinfo=timezone.get_current_timezone()).isoformat()


def everybody() -> list[Person]:
    """Return whom a field of type `user` offers."""
    return sorted(Person.objects.filter(is_active=True), key=str)
