"""The two drawings made of letters: Mermaid for documents, an outline for the terminal."""

from __future__ import annotations

import re

from hypothesis import given, settings

from engine.definition import Definition
from engine.diagrams import mermaid, text, words
from tests.engine.building import action, decide, end, gate, playbook, task
from tests.engine.diagrams.graphs import playbooks
from tests.engine.diagrams.regions import build, call, each, graph, nested, parallel, signal, undoable

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


REGIONS = build(
    task("plan"),
    each(
        "regions",
        [
            task("survey", outcomes={"fine": None, "bad": "plan"}),
            parallel(
                "papers", {"lease": [gate("counsel", "survey")], "permit": [signal("permit", on_deadline="open")]}
            ),
            call("open"),
        ],
        at_most=2,
    ),
    graph("close", (undoable("books"), ()), (gate("audit", "regions"), ("books",)), (action("report"), ("audit",))),
)


def test_outline_of_regions() -> None:
    assert text.draw(REGIONS).splitlines()[2:] == [
        "1. plan     task      Plan",
        "2. regions  each      Regions",
        "     for each region of inputs.regions, at most 2 at once",
        "     1. survey  task      Survey",
        "          fine → papers",
        "          bad → plan",
        "     2. papers  parallel  Papers",
        "          both branches",
        "          lease:",
        "             1. counsel  gate      Counsel",
        "                  approved → the end of this list",
        "                  rejected → survey",
        "          permit:",
        "             1. permit  wait      Permit",
        "                  until the signal payment-received",
        "                  no signal in 2 d → open",
        "     3. open    call      Open",
        "          calls region-launch@^2",
        "3. close    parallel  Close",
        "     each step as soon as what it needs is done",
        "     1. books   action    Books",
        "          can be undone",
        "     2. audit   gate      Audit",
        "          needs books",
        "          approved → report",
        "          rejected → regions",
        "     3. report  action    Report",
        "          needs audit",
    ]


def test_mermaid_of_regions() -> None:
    lines = mermaid.draw(REGIONS).splitlines()
    begin = lines.index('    subgraph n1["Regions: for each region of inputs.regions, at most 2 at once"]')
    assert lines[begin + 1 : begin + 4] == ["        n1s(( ))", "        n1e(( ))", '        n2("Survey")']
    assert lines.count("    end") == 2
    arrows = [line.strip() for line in lines if "-->" in line]
    assert "n0 --> n1s" in arrows
    assert 'n2 -->|"bad"| n0' in arrows
    assert 'n3s -->|"lease"| n4' in arrows
    assert 'n4 -->|"rejected"| n2' in arrows
    assert "n6 --> n1e" in arrows
    assert "n1e --> n7s" in arrows
    assert 'n9 -->|"rejected"| n1s' in arrows


QUOTED = r'"[^"<>|\[\](){}]*"'
NODE = r"n\d+(\(|\[\[|\[/|\{|\(\[|\[\(|\[|\(\(\()" + QUOTED + r"(\)|\]\]|/\]|\}|\]\)|\)\]|\]|\)\)\))"
REGION = r"end|subgraph n\d+\[" + QUOTED + r"\]|n\d+[se]\(\( \)\)"
WAY = r"(start|n\d+e?|n\d+s) -->(\|" + QUOTED + r"\|)? n\d+[se]?"
LINE = re.compile(rf" +(start\(\( \)\)|{NODE}|{REGION}|{WAY})")


@given(playbooks(most=6) | nested())
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
