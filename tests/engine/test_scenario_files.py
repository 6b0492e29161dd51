"""What is wrong with a scenario file is told with its place, and never by an exception."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rehearsal import rehearse

PLAYBOOK = """
playbook: small
title: Small
kind: sop
owner: me
steps:
  - {id: one, task: {assign: starter}}
"""
FILES = {
    "small.yaml": PLAYBOOK,
    "next.yaml": PLAYBOOK.replace("id: one", "id: two"),
    "other.yaml": PLAYBOOK.replace("playbook: small", "playbook: large"),
    "bad.yaml": "playbook: x",
}
HEAD = "scenario: s\nplaybook: small.yaml\npeople: {ann: []}\nstart: {by: ann}\nscript:\n"


def problems(text: str) -> list[tuple[str, int, str]]:
    found = []
    for one in rehearse(text, "s.yaml", FILES.__getitem__):
        found += [(problem.code, problem.place.line, problem.message) for problem in one.problems]
        assert not one.passed or not found
    return found


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "bad-yaml", 1),
        ("- a\n", "bad-value", 1),
        ("scenario: s\n  x: [", "bad-yaml", 2),
        ("scenario: s\n", "missing-key", 1),
        ("scenario: s\nplaybook: small.yaml\nstart: {by: ann}\nscripts: []\n", "unknown-key", 4),
        ("scenario: s\nplaybook: none.yaml\nstart: {by: ann}\nscript: []\n", "unknown-playbook", 2),
        ("scenario: s\nplaybook: bad.yaml\nstart: {by: ann}\nscript: []\n", "missing-key", 1),
        ("scenario: s\nplaybook: small.yaml\nstart: {at: 3}\nscript: []\n", "bad-value", 3),
        ("scenario: s\nplaybook: small.yaml\nstart: {by: ann, when: 3}\nscript: []\n", "unknown-key", 3),
        ("scenario: s\nplaybook: small.yaml\nstart: {at: '2026-03-02T09:00:00Z'}\nscript: []\n", "missing-key", 3),
        ("scenario: s\nplaybook: small.yaml\npeople: [ann]\nstart: {by: ann}\nscript: []\n", "bad-value", 3),
        ("scenario: s\nplaybook: small.yaml\npeople: {ann: staff}\nstart: {by: ann}\nscript: []\n", "bad-value", 3),
        ("playbook: small.yaml\nstart: {by: ann}\nscenarios: []\n", "bad-value", 3),
        ("playbook: small.yaml\nstart: {by: ann}\nscenarios:\n  - script: []\n", "missing-key", 4),
        ("playbook: small.yaml\nstart: {by: ann}\nscenarios:\n  - {scenario: a, script: [], x: 1}\n", "unknown-key", 4),
        (HEAD + "  - complte: {step: one, by: ann}\n", "unknown-key", 6),
        (HEAD + "  - rollback: {step: one}\n", "unknown-key", 6),
        (HEAD + "  - signal: {data: 1}\n", "missing-key", 6),
        (HEAD + "  - trigger: {payload: {a: 1}}\n", "bad-value", 6),
        (HEAD + "  - trigger: {schedule: a, webhook: b}\n", "bad-value", 6),
        (HEAD + "  - trigger: {webhook: asked}\n", "bad-value", 6),
        (HEAD + "  - jump: {to: one, undo: maybe}\n", "bad-value", 6),
        (HEAD + "  - migrate: {to: none.yaml}\n", "unknown-playbook", 6),
        (HEAD + "  - migrate: {to: other.yaml}\n", "bad-value", 6),
        (HEAD + "  - migrate: {to: bad.yaml}\n", "missing-key", 1),
        (HEAD + "  - migrate: {to: next.yaml, accept: [all]}\n", "bad-value", 6),
        (HEAD + "  - migrate: {to: next.yaml}\n  - complete: {step: three, by: ann}\n", "unknown-step", 7),
        (HEAD + "  - complete: {step: two, by: ann}\n  - migrate: {to: next.yaml}\n", "unknown-step", 6),
        (HEAD + "  - migrate: {map: {one: two}}\n", "missing-key", 6),
        (HEAD + "  - cancel: {in: one}\n", "unknown-step", 6),
        (HEAD + "  - cancel: {in: A b}\n", "unknown-step", 6),
        (HEAD + "  - pause: {in: two/three}\n", "unknown-step", 6),
        (HEAD + "  - pause: {step: one}\n", "unknown-key", 6),
        (HEAD + "  - jump: {to: oen}\n", "unknown-step", 6),
        (HEAD + "  - data: {set: 3}\n", "bad-value", 6),
        (HEAD + "  - reassign: {step: one}\n", "missing-key", 6),
        (HEAD + "  - complete: {step: one}\n", "missing-key", 6),
        (HEAD + "  - complete: {step: oen, by: ann}\n", "unknown-step", 6),
        (HEAD + "  - complete: {step: one, by: ann, form: 3}\n", "bad-value", 6),
        (HEAD + "  - advance: soon\n", "bad-value", 6),
        (HEAD + "  - advance: 2bh\n", "bad-value", 6),
        (HEAD + "  - expect: {runs: completed}\n", "unknown-key", 6),
        (HEAD + "  - expect: {queued: 1}\n", "bad-value", 6),
        (HEAD + "  - claim: {step: 'one[0]', by: ann}\n", "unknown-step", 6),
        (HEAD + "  - claim: {step: one/two, by: ann}\n", "unknown-step", 6),
        (HEAD + "  - claim: {step: one.undo, by: ann}\n", "unknown-step", 6),
        (HEAD + "  - claim: {step: 'one[x]', by: ann}\n", "unknown-step", 6),
        (HEAD + "  - expect: {run: done}\n", "bad-value", 6),
        (HEAD + "  - expect: {open: one}\n", "bad-value", 6),
        (HEAD + "  - expect: {incidents: [{code: lost}]}\n", "missing-key", 6),
        (HEAD + "  - vote: {gate: one, by: ann, choice: yes}\n", "bad-value", 6),
        (HEAD + "  - withdraw: {gate: one, by: ann, for: bo}\n", "unknown-key", 6),
        (HEAD + "  - refused: {because: x}\n", "bad-value", 6),
        (HEAD + "  - refused: {advance: 4h, because: x}\n", "unknown-key", 6),
        (HEAD + "  - {claim: {step: one, by: ann}, release: {step: one, by: ann}}\n", "bad-value", 6),
    ],
)
def test_each_mistake_has_its_code_and_line(text: str, code: str, line: int) -> None:
    assert (code, line) in [(found, at) for found, at, _ in problems(text)], problems(text)


def test_a_hint_names_the_nearest_verb() -> None:
    (one,) = rehearse(HEAD + "  - complte: {step: one, by: ann}\n", "s.yaml", lambda name: PLAYBOOK)
    assert one.problems[0].hint == "Did you mean `complete`?"
    assert (one.problems[0].place.line, one.problems[0].place.column) == (6, 5)


def test_a_head_is_shared_and_said_again_where_it_differs() -> None:
    text = (
        "playbook: small.yaml\npeople: {ann: []}\nstart: {by: ann, at: '2026-03-02T09:00:00Z'}\nscenarios:\n"
        "  - {scenario: a, script: [{complete: {step: one, by: ann}}, {expect: {run: completed}}]}\n"
        "  - {scenario: b, start: {by: bo}, script: [{complete: {step: one, by: bo}}, {expect: {run: completed}}]}\n"
    )
    assert [one.passed for one in rehearse(text, "s.yaml", lambda name: PLAYBOOK)] == [True, True]


SHIPPED = [path.read_text() for path in Path("tests/scenarios").glob("*-scenarios.yaml")]


@settings(max_examples=100, deadline=None, print_blob=True)
@given(
    st.sampled_from(SHIPPED), st.integers(0, 10_000), st.sampled_from(["", "}", "[", ": ", "\n", "- ", "x", '"', "&a "])
)
def test_broken_files_never_raise(text: str, at: int, what: str) -> None:
    place = at % len(text)
    head = text[:place].rsplit("  - scenario:", 1)[0] if at % 2 else ""
    broken = (text[:place] + what + text[place + 1 :])[len(head) : len(head) + 1500]
    rehearse(broken, "s.yaml", lambda name: PLAYBOOK)
