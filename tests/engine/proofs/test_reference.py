"""The reference of problems: every code is in it, and every example of it gives its code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.compiler import Files, compile_text
from engine.problems import CODES

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "problems.md").read_text()
HEAD = "playbook: sample\ntitle: Sample\nkind: runbook\nowner: platform\n"
DECISION = "decision: sample\n"
SECTIONS = dict(re.findall(r"^### ([a-z-]+)\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S))
HEADS = {"": HEAD, "clean": HEAD, "decision": DECISION, "child": ""}
BLOCKS = [
    (code, kind, text)
    for code, section in SECTIONS.items()
    for kind, text in re.findall(r"^```yaml ?(\w*)\n(.*?)^```", section, re.M | re.S)
]
EXAMPLES = [(code, kind == "clean", HEADS[kind] + text) for code, kind, text in BLOCKS if kind in HEADS]
(PARENT,) = [HEAD.replace("sample", "production-change") + text for _, kind, text in BLOCKS if kind == "parent"]
POLICIES = [compile_text(text).document for _, kind, text in BLOCKS if kind == "policy"]
PARENTS = Files((("production-change.yaml", PARENT),))


def test_every_code_is_explained_as_the_catalogue_says() -> None:
    assert list(SECTIONS) == list(CODES)
    for name, code in CODES.items():
        assert f"| [`{name}`](#{name}) | {code.severity} | {code.proof} | {code.says} |" in PAGE


@pytest.mark.parametrize(("code", "is_clean", "text"), EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_the_example_gives_its_code(code: str, is_clean: bool, text: str) -> None:
    found = {problem.code for problem in compile_text(text, parents=PARENTS, policies=POLICIES).problems}
    assert found == (set() if is_clean else {code})


def test_only_what_a_document_alone_cannot_give_has_no_example() -> None:
    assert set(CODES) - {code for code, _, _ in EXAMPLES} == {"nobody-eligible"}
