"""Every code by which something is refused has its rule in words, and the reference says the same."""

from __future__ import annotations

import re
from pathlib import Path

from engine.lifecycles import REFUSALS
from runs import overtaking, rules
from runs.staffing import starting

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "refusals.md").read_text()
#: How a code is written where something is refused.
WRITTEN = re.compile(
    r'\b(?:Refusal|Verdict)\(\s*(?:False,\s*)?f?"([a-z:-]+)(?:\{|")|\bcode="([a-z-]+)", (?:sentence|says)='
)


def codes() -> set[str]:
    sources = (
        path.read_text()
        for room in ("engine", "workflows", "runs", "dashboards")
        for path in ROOT.glob(f"{room}/**/*.py")
    )
    found = {one or other for source in sources for one, other in WRITTEN.findall(source)}
    return found | {overtaking.CODE, starting.CODE}


def test_every_code_in_the_source_has_a_rule() -> None:
    found = codes()
    assert len(found) > 25, "the pattern finds what is refused"
    assert {code for code in found if rules.of(code) is None} == set()


def test_every_rule_is_one_by_which_something_is_refused() -> None:
    assert set(rules.RULES) - codes() == set()
    assert list(rules.RULES)[: len(REFUSALS)] == list(REFUSALS), "the machine's come first, in the order it tries them"


def test_the_reference_says_each_rule() -> None:
    assert re.findall(r"^\| `([a-z-]+)`", PAGE, re.M) == list(rules.RULES)
    for rule in rules.RULES.values():
        assert f"| `{rule.code}` | {rule.title} | {rule.says} | {rule.remedy} |" in PAGE
