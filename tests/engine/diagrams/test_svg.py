"""The drawing as one file: well formed, whole, escaped; and words instead where it would be too much."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given, settings

from engine.definition import Definition
from engine.diagrams import svg, text
from engine.diagrams.layout import lay_out
from tests.engine.building import playbook, task
from tests.engine.diagrams.graphs import playbooks
from tests.engine.diagrams.regions import build, each, gate, nested, undoable

SVG = "{http://www.w3.org/2000/svg}"


@given(playbooks(most=6) | nested())
@settings(max_examples=60, deadline=None)
def test_every_step_and_way_is_drawn_whatever_its_words(definition: Definition) -> None:
    root = ElementTree.fromstring(svg.draw(definition))
    layout = lay_out(definition)
    assert len(root.findall(f"{SVG}path[@class='edge']")) == len(layout.edges)
    assert len(root.findall(f"{SVG}g")) == len(layout.nodes) - 1 + len(layout.regions)
    said = " ".join("".join(element.itertext()) for element in root.iter(f"{SVG}g"))
    for step in definition.steps.values():
        assert " ".join(step.title.split()) in " ".join(said.split())


def test_marks_are_words_and_signs_and_leave_the_kept_drawing_as_it_is() -> None:
    definition = build(task("plan"), each("all", [gate("go", on_reject="plan")]))
    marked = svg.draw(definition, {"plan": "added", "all": "changed", "go": "removed"})
    root = ElementTree.fromstring(marked)
    said = ["".join(one.itertext()) for one in root.iter(f"{SVG}g") if one.get("class") == "badge"]
    assert sorted(said) == ["added", "changed", "removed"]
    signs = {one.find(f"{SVG}path").get("d")[-6:] for one in root.iter(f"{SVG}g") if one.get("class") == "badge"}
    assert len(signs) == 3
    assert "badge" not in svg.draw(definition).partition("</style>")[2]


def test_it_carries_its_own_styles_for_light_and_dark() -> None:
    drawn = svg.draw(playbook(task("plan", title="<script>alert(1)</script> & more")))
    root = ElementTree.fromstring(drawn)
    style = root.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme: dark" in (style.text or "")
    assert root.get("role") == "img"
    assert "<script" not in drawn
    assert [element.tag for element in root.iter() if "href" in element.attrib] == []


def test_what_can_be_undone_and_what_leads_out_have_their_marks() -> None:
    root = ElementTree.fromstring(svg.draw(build(undoable("ship"), each("all", [gate("go", on_reject="ship")]))))
    assert len(root.findall(f".//{SVG}path[@class='undo']")) == 1
    assert len(root.findall(f"{SVG}circle[@class='exit']")) == 1
    assert len(root.findall(f".//{SVG}path[@class='bar']")) == 1


def test_too_many_steps_become_their_outline() -> None:
    definition = playbook(*(task(f"s{number}") for number in range(svg.MOST + 1)))
    root = ElementTree.fromstring(svg.draw(definition))
    lines = ["".join(element.itertext()) for element in root.findall(f"{SVG}text")]
    assert lines == [line for line in text.draw(definition).splitlines() if line]
    assert root.findall(f"{SVG}path") == []


def test_its_signs_are_those_of_the_pages() -> None:
    """Where a sign of the pages is one path the file has the same; circles and squares are written as paths here."""
    sprite = (Path(__file__).parents[3] / "dashboards" / "static" / "icons.svg").read_text()
    for kind, name in (("gate", "gate"), ("action", "action"), ("decide", "decision"), ("each", "each")):
        (symbol,) = re.findall(rf'<symbol id="i-{name}"[^>]*>(.*?)</symbol>', sprite)
        assert "".join(re.findall(r' d="([^"]*)"', symbol)) == svg.GLYPHS[kind]
