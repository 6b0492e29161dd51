"""The index of the rules names what there is: every rule is shown, or says why it is not."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from engine import documents
from workflows import scenarios

HERE = Path(__file__).parent
TESTS = HERE.parent
RULES = {
    *("id", "head", "keys", "targets", "yaml", "text"),
    *("types", "paths", "has", "error", "set", "names", "scope", "each", "outputs", "secret", "more names"),
    *(str(number) for number in range(1, 19)),
    *("needs lists", "children", "locks", "not stuck", "laws"),
    *("roster", "right", "one vote", "match", "close", "sequential", "digest", "refusals"),
    *("units", "ladder", "window", "triggers"),
    *("templates", "tables", "quorum by data", "policies", "migrate"),
}


def _index() -> dict[str, dict[str, Any]]:
    document = documents.parse((HERE / "rules.yaml").read_text(encoding="utf-8"), "rules.yaml")
    assert document.problems == ()
    assert document.root is not None
    found: dict[str, dict[str, Any]] = documents.plain(document.root)
    return found


INDEX = _index()


def _names() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for file in HERE.glob("*-scenarios.yaml"):
        for one in scenarios.prepare_text(file.read_text(encoding="utf-8"), file):
            found[file.stem.removesuffix("-scenarios")].add(one.name)
    return found


NAMES = _names()


def test_every_rule_has_its_entry() -> None:
    assert INDEX.keys() == RULES


@pytest.mark.parametrize("rule", INDEX)
def test_a_rule_is_shown_or_says_why_it_is_not(rule: str) -> None:
    entry = INDEX[rule]
    shown = entry.get("scenarios", {})

    assert entry.keys() <= {"says", "scenarios", "documents", "tests", "unseen", "later"}
    assert entry["says"]
    assert any(entry.get(key) for key in ("scenarios", "documents", "unseen", "later"))
    assert [(file, name) for file in shown for name in shown[file] if name not in NAMES[file]] == []
    assert [path for path in entry.get("documents", ()) if not (TESTS / "documents" / path).is_file()] == []
    assert [path for path in entry.get("tests", ()) if not (TESTS / path).is_file()] == []
    assert ("unseen" not in entry) or entry.get("tests"), "what no scenario shows is held by a test"


def test_what_is_left_for_later_is_little() -> None:
    assert {rule for rule, entry in INDEX.items() if "later" in entry} == {"policies"}
