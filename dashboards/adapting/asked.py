"""The form of an adaptation: what was typed, the wish that it makes, what is wrong with it at which field.

Nothing is judged twice: a field says what it can see by itself, everything else is the compiler's, told at the field
whose line it is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from dashboards import forms
from dashboards.adapting import rows as changes
from dashboards.adapting.rows import Drawn, Row
from dashboards.adapting.steps import Offered, offered
from dashboards.drafts import begun
from dashboards.forms import Control
from engine import fields
from engine.compiler import bare, parameters_of
from engine.definition import Definition
from engine.expressions.names import trouble_with_id
from engine.fieldspec import FieldSpec
from engine.problems import Problem, Severity
from workflows import parents
from workflows.adapting.trying import compiled
from workflows.adapting.writing import Wish, Written, write
from workflows.examining import Examined, examine
from workflows.models import Artifact, Person, Unit, Version

PARAMETER = "parameter-"


@dataclass(frozen=True)
class Offer:
    """What can be adapted: the version, its steps with their locks, its parameters, and for whom."""

    version: Version
    definition: Definition
    steps: tuple[Offered, ...]
    parameters: tuple[FieldSpec, ...]
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class Typed:
    """What was typed, and what became of it. `tried` is None where it could not be written as a text yet.

    `base` is the template with the parameters that were typed and nothing changed, to compare with.
    """

    rows: tuple[Row, ...]
    texts: Mapping[str, str]
    errors: Mapping[str, str]
    elsewhere: tuple[Problem, ...] = ()
    written: Written | None = None
    tried: Examined | None = None
    base: Definition | None = None
    unit: Unit | None = None

    @property
    def is_right(self) -> bool:
        return self.tried is not None and self.tried.is_right


def offer(version: Version, definition: Definition, person: Person) -> Offer:
    specs = parameters_of(version.source, parents.of(version))
    return Offer(version, definition, offered(definition), specs, tuple(begun.units_of(person)))


def read(post: QueryDict, offer: Offer) -> Typed:
    """Read what was posted; where its fields are filled it is compiled as well."""
    rows = changes.read(post.getlist("row"), post.get("do", ""))
    texts = {name: post.get(name, "").replace("\r\n", "\n").strip()[:5000] for name in post if name != "row"}
    if post.get("do", "") not in ("look", "write", "write-anyway"):
        return Typed(rows, texts, {})
    errors: dict[str, str] = {}
    unit = next((one for one in offer.units if one.slug == texts.get("unit")), None)
    if unit is None:
        errors["unit"] = "Choose the unit that keeps it."
    wish = _wish(offer, rows, texts, errors, unit)
    if errors or unit is None:
        return Typed(rows, texts, errors, unit=unit)
    written = write(wish)
    found = examine(written.text, unit)
    elsewhere = _tell(found, written, rows, errors)
    base = compiled(bare(written.text) or "", unit).definition
    return Typed(rows, texts, errors, elsewhere, written, found, base, unit)


def _wish(
    offer: Offer, rows: Sequence[Row], texts: Mapping[str, str], errors: dict[str, str], unit: Unit | None
) -> Wish:
    id = texts.get("id", "")
    if wrong := trouble_with_id(id) if id else "Give it an id: small letters, figures and hyphens.":
        errors["id"] = wrong.replace("`", "")
    elif Artifact.objects.filter(slug=id).exists():
        errors["id"] = "This id is taken: choose another one."
    given = _given(offer.parameters, texts, errors)
    steps = {step.id: step for step in offer.steps}
    taken = list(steps)
    wishes = []
    for row in (row for row in rows if row.does != "role"):
        change = changes.change_of(row, steps, taken, texts, errors)
        taken += [change.new.id] if change.new else []
        wishes.append(change)
    roles = [changes.role_of(row, texts, errors) for row in rows if row.does == "role"]
    version, title = offer.version, texts.get("title", "")
    owner = unit.slug if unit and unit.slug != offer.definition.owner else ""
    return Wish(id, version.artifact.slug, version.number, title, owner, given, tuple(roles), tuple(wishes))


def _given(specs: Sequence[FieldSpec], texts: Mapping[str, str], errors: dict[str, str]) -> dict[str, object]:
    """Return the parameters as a file has them; one that is left as its default is not named."""
    typed = {spec.name: texts.get(PARAMETER + spec.name, "") for spec in specs}
    for spec in (spec for spec in specs if spec.type == "boolean"):
        typed[spec.name] = "true" if typed[spec.name] in ("true", "on") else "false"
    raw = forms.as_read(specs, typed)
    found = {}
    for spec in specs:
        if spec.name not in raw:
            if spec.default is None:
                errors[PARAMETER + spec.name] = "This is needed."
            continue
        try:
            encoded = fields.read(spec, raw[spec.name])
        except fields.FieldError as error:
            errors[PARAMETER + spec.name] = str(error)
            continue
        if encoded != spec.default:
            is_number = spec.type in ("integer", "number", "boolean")
            found[spec.name] = encoded if is_number else raw[spec.name]
    return found


def _tell(found: Examined, written: Written, rows: Sequence[Row], errors: dict[str, str]) -> tuple[Problem, ...]:
    """Put each problem at the field whose line it is about, and return those that belong to none."""
    elsewhere = []
    numbers = [row.number for row in rows if row.does != "role"], [row.number for row in rows if row.does == "role"]
    for problem in found.problems:
        kind, _, rest = written.wishes.get(0 if problem.file else problem.place.line, "").partition(":")
        field = {"id": "id", "title": "title", "owner": "unit"}.get(kind, "")
        if kind == "parameter":
            field = PARAMETER + rest
        elif kind == "role":
            field = f"group-{numbers[1][int(rest)]}"
        elif kind == "change":
            number, _, part = rest.partition("/")
            row = next(row for row in rows if row.number == numbers[0][int(number)])
            field = f"{part}-{row.number}" if part else row.key
        if not field or problem.severity is not Severity.ERROR:
            elsewhere.append(problem)
            continue
        said = " ".join(filter(None, [problem.message, problem.hint])).replace("`", "")
        errors[field] = f"{errors[field]} {said}" if field in errors else said
    return tuple(elsewhere)


def head(offer: Offer, typed: Typed | None) -> list[Control]:
    """Lay out what it is called and who keeps it."""
    texts: Mapping[str, str] = typed.texts if typed else {}
    errors: Mapping[str, str] = typed.errors if typed else {}
    only = offer.units[0].slug if len(offer.units) == 1 else ""
    units = tuple((unit.slug, unit.title) for unit in offer.units)
    hint = "It is known by this for ever, in links and in files: such as site-access-laboratory."

    def control(name: str, label: str, kind: str, **more: Any) -> Control:
        more.setdefault("value", texts.get(name, ""))
        return Control(name=name, id=f"field-{name}", label=label, kind=kind, error=errors.get(name, ""), **more)

    return [
        control("title", "What it is called", "text", help="Empty: as the template is called.", required=False),
        control("id", "Its id", "text", help=hint),
        control("unit", "Which unit keeps it", "select", value=texts.get("unit", only), choices=units),
    ]


def parameters(offer: Offer, typed: Typed | None, people: Sequence[Person] = ()) -> list[Control]:
    """Lay out the parameters of the template, with their defaults where nothing was typed."""
    names = [spec.name for spec in offer.parameters]
    texts = None if typed is None else {name: typed.texts.get(PARAMETER + name, "") for name in names}
    errors = {name: (typed.errors if typed else {}).get(PARAMETER + name, "") for name in names}
    return [
        Control(**{**vars(control), "name": PARAMETER + control.name, "id": f"field-{PARAMETER}{control.name}"})
        for control in forms.controls(offer.parameters, texts, errors, people)
    ]


def drawn(offer: Offer, typed: Typed | None) -> list[Drawn]:
    """Lay out the rows of the changes."""
    if typed is None:
        return []
    roles = changes.roles_of(offer.definition, typed.rows, typed.texts)
    return [changes.controls(row, offer.steps, roles, typed.texts, typed.errors) for row in typed.rows]
