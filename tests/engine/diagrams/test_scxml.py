"""SCXML: valid by the recommendation's content models, whatever the playbook; and what a small one looks like."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from engine.compiler import compile_together
from engine.definition import Definition, EndSpec
from engine.diagrams import scxml
from tests.engine.building import Rung, decide, end, gate, playbook, task, wait
from tests.engine.diagrams.graphs import playbooks
from tests.engine.diagrams.regions import build, call, each, graph, nested, parallel, rollback, signal
from tests.engine.diagrams.statecharts import faults
from workflows import calendars, decisions

ROOT = Path(__file__).parents[3]
#: Without the next versions of playbooks that are there already: two of one name do not compile together.
FILES = sorted(
    file
    for folder in ("workflows/library/*", "tests/scenarios/**")
    for file in ROOT.glob(f"{folder}/*.yaml")
    if not file.stem.endswith(("-next", "-renamed", "-strict"))
)
OWN = "{urn:penstock:scxml:1}"
SCXML = "{http://www.w3.org/2005/07/scxml}"


def _compiled() -> list[Definition]:
    """Every playbook of the library and of the scenarios, with the decisions and calendars they name."""
    sources = [(str(file), file.read_text()) for file in FILES]
    documents = [source for source in sources if re.search(r"^(steps|extends|rules):", source[1], re.MULTILINE)]
    known = {**calendars.KNOWN, "office": next(iter(calendars.KNOWN.values()))}
    found = compile_together(documents, known, decisions.SHIPPED)
    assert [(each.file, each.problems) for each in found if not each.ok] == []
    return [each.definition for each in found if each.definition is not None]


DEFINITIONS = _compiled()


def test_there_are_playbooks_to_hold_to_the_recommendation() -> None:
    assert len(DEFINITIONS) >= 20
    assert {definition.playbook for definition in DEFINITIONS} >= {"production-change", "ransomware-response"}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=[definition.playbook for definition in DEFINITIONS])
def test_playbooks_of_the_library_and_of_the_scenarios(definition: Definition) -> None:
    document = scxml.draw(definition)
    assert list(faults(document)) == []
    states = {element.get("id") for element in ElementTree.fromstring(document).iter()}
    assert states >= set(definition.steps)


@given(nested())
@settings(max_examples=100, deadline=None)
def test_any_regions(definition: Definition) -> None:
    document = scxml.draw(definition)
    assert list(faults(document)) == []
    root = ElementTree.fromstring(document)
    drawn = sum(1 for _ in root.iter(f"{SCXML}transition"))
    ways = [way for way in definition.transitions if way.source and not way.trigger.startswith("enter:")]
    within_regions = sum(
        (isinstance(step.does, EndSpec) and bool(step.within)) or step.kind == "rollback"
        for step in definition.steps.values()
    )
    needing = sum(
        len(step.does.needs) - sum(not wanted for wanted in step.does.needs.values())
        for step in definition.steps.values()
        if step.kind == "parallel"
    )
    assert drawn == len(ways) + within_regions + 2 * needing + 1


@given(playbooks(most=6))
@settings(max_examples=50, deadline=None)
def test_any_titles(definition: Definition) -> None:
    document = scxml.draw(definition)
    assert list(faults(document)) == []
    titles = {element.get("id"): element.get(f"{OWN}title", "") for element in ElementTree.fromstring(document).iter()}
    assert all(titles[step.id].split() == step.title.split() for step in definition.steps.values())


def test_a_small_playbook() -> None:
    definition = playbook(
        task("plan", title="Write <it>"),
        decide("route", ("inputs.score >= 7 && inputs.eu", "board"), otherwise="pause"),
        gate("board", on_reject="plan", escalate=(Rung(after=timedelta(days=1), go="fail"),)),
        wait("pause", timedelta(minutes=15), when="inputs.eu"),
        end("done"),
    )
    head, opening, *lines = scxml.draw(definition).splitlines()
    assert head == '<?xml version="1.0" encoding="UTF-8"?>'
    assert 'name="sample" initial="plan" datamodel="cel"' in opening
    assert lines == [
        '  <state id="plan" penstock:kind="task" penstock:title="Write &lt;it&gt;">',
        '    <transition event="plan.done" target="route"/>',
        "  </state>",
        '  <state id="route" penstock:kind="decide" penstock:title="Route">',
        '    <transition cond="inputs.score &gt;= 7 &amp;&amp; inputs.eu" target="board"/>',
        '    <transition target="pause"/>',
        "  </state>",
        '  <state id="board" penstock:kind="gate" penstock:title="Board">',
        "    <onentry>",
        '      <send id="board--rung-0" event="board.rung.0" delay="86400s"/>',
        "    </onentry>",
        "    <onexit>",
        '      <cancel sendid="board--rung-0"/>',
        "    </onexit>",
        '    <transition event="board.approve" target="pause"/>',
        '    <transition event="board.reject" target="plan"/>',
        '    <transition event="board.rung.0" target="run--failed"/>',
        "  </state>",
        '  <state id="pause" penstock:kind="wait" penstock:title="Pause">',
        "    <onentry>",
        '      <send id="pause--done" event="pause.done" delay="900s"/>',
        "    </onentry>",
        "    <onexit>",
        '      <cancel sendid="pause--done"/>',
        "    </onexit>",
        '    <transition event="pause.done" target="done"/>',
        '    <transition cond="!(inputs.eu)" target="done"/>',
        "  </state>",
        '  <final id="done" penstock:kind="end" penstock:title="Done" penstock:status="completed"/>',
        '  <final id="run--completed"/>',
        '  <final id="run--failed"/>',
        '  <state id="run--rolling-back">',
        '    <transition event="run.undone" target="run--rolled-back"/>',
        "  </state>",
        '  <final id="run--rolled-back"/>',
        "</scxml>",
    ]


def test_regions_calls_and_signals() -> None:
    definition = build(
        parallel("ship", {"eu": [task("one"), end("stop", "failed")], "us": [signal("paid", on_deadline="after")]}),
        parallel("fast", {"a": [task("two")], "b": [task("three")]}, join="any"),
        each("regions", [call("open", on_error="leave")], at_most=2),
        graph("close", (task("books"), ()), (gate("audit", "fail"), ("books",))),
        rollback("after"),
    )
    document = scxml.draw(definition)
    assert list(faults(document)) == []
    root = ElementTree.fromstring(document)
    assert root.get("datamodel") == "null"
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}

    def ways(id: str) -> dict[str | None, str | None]:
        return {way.get("event"): way.get("target") for way in by_id[id].findall(f"{SCXML}transition")}

    assert by_id["ship"].tag == f"{SCXML}parallel"
    assert by_id["ship--eu"].get("initial") == "one"
    assert ways("ship") == {"done.state.ship": "fast"}
    assert ways("stop") == {None: "run--failed"}
    assert ways("paid") == {"paid.done": "ship--us--end", "paid.deadline": "after"}
    assert (ways("fast"), by_id["fast"].get(f"{OWN}join")) == ({"fast.done": "regions"}, "any")
    assert by_id["regions"].get(f"{OWN}each") == "inputs.regions"
    assert by_id["regions"].get(f"{OWN}at-most") == "2"
    assert ways("open") == {"done.invoke.open--run": "regions--end", "open.error": "regions--end"}
    (invoked,) = by_id["open"].findall(f"{SCXML}invoke")
    assert invoked.get("src") == "urn:penstock:playbook:region-launch@^2"
    assert ways("audit--waiting") == {"audit.open": "audit", "audit.dead": "audit--over"}
    assert ways("books") == {"books.done": "books--over"}
    assert ways("after") == {None: "run--rolling-back"}


def test_the_checker_finds_what_is_wrong() -> None:
    def of(body: str, head: str = 'version="1.0"') -> list[str]:
        return list(faults(f'<scxml xmlns="http://www.w3.org/2005/07/scxml" {head}>{body}</scxml>'))

    assert of('<state id="a"><transition target="a"/></state>') == []
    assert of("") == ["there is no state"]
    assert of('<final id="a"/>', "") == ["the version is not 1.0", "scxml needs version"]
    assert of('<state id="a"><transition target="b"/></state>') == ["b is no state"]
    assert of('<parallel id="a"><final id="b"/></parallel>') == ["final may not stand in parallel"]
    assert of('<state id="a"><transition/></state>') == ["a transition has none of event, cond, target"]
    assert of('<state id="a"/><state id="a"/>') == ["a is there 2 times"]
    assert of('<state id="a/b"/>') == ["a/b is no NCName"]
    assert of('<state id="a" colour="red"/>') == ["state has no attribute colour"]
    assert of('<state id="a" initial="b"/><state id="b"/>') == [
        "an atomic state has no initial one",
        "b is not inside a",
    ]
    assert of('<state id="a"><transition event="rule:0" target="a"/></state>') == ["'rule:0' is no event"]
