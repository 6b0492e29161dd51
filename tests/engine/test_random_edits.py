"""Whatever happens to a playbook's text, the compiler answers with a definition or with problems that have a place."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendars import OFFICE_HOURS
from engine.compiler import compile_text, playbooks_of
from engine.definition import from_json, to_json
from engine.problems import CODES
from tests.engine.chance_bytes import text_case
from tests.engine.expected import FOLDER
from tests.engine.long_playbook import written
from tests.engine.texts_by_chance import KNOWN as CHILDREN
from tests.engine.texts_by_chance import TABLES

TEXTS = [(FOLDER / name).read_text() for name in ("production-change.yaml", "whole-language.yaml")] + [written(6)]
KNOWN = playbooks_of([compile_text((FOLDER / "hand-over.yaml").read_text())])
CALENDARS = {"office-hours": OFFICE_HOURS, "office-hours-eu": OFFICE_HOURS}
TREES = [yaml.safe_load(text) for text in TEXTS]

_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**70),
    st.floats(),
    st.sampled_from(
        [
            "",
            " ",
            "plan",
            "leave",
            "rollback",
            "${",
            "${inputs.nothing}",
            "inputs.",
            "has(steps.plan)",
            "each.item",
            "steps.roll[0].rest",
            "checks",
            "deploy",
            "hand-over@^2",
            "4bh",
            "user:",
            "é",
        ]
    ),
    st.text(max_size=12),
    st.builds(list),
    st.builds(dict),
    st.just([[]]),
    st.just({"": {"": None}}),
    st.lists(st.sampled_from(["plan", "engineer", "engineer", "sort", "load-test", 1, None, {}]), max_size=3),
)


def _spots(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    found = [path] if path else []
    for key, value in pairs:
        found.extend(_spots(value, (*path, key)))
    return found


def _edit(tree: Any, path: tuple[Any, ...], how: str, value: Any) -> None:
    inside, value = tree, copy.deepcopy(value)  # a later edit may change it, and it is drawn again
    for key in path[:-1]:
        inside = inside[key]
    last = path[-1]
    if how == "replace":
        inside[last] = value
    elif how == "remove":
        del inside[last]
    elif isinstance(inside, list):
        inside.insert(last, copy.deepcopy(inside[last]) if how == "double" else value)
    else:
        inside[f"{last}x" if how == "rename" else "next"] = inside.pop(last)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_an_edited_playbook_is_compiled_or_explained(data: st.DataObject) -> None:
    _edited(data, copy.deepcopy(data.draw(st.sampled_from(TREES))))


@settings(max_examples=120, deadline=None)
@given(st.data(), st.integers(0, 10**9))
def test_an_edited_playbook_by_chance_is_compiled_or_explained(data: st.DataObject, seed: int) -> None:
    """Every construct in every place, and from there on off the road."""
    _edited(data, yaml.load(text_case(seed)[0].text, yaml.CSafeLoader))


def _edited(data: st.DataObject, tree: Any) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(_spots(tree)))
        how = data.draw(st.sampled_from(["replace", "remove", "double", "rename", "move"]))
        _edit(tree, path, how, data.draw(_ODD))
        if not _spots(tree):
            break
    _check(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True))


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_a_garbled_text_is_compiled_or_explained(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    _check(text[:start] + data.draw(st.text(alphabet="ab:-[]{}'\"|>&*!?#, \n${}\0é", max_size=8)) + text[end:])


def _check(text: str) -> None:
    compiled = compile_text(text, "edited.yaml", CALENDARS, decisions=TABLES, playbooks={**CHILDREN, **KNOWN})
    lines = text.count("\n") + 1
    for problem in compiled.problems:
        assert problem.code in CODES
        assert 1 <= problem.place.line <= lines + 1
        assert problem.place.column >= 1
        assert problem.message
        assert problem.file == "edited.yaml"
    if compiled.definition is None:
        assert compiled.problems
    else:
        stored = to_json(compiled.definition)
        assert to_json(from_json(stored)) == stored
