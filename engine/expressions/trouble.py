"""What CEL says is wrong, in plain words with a code, a hint and the right column."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.expressions.cel import CelError
from engine.expressions.checked import start_of_name
from engine.expressions.types import say
from engine.problems import did_you_mean, nearest

_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '(.*)'")
_OPERATORS = {"@in": "in", "_[_]": "[ ]", "_?_:_": "? :", "!_": "!", "-_": "-"}
_NUMBERS = {"int", "double"}

Explained = tuple[str, str, str, int]


def explain(error: CelError, source: str, names: Mapping[str, str]) -> Explained:
    """Return (code, message, hint, column) for what CEL refused; the column counts from 1 over the whole source."""
    column = _offset(source, error.line, error.column)
    if found := _UNDECLARED.search(error.message):
        return _undeclared(found[1], column, source, names)
    if found := _OVERLOAD.search(error.message):
        return _overload(found[1], found[2], column)
    if "recursion" in error.message:
        return "bad-expression", "This expression is nested too deep.", "", column
    if error.message.startswith("Syntax error"):
        return "bad-expression", _syntax(error.message), _syntax_hint(source), column
    if "type" in error.message.lower() or "range of a comprehension" in error.message:
        return "type-mismatch", f"The types do not fit: {error.message}.", "", column
    return "bad-expression", f"This expression cannot be read: {error.message}.", "", column


def unknown(dotted: str, column: int, names: Mapping[str, str]) -> Explained:
    """Explain a dotted name that is not declared."""
    hint = _near(dotted, names)
    root, _, rest = dotted.partition(".")
    if root in ("steps", "inputs") and not rest:
        message = f"`{root}` is only ever followed by `.` and a name."
    elif root == "steps":
        step, _, data = rest.partition(".")
        if f"steps.{step}.visits" not in names:
            message = f"There is no step `{step}`."
            steps = {name.split(".")[1] for name in names if name.startswith("steps.")}
            near = nearest(step, steps)
            hint = f"Did you mean `steps.{near}`?" if near else hint
        elif not data:
            message = f"`steps.{step}` is only ever followed by `.` and a name."
            hint = _offers(f"steps.{step}.", names)
        else:
            message = f"The step `{step}` leaves no `{data}` behind."
            hint = hint or _offers(f"steps.{step}.", names)
    elif root == "inputs":
        message = f"There is no input `{rest}`."
    elif root == "parameters" and rest:
        message = f"There is no parameter `{rest}`."
    else:
        message = f"`{dotted}` means nothing here."
        if not hint and dotted.isidentifier():
            hint = f"A text stands in quotes: `'{dotted}'`."
    return "unknown-name", message, hint, column


def _undeclared(name: str, column: int, source: str, names: Mapping[str, str]) -> Explained:
    if source[column - 1 : column] == "(":
        start = start_of_name(source, column)
        known = ("size", "has", "duration", "timestamp", "string", "int", "double", "matches", "contains", "startsWith")
        hint = did_you_mean(name, (*known, "endsWith", "exists", "all", "map", "filter"))
        return "unknown-name", f"There is no function `{name}`.", hint, start
    start = start_of_name(source, column)
    code, message, hint, _ = unknown(name, start, names)
    return code, message, _dashed(source, start, names) or hint, start


def _dashed(source: str, column: int, names: Mapping[str, str]) -> str:
    """Return the hint for an id whose `-` CEL read as a subtraction."""
    written = re.match(r"[\w.]+(?:-[\w.]+)+", source[column - 1 :])
    if not written:
        return ""
    spelt = written[0].replace("-", "_")
    if any(name == spelt or name.startswith(spelt + ".") or spelt.startswith(name + ".") for name in names):
        return f"In an expression `-` in an id is written `_`: `{spelt}`."
    return ""


def _near(dotted: str, names: Mapping[str, str]) -> str:
    if dotted not in ("steps", "inputs"):
        for root in ("inputs", "run"):
            if f"{root}.{dotted}" in names:
                return f"Did you mean `{root}.{dotted}`?"
        if any(name.startswith(f"steps.{dotted}.") or name == f"steps.{dotted}" for name in names):
            return f"Did you mean `steps.{dotted}`?"
    near = nearest(dotted, names, cutoff=0.75)
    return f"Did you mean `{near}`?" if near else ""


def _offers(prefix: str, names: Mapping[str, str]) -> str:
    offered = [f"`{name}`" for name in names if name.startswith(prefix)][:6]
    return f"There is {', '.join(offered)}." if offered else ""


def _overload(function: str, types: str, column: int) -> Explained:
    types = types.replace("google.protobuf.", "").replace("Timestamp", "timestamp").replace("Duration", "duration")
    given = re.findall(r"[\w.]+(?:\([^()]*(?:\([^()]*\))?[^()]*\))?", types.removeprefix("(").removesuffix(")"))
    operator = _OPERATORS.get(function) or (function.strip("_") if function.startswith("_") else function)
    kinds = [say(kind) for kind in given]
    message = f"`{operator}` does not work on {' and '.join(kinds)}." if kinds else f"`{operator}` does not work here."
    hint = ""
    if set(given) == _NUMBERS:
        hint = (
            "Whole numbers and numbers do not mix: write `1.0` beside a number, or `double(…)` around a whole number."
        )
    elif "string" in given and {"timestamp", "duration"} & set(given):
        kind = "timestamp" if "timestamp" in given else "duration"
        example = "timestamp('2026-03-02T09:00:00Z')" if kind == "timestamp" else "duration('30m')"
        hint = f"Write a {'time' if kind == 'timestamp' else 'duration'} as `{example}`."
    elif "string" in given and _NUMBERS & set(given):
        hint = "Write `string(…)` around the number, or leave the quotes out."
    elif operator in ("&&", "||", "!", "? :"):
        hint = "Compare with something, so that the answer is yes or no."
    return "type-mismatch", message, hint, column


def _syntax(message: str) -> str:
    said = message.removeprefix("Syntax error:").strip()
    said = re.sub(r"\s*expecting .*", "", said)
    said = said.replace("'<EOF>'", "its end").replace("mismatched input", "it stops making sense at")
    said = said.replace("extraneous input", "there is too much at").replace("token recognition error at:", "it holds")
    said = said.replace("no viable alternative at input", "it stops making sense at")
    return f"This expression cannot be read: {said}."


def _syntax_hint(source: str) -> str:
    if re.search(r"(?<![=!<>])=(?!=)", source):
        return "Equality is written `==`."
    if re.search(r"\b(and|or|not)\b", source):
        return "Write `&&` for and, `||` for or, `!` for not."
    if "${" in source:
        return "Here an expression stands by itself, without `${…}`."
    return ""


def _offset(source: str, line: int, column: int) -> int:
    """Return the column over the whole source for a line and column of CEL, both from 1."""
    if line <= 1:
        return max(column, 1)
    lines = source.split("\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + max(column, 1)
