"""The two drawings made of letters: Mermaid for documents, an outline for the terminal."""

from __future__ import annotations

import re

from hypothesis import given, settings

from engine.definition import Definition
from engine.diagrams import mermaid, text, words
from tests.engine.building import decide, end, gate, playbook, task
from tests.engine.diagrams.graphs import playbooks

SAMPLE = playbook(
    task("plan", title="Write the plan"),
    decide("route", ("inputs.risk_score >= 7 || has(steps.plan.note)", "board"), otherwise="done"),
    gate("board", on_reject="plan", title="Change board", next="done", when="inputs.eu"),
    end("done"),
)


def test_outline() -> None:
    assert text.draw(SAMPLE) == (
        "Sample (runbook, platform)\n"
        "\n"
        "1. plan   task      Write the plan\n"
        "2. route  decision  Route\n"
        "     risk score ≥ 7 or note given → board\n"
        "     otherwise → done\n"
        "3. board  gate      Change board\n"
        "     only when inputs.eu\n"
        "     approved → done\n"
        "     rejected → plan\n"
        "4. done   end: completed  Done\n"
    )


def test_mermaid() -> None:
    assert mermaid.draw(SAMPLE) == (
        "flowchart LR\n"
        "    start(( ))\n"
        '    n0("Write the plan")\n'
        '    n1{"Route"}\n'
        '    n2[["Change board"]]\n'
        '    n3((("Done")))\n'
        "    start --> n0\n"
        "    n0 --> n1\n"
        '    n1 -->|"risk score ≥ 7 or note given"| n2\n'
        '    n1 -->|"otherwise"| n3\n'
        '    n2 -->|"approved"| n3\n'
        '    n2 -->|"rejected"| n0\n'
    )


LINE = re.compile(
    r'    (start\(\( \)\)|n\d+(\(|\[\[|\[/|\{|\(\[|\[|\(\(\()"[^"<>|\[\](){}]*"(\)|\]\]|/\]|\}|\]\)|\]|\)\)\))'
    r'|(start|n\d+) -->(\|"[^"<>|\[\](){}]*"\|)? n\d+)'
)


@given(playbooks(most=6))
@settings(max_examples=80, deadline=None)
def test_no_title_breaks_out_of_its_label(definition: Definition) -> None:
    head, *lines = mermaid.draw(definition).splitlines()
    assert head == "flowchart LR"
    for line in lines:
        assert LINE.fullmatch(line), line


def test_short_expressions() -> None:
    assert words.short("inputs.amount < 5000.0 && !has(steps.plan.note)") == "amount < 5000.0 and no note"
    assert words.short("steps.plan.downtime > duration('30m')") == "downtime > 30m"
    assert words.short("steps.review.visits < 3") == "visits of review < 3"
    assert words.short("inputs.region != 'eu'") == "region ≠ eu"
    assert len(words.short("inputs.a_very_long_name >= 1 && inputs.another_long_name == 'x'")) <= 30
