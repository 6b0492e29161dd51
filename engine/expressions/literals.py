"""Constants that CEL would only read at run time: `duration('30m')`, `timestamp('…')`, the pattern of `matches`.

The compiler reads them, so that a typing mistake is found before a run stands on it (semantics [types]).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from engine import durations
from engine.expressions.cel import CelError, Environment, EvaluationError
from engine.expressions.tree import Call, Const, Node, walk

_ALONE = Environment({"text": "string"})
_READERS = {"duration": "duration(text)", "timestamp": "timestamp(text)", "matches": "'' . matches(text)"}
_SAYS = {
    "duration": "`{}` is not a duration that an expression can read.",
    "timestamp": "`{}` is not a time that an expression can read.",
    "matches": "`{}` is not a pattern that can be matched.",
}


def faults(tree: Node) -> Iterator[tuple[str, str, str, int]]:
    """Give (code, message, hint, column) for every constant that cannot be read."""
    for node in walk(tree):
        if isinstance(node, Call) and node.op in _READERS and node.args:
            last = node.args[-1]
            if isinstance(last, Const) and isinstance(last.value, str) and not is_readable(node.op, last.value):
                says = _SAYS[node.op].format(last.value[:80])
                yield "bad-expression", says, _hint(node.op, last.value), last.column


@lru_cache(maxsize=2048)
def is_readable(function: str, text: str) -> bool:
    try:
        _ALONE.compile(_READERS[function]).evaluate({"text": text})
    except (CelError, EvaluationError):
        return False
    return True


def _hint(function: str, text: str) -> str:
    if function == "timestamp":
        return "Write it as `2026-03-02T09:00:00Z`."
    if function == "matches":
        return "Patterns are RE2's: no look-ahead and no references back."
    try:
        seconds = round(durations.parse(text).total_seconds())
    except ValueError:
        return "Write for example `duration('1h30m')`."
    whole_hours = seconds % 3600 == 0
    return f"Write `{seconds // 3600}h`." if whole_hours else f"Write `{seconds // 60}m{seconds % 60}s`."
