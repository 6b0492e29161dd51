"""What is given for declared fields in a `with`: to a table, to a called playbook, to a run that begins by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine import fields
from engine.compiler.plain import as_text
from engine.compiler.sources import Sources
from engine.expressions import ExpressionError, Name, TemplateError, whole
from engine.expressions.types import fits, of_field, say
from engine.fieldspec import FieldSpec
from engine.language.places import Path

_SAYS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date",
    "datetime": "a time",
    "duration": "a duration",
    "list": "a list",
    "file": "a file",
}
_TEXTS = ("text", "choice", "user", "email", "url")


def check_given(spec: FieldSpec, value: Any, path: Path, sources: Sources) -> None:
    """Report a value that this field cannot take, written out or in `${…}`; what cannot be read is told already."""
    place = sources.places.at(*path)
    value = as_text(value, spec, path, sources.reading)
    try:
        only = whole(value) if isinstance(value, str) else None
    except TemplateError:
        return
    if spec.secret and only is None:
        message = f"`{spec.name}` is kept as a secret, and everybody who reads the playbook would know this one."
        sources.reading.problem("bad-value", message, place, "Ask for it by a field with `secret: true`.")
        return
    if only is not None:
        _expression(only.text, spec, path, sources)
        return
    if isinstance(value, str) and "${" in value:
        if spec.type not in _TEXTS:
            sources.reading.problem("type-mismatch", f"`{spec.name}` must be {_SAYS[spec.type]}.", place)
        return
    if spec.type == "list" and isinstance(value, list) and any("${" in str(item) for item in value):
        for index, item in enumerate(value):
            check_given(replace(spec, type=spec.of or "text", of=None), item, (*path, index), sources)
        return
    written = value.strip() if isinstance(value, str) else ""
    if written in sources.checker.names:
        message = f"This is the text `{written}`, not what stands there."
        sources.reading.problem("type-mismatch", message, place, f'Write `"${{{written}}}"`.')
        return
    try:
        fields.read(spec, value)
    except fields.FieldError as error:
        sources.reading.problem("type-mismatch", f"`{spec.name}`: {error}", place)


def _expression(source: str, spec: FieldSpec, path: Path, sources: Sources) -> None:
    try:
        parsed = sources.checker.parse(source)
    except ExpressionError:
        return
    path_read = parsed.tree.path if isinstance(parsed.tree, Name) else ()
    is_kept = ".".join(path_read) in sources.secrets
    if is_kept != spec.secret and path_read[:1] != ("payload",):
        says, hint = "", f"Say `secret: true` at `{spec.name}`."
        if spec.secret:
            says, hint = "kept as a secret, and this is none.", "Give it a field with `secret: true`, as it is."
        message = f"`{spec.name}` is {says or 'not kept as a secret, and this is one.'}"
        sources.reading.problem("type-mismatch", message, sources.places.at(*path), hint)
        return
    wanted = of_field(spec)
    allowed = ("double", "int") if wanted == "double" else (wanted, "list(dyn)") if spec.type == "list" else (wanted,)
    place = sources.places.at(*path)
    if not fits(parsed.type, allowed):
        says = _SAYS.get(spec.type, "a text")
        message = f"`{spec.name}` must be {says}, and this gives {say(parsed.type)}."
        if spec.type == "list" and parsed.type.startswith("list("):
            message = (
                f"Each item of `{spec.name}` must be {say(_item(wanted))}, and here it is {say(_item(parsed.type))}."
            )
        sources.reading.problem("type-mismatch", message, place)
    elif spec.type == "choice" and isinstance(parsed.tree, Name):
        options = sources.choices.get(".".join(parsed.tree.path), ())
        strange = [option for option in options if option not in spec.options]
        if strange:
            message = f"`{spec.name}` is never `{strange[0]}`, which this may be."
            sources.reading.problem("type-mismatch", message, place, f"It is one of: {', '.join(spec.options)}.")


def _item(kind: str) -> str:
    return kind.removeprefix("list(").removesuffix(")")
