"""Inputs and form fields as written: `{type: integer, min: 1, max: 10}` to a `FieldSpec`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from engine import documents, fields, patterns
from engine.definition import FieldSpec, FieldType
from engine.documents import Node, Scalar
from engine.expressions.names import TAKEN, spelt
from engine.language.places import Path
from engine.language.section import Reading, Section
from engine.problems import Place, did_you_mean
from engine.values import Json

ALWAYS = ("type", "title", "help", "default", "required", "secret")
OF_TYPE: dict[str, tuple[str, ...]] = {
    "text": ("min", "max", "pattern", "multiline"),
    "integer": ("min", "max"),
    "number": ("min", "max"),
    "date": ("min", "max"),
    "datetime": ("min", "max"),
    "duration": ("min", "max"),
    "choice": ("options",),
    "list": ("of", "options", "min", "max"),
    "email": ("pattern",),
    "url": ("pattern",),
}
#: What a list may hold: everything that is one value.
ITEMS: tuple[FieldType, ...] = tuple(kind for kind in fields.TYPES if kind not in ("list", "file"))
#: The types whose values can be kept as secrets.
SECRETS: tuple[FieldType, ...] = ("text", "email", "url")
_ANYWHERE = {"default"} | {key for keys in OF_TYPE.values() for key in keys}


def always(kind: str) -> tuple[str, ...]:
    """Return the keys that a field has whatever it takes; a file is uploaded by somebody, and so has no default."""
    return tuple(key for key in ALWAYS if kind != "file" or key != "default")


def read_fields(reading: Reading, node: Node, path: Path, root: str, what: str, is_form: bool) -> tuple[FieldSpec, ...]:
    """Read a mapping of names to fields. `root` is the dotted name they stand under in an expression."""
    found = []
    for name, place, value in reading.named(node, path, what):
        if is_form and name in TAKEN:
            reading.problem("bad-value", f"A step has a `{name}` of its own: name the field differently.", place)
        spec = read_field(reading, value, (*path, name), name, place)
        if spec is None:
            reading.loose.add(f"{root}.{spelt(name)}")
            spec = FieldSpec(name, "text")
        found.append(spec)
    return tuple(found)


def read_field(reading: Reading, node: Node, path: Path, name: str, place: Place) -> FieldSpec | None:
    """Read one field, written as a mapping; None where it cannot be used, which is told."""
    if isinstance(node, Scalar):
        hint = f"Write `{{type: {node.text}}}`." if node.text in fields.TYPES else "Write for example `{type: text}`."
        reading.problem("bad-value", f"The field `{name}` must be a mapping.", node.place, hint)
        return None
    before = len(reading.problems)
    section = reading.section(node, path, f"The field `{name}`")
    if section is None:
        return None
    reading.nodes[path] = place
    kind = _type(section, "type", fields.TYPES)
    if "type" not in section:
        section.require("type")
    if kind is None:
        return None
    own = OF_TYPE.get(kind, ())
    section.only((*always(kind), *own), {key: f"`{key}` means nothing for the type {kind}." for key in _ANYWHERE})
    spec = FieldSpec(
        name=name,
        type=kind,
        title=section.text("title"),
        help=section.text("help"),
        multiline=section.flag("multiline"),
        pattern=_pattern(section),
        options=section.texts("options") if "options" in own else (),
        of=_of(section) if kind == "list" else None,
        secret=_secret(section, kind),
    )
    spec = _options(section, spec)
    if len(reading.problems) > before:
        return None
    if "min" in section:
        spec = replace(spec, minimum=_bound(section, "min", spec))
    if "max" in section:
        spec = replace(spec, maximum=_bound(section, "max", spec))
    if not section.flag("required", "default" not in section):
        spec = replace(spec, required=False)
    if "default" in section and len(reading.problems) == before:
        spec = replace(spec, default=_default(section, spec))
    return spec if len(reading.problems) == before else None


def _type(section: Section, key: str, known: Iterable[FieldType]) -> FieldType | None:
    scalar = section.scalar(key)
    if scalar is None:
        return None
    for kind in known:
        if kind == scalar.text:
            return kind
    hint = did_you_mean(scalar.text, known) or f"Types: {', '.join(known)}."
    section.bad(key, f"`{scalar.text[:80]}` is not a type of field.", hint)
    return None


def _of(section: Section) -> FieldType | None:
    section.require("of")
    scalar = section.node.get("of")
    if isinstance(scalar, Scalar) and scalar.text == "file":
        section.bad("of", "A list holds no files.", "Give each file a field; any number can be attached to a task.")
        return None
    return _type(section, "of", ITEMS)


def _options(section: Section, spec: FieldSpec) -> FieldSpec:
    wants = spec.type == "choice" or spec.of == "choice"
    if wants:
        section.require("options")
        if "options" in section and not spec.options:
            section.bad("options", "A choice needs at least one option.")
    elif "options" in section and spec.type == "list":
        section.bad("options", "Only a list of choices has options.", "Write `of: choice`.")
    return spec


def _secret(section: Section, kind: FieldType) -> bool:
    """Return whether the field is kept as a secret, which not every type can be, and none that stands in a file."""
    if not section.flag("secret"):
        return False
    if kind not in SECRETS:
        hint = f"These can be: {', '.join(SECRETS)}."
        section.bad("secret", f"A field of the type {kind} cannot be kept as a secret.", hint)
    if "default" in section:
        message = "A secret has no default: everybody who reads the playbook would know it."
        section.bad("default", message, "A secret of the administrator's is given by `${secret('name')}`.")
    return True


def _pattern(section: Section) -> str | None:
    scalar = section.scalar("pattern")
    if scalar is None:
        return None
    try:
        patterns.matches(scalar.text, "")
    except ValueError as error:
        section.bad("pattern", str(error), "Patterns are RE2's: no look-ahead and no references back.")
        return None
    return scalar.text


def _bound(section: Section, key: str, spec: FieldSpec) -> Json:
    """Return `min` or `max`: a value of the field's type, for a text the characters, for a list the items."""
    scalar = section.scalar(key)
    if scalar is None:
        return None
    is_size = spec.type in ("text", "list")
    if is_size:
        encoded: Json = section.integer(key, 0, fields.MAX_TEXT if spec.type == "text" else fields.MAX_ITEMS, 0)
    else:
        try:
            encoded = fields.read(FieldSpec(spec.name, spec.type), _raw(scalar))
        except fields.FieldError as error:
            section.bad(key, f"`{key}`: {error}")
            return None
    if spec.minimum is not None:
        lowest = FieldSpec(spec.name, "integer" if is_size else spec.type, minimum=spec.minimum)
        if fields.check(lowest, encoded):
            section.bad(key, "`max` is below `min`.")
    return encoded


def _default(section: Section, spec: FieldSpec) -> Json:
    node = section.node.get("default")
    if node is None:
        return None
    try:
        return fields.read(spec, _raw(node))
    except fields.FieldError as error:
        section.bad("default", f"The default breaks its own field: {error}")
        return None


def _raw(node: Node) -> Any:
    """Return what a field reads: numbers and yes/no as such, any other plain scalar as its source text."""
    if isinstance(node, Scalar):
        return node.value if isinstance(node.value, bool) else node.text
    if isinstance(node, documents.Sequence):
        return [_raw(item) for item in node.items]
    return documents.plain(node)
