"""What an action is given, against what its provider takes (engine.actions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import actions, durations
from engine.actions import Parameter
from engine.compiler.sources import Sources
from engine.definition import ActionSpec
from engine.expressions import ExpressionError, TemplateError, whole
from engine.expressions.types import fits
from engine.language.places import Path
from engine.problems import did_you_mean

#: The types of expressions that may give a parameter of each type.
_GIVEN_BY: dict[str, tuple[str, ...]] = {
    "text": ("string",),
    "integer": ("int",),
    "number": ("double", "int"),
    "boolean": ("bool",),
    "duration": ("duration", "string"),
}
_SAYS = {
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "duration": "a duration",
    "list": "a list",
    "map": "a mapping",
}


def check_action(path: Path, work: ActionSpec, sources: Sources) -> None:
    """Report an unknown action and every parameter that does not fit; `path` is where the action is written."""
    reading, places = sources.reading, sources.places
    sources.templates(work.parameters, (*path, "with"), "action")
    signature = actions.known().get(work.provider)
    if signature is None:
        known = sorted(actions.known())
        hint = did_you_mean(work.provider, known) or f"Known actions: {', '.join(known)}."
        place = places.at(*path, "action")
        reading.problem("unknown-action", f"Nobody provides the action `{work.provider[:80]}`.", place, hint)
        return
    for name, value in work.parameters.items():
        parameter = signature.parameters.get(name)
        at = (*path, "with", name)
        if parameter is not None:
            _value(parameter, name, value, at, sources)
        elif not signature.is_open:
            hint = did_you_mean(name, signature.parameters) or f"It takes {', '.join(signature.parameters)}."
            message = f"`{work.provider}` takes no `{name[:80]}`."
            reading.problem("unknown-key", message, sources.reading.keys.get(at, places.at(*at)), hint)
    for name, parameter in signature.parameters.items():
        if parameter.required and name not in work.parameters:
            place = places.at(*path, "with") if work.parameters else places.at(*path, "action")
            reading.problem("missing-key", f"`{work.provider}` needs `{name}` in `with`.", place)


def _value(parameter: Parameter, name: str, value: Any, path: Path, sources: Sources) -> None:
    if parameter.type == "any":
        return
    if isinstance(value, str) and "${" in value:
        try:
            only = whole(value)
        except TemplateError:
            return
        kind = _kind_of(only.text, sources) if only else "string"
        fitting = kind is None or _fits(kind, parameter.type)
    else:
        fitting = _is(value, parameter.type)
        if fitting and parameter.options and value not in parameter.options:
            hint = did_you_mean(str(value), parameter.options) or f"Choose one of: {', '.join(parameter.options)}."
            sources.reading.problem("bad-value", f"`{name}` cannot be this.", sources.places.at(*path), hint)
    if not fitting:
        message = f"`{name}` must be {_SAYS[parameter.type]}."
        sources.reading.problem("type-mismatch", message, sources.places.at(*path))


def _kind_of(source: str, sources: Sources) -> str | None:
    try:
        return sources.checker.parse(source).type
    except ExpressionError:
        return None


def _fits(kind: str, wanted: str) -> bool:
    if wanted in ("list", "map"):
        return kind == "dyn" or kind.startswith(f"{wanted}(")
    return fits(kind, _GIVEN_BY[wanted])


def _is(value: Any, wanted: str) -> bool:
    """Tell whether a value written out has the wanted type; a number may stand for a text."""
    if wanted == "text":
        return isinstance(value, str | int | float) and not isinstance(value, bool)
    if wanted in ("list", "map"):
        return isinstance(value, Mapping if wanted == "map" else list)
    if wanted == "boolean":
        return isinstance(value, bool)
    if wanted == "duration":
        try:
            return isinstance(value, str) and durations.parse(value) is not None
        except ValueError:
            return False
    kinds = (int,) if wanted == "integer" else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool)
