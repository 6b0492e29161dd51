"""`has(…)` over names that are declared with their dots.

Beside dotted typed names CEL would return the field itself for `has(steps.a.f)`. So each `has` of a plain path
is rewritten, token by token and never in a text, to a presence map with a name of the same length (columns
stay right): `_done` for `has(steps.a)`, `_have` for `has(steps.a.f)`, `_input` for `has(inputs.f)`. The
maps hold only `true`s and only the names the expression asks for (semantics [has]).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.expressions.checked import COMPLETED, GIVEN, GIVEN_INPUT
from engine.expressions.tree import Path

#: The types of the presence maps, declared in every environment.
DECLARED = {COMPLETED: "map(string, bool)", GIVEN: "dyn", GIVEN_INPUT: "map(string, bool)"}

_STRING = r"""[rR]?(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
_TOKEN = re.compile(
    rf"(?P<string>{_STRING})"
    r"|(?P<has>\bhas(?=\s*\(\s*(?:steps|inputs)\s*\.\s*\w[\w.\s]*\)))"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<other>[\s\S])"
)
_ASKED = re.compile(r"\s*\(\s*(steps|inputs)((?:\s*\.\s*\w+)+)\s*\)")


def rewrite(source: str) -> str:
    """Return the source with every `has` of a plain path asking its presence map."""
    if "has" not in source:
        return source
    written = list(source)
    for token in _TOKEN.finditer(source):
        asked = _ASKED.match(source, token.end()) if token.lastgroup == "has" else None
        if asked is None:
            continue
        root = GIVEN_INPUT if asked[1] == "inputs" else COMPLETED if asked[2].count(".") == 1 else GIVEN
        written[asked.start(1) : asked.end(1)] = root
    return "".join(written)


def reserved(source: str) -> Iterator[tuple[str, int]]:
    """Give every word of the source that is the name of a presence map, with its offset: nobody may write those."""
    if not any(name in source for name in DECLARED):
        return
    for token in _TOKEN.finditer(source):
        if token.lastgroup == "name" and token[0] in DECLARED:
            yield token[0], token.start()


def maps(
    asked: Iterable[Path], inputs: Mapping[str, Any], steps: Mapping[str, Mapping[str, Any]], completed: Iterable[str]
) -> dict[str, Any]:
    """Return the presence maps for these paths; all names are spelt as in expressions.

    `steps` holds what each step that is set left behind, `completed` those whose last visit completed.
    """
    done, given, given_input = {}, dict[str, Any](), {}
    ended = set(completed)
    for path in asked:
        if path[0] == "inputs":
            if _follow(inputs, path[1:]):
                given_input[path[1]] = True
        elif len(path) == 2:
            if path[1] in ended:
                done[path[1]] = True
        else:
            _plant(given, path[1:], _follow(steps, path[1:]))
    return {COMPLETED: done, GIVEN: given, GIVEN_INPUT: given_input}


def _follow(value: Any, path: Path) -> bool:
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return False
        value = value[name]
    return True


def _plant(tree: dict[str, Any], path: Path, is_there: bool) -> None:
    """Add the path to the tree, its last name only where the value is there, so that `has` finds a map all the way."""
    for name in path[:-1]:
        branch = tree.setdefault(name, {})
        if not isinstance(branch, dict):
            branch = tree[name] = {}
        tree = branch
    if is_there:
        tree.setdefault(path[-1], True)
