"""Regions on the pages: live states in branches, the items of an each, called runs, and the words for all of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboards import consequences
from dashboards.course import items, picture
from dashboards.course.under import Scene
from dashboards.shelf import prose
from engine.definition import Concurrency, Definition
from engine.diagrams import words
from engine.diagrams.shapes import NOTE
from engine.lifecycles import VisitStatus
from engine.machine import state as states
from engine.machine.events import Complete
from engine.machine.state import Incident as Stuck
from engine.machine.state import Region, Visit
from runs import definitions
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.models import Run, Step
from tests.dashboards import office, rows
from tests.engine.building import end, gate, task
from tests.engine.diagrams.regions import build, call, each, graph, parallel, rollback, signal, undoable
from tests.runs import house
from tests.workflows.texts import REGIONS
from workflows.models import Person

pytestmark = pytest.mark.django_db


def change() -> Definition:
    return build(
        task("plan"),
        parallel(
            "prepare",
            {
                "database": [undoable("column"), undoable("backfill")],
                "customers": [undoable("tell")],
                "readers": [task("scale"), gate("load", on_reject="plan")],
            },
        ),
        end("done"),
    )


def launch() -> Definition:
    inner = [
        task("survey", outcomes={"fine": None, "bad": "plan"}),
        parallel("papers", {"lease": [gate("agree", "survey")], "permit": [signal("permit", on_deadline="open")]}),
        call("open"),
    ]
    return build(task("plan"), each("regions", inner, at_most=2), end("done"))


@pytest.fixture(autouse=True)
def _fresh() -> None:
    definitions.by_digest.cache_clear()


@pytest.fixture
def ines() -> Person:
    return rows.operator("ines")


class Told:
    """A run whose visits are told one by one."""

    def __init__(self, definition: Definition, ines: Person, status: str = "running") -> None:
        self.definition = definition
        ended = {} if status == "running" else {"ended_at": timezone.now()}
        self.run = rows.run(rows.version(definition), ines, status, **ended)
        self.count = 0

    def visit(self, name: str, status: str = "completed", **columns: object) -> Step:
        self.count += 1
        ended_at = None if status in ("open", "active", "waiting") else timezone.now() + timedelta(seconds=self.count)
        spec = self.definition.steps[name]
        step = rows.step(self.run, name, spec.kind, self.count, status, title=spec.title, ended_at=ended_at, **columns)
        if spec.kind == "gate":
            rows.gate(step, str(columns.get("outcome") or "open"))
        return step

    def state(self, *visits: Visit) -> None:
        state = replace(states.load(self.run.state), visits={visit.number: visit for visit in visits})
        self.run.state = states.dump(state).decode()
        self.run.save()

    def drawn(self, told: tuple[items.Items, ...] = ()) -> picture.Picture:
        steps = list(self.run.steps.select_related("claimed_by", "gate").order_by("number"))
        stuck = {one.step.number: one for one in self.run.incidents.select_related("step") if one.step}
        scene = Scene(self.definition, definitions.state_of(self.run), stuck, timezone.now())
        return picture.of_run(scene, self.run, steps, nowhere, told)


def nowhere(step: Step) -> str:
    return ""


def nodes(drawn: picture.Picture) -> dict[str, str]:
    return {one.node.step: one.state for one in drawn.nodes if one.node.step}


def ways(drawn: picture.Picture) -> dict[tuple[str, str], str]:
    return {(arrow.edge.source, arrow.edge.target): arrow.state for arrow in drawn.edges}


def frames(drawn: picture.Picture) -> dict[str, tuple[str, str]]:
    return {one.region.step: (one.state, one.sub) for one in drawn.frames}


def visit(step: Step, within: str = "", **more: object) -> Visit:
    return Visit(step.number, step.name, within, VisitStatus(step.status), step.opened_at, **more)


def test_branches_have_their_own_states(ines: Person) -> None:
    told = Told(change(), ines)
    told.visit("plan")
    told.visit("prepare", "open")
    stuck = told.visit("column", "open")
    told.visit("tell")
    told.visit("scale", "active", claimed_by=ines)
    rows.incident(told.run, stuck)
    drawn = told.drawn()
    assert frames(drawn) == {"prepare": ("current", "1 of 3 done")}
    assert nodes(drawn) == {
        "plan": "done",
        "column": "failed",
        "backfill": "next",
        "tell": "done",
        "scale": "current",
        "load": "next",
        "done": "next",
    }
    taken = ways(drawn)
    assert taken["plan", "prepare"] == "current"
    assert taken["prepare", "column"] == "failed"
    assert taken["prepare", "tell"] == "done"
    assert taken["prepare", "scale"] == "current"
    assert taken["tell", "leave"] == "done"
    assert taken["backfill", "leave"] == taken["load", "plan"] == taken["prepare", "done"] == "next"


def test_a_way_out_of_a_region_is_the_way_that_was_taken(ines: Person) -> None:
    told = Told(change(), ines)
    told.visit("plan")
    told.visit("prepare", "cancelled")
    told.visit("column", "cancelled")
    told.visit("tell")
    told.visit("scale")
    told.visit("load", outcome="rejected")
    told.visit("plan", "open")
    drawn = told.drawn()
    assert ways(drawn)["load", "plan"] == "current"
    assert ways(drawn)["prepare", "done"] == "skipped"
    assert frames(drawn)["prepare"] == ("skipped", "cancelled")
    assert nodes(drawn)["plan"] == "current"


def test_a_region_that_is_opened_again_begins_anew(ines: Person) -> None:
    told = Told(change(), ines)
    for name in ("plan", "prepare", "column", "tell", "scale"):
        told.visit(name, "cancelled" if name in ("prepare", "column") else "completed")
    told.visit("load", outcome="rejected")
    told.visit("plan")
    told.visit("prepare", "open")
    told.visit("column", "open")
    assert frames(told.drawn())["prepare"] == ("current", "0 of 3 done")
    assert {step: state for step, state in nodes(told.drawn()).items() if step in ("tell", "scale", "load")} == {
        "tell": "next",
        "scale": "next",
        "load": "next",
    }


def test_a_run_that_ended_came_to_the_end_of_the_main_list(ines: Person) -> None:
    told = Told(build(parallel("both", {"a": [task("one")], "b": [task("two")]})), ines, "completed")
    told.visit("both")
    told.visit("one")
    told.visit("two")
    drawn = told.drawn()
    assert ways(drawn)["both", "leave"] == "done"
    assert frames(drawn) == {"both": ("done", "done")}
    assert {one.state for one in drawn.nodes} == {"done"}


@pytest.fixture
def items_under_way(ines: Person) -> Told:
    """Four regions, at most two at once: one is done, one at its papers, one surveyed and stuck."""
    told = Told(launch(), ines)
    told.visit("plan")
    around = told.visit("regions", "open")
    for name, columns in (
        ("survey", {"outcome": "fine"}),
        ("papers", {}),
        ("agree", {"outcome": "approved"}),
        ("permit", {}),
        ("open", {}),
    ):
        told.visit(name, scope="regions[0]", **columns)
    told.visit("survey", scope="regions[1]", outcome="fine")
    papers = told.visit("papers", "open", scope="regions[1]")
    agree, permit = (told.visit(name, "open", scope="regions[1]") for name in ("agree", "permit"))
    survey = told.visit("survey", "open", scope="regions[2]")
    rows.incident(told.run, survey)
    told.state(
        visit(
            around, region=Region(open=("1", "2"), begun=3, ended=1, met=1, items=("eu", {"name": "uk"}, "us", "jp"))
        ),
        visit(papers, "regions", scope="regions[1]", region=Region(open=("lease", "permit"))),
        visit(agree, "papers/lease", scope="regions[1]"),
        visit(permit, "papers/permit", scope="regions[1]"),
        visit(survey, "regions", scope="regions[2]", incident=Stuck("failed", "no", timezone.now())),
    )
    return told


def test_items_are_counted_and_the_open_ones_told(items_under_way: Told) -> None:
    run = items_under_way.run
    by_number = {step.number: step for step in run.steps.all()}
    (told,) = items.of(
        items_under_way.definition, states.load(run.state), by_number, lambda step: f"/{step.name}/{step.number}"
    )
    assert (told.total, told.done, told.failed, told.left_out) == (4, 1, 1, 0)
    assert [(item.name, item.stands_at, item.is_stuck) for item in told.open] == [
        ("uk", (("Agree", "/agree/10"), ("Permit", "/permit/11")), False),
        ("us", (("Survey", "/survey/12"),), True),
    ]
    drawn = items_under_way.drawn((told,))
    assert frames(drawn) == {"regions": ("current", "1 of 4 done, 1 stuck"), "papers": ("current", "1 done, 1 open")}
    subs = {one.node.step: (one.state, one.sub) for one in drawn.nodes}
    assert subs["survey"] == ("failed", "1 stuck")
    assert subs["agree"] == ("current", "1 open")
    assert subs["open"] == ("done", "1 done")
    assert ways(drawn)["survey", "plan"] == "next"
    assert ways(drawn)["agree", "survey"] == "next"
    assert ways(drawn)["open", "leave"] == "done"
    for framed in drawn.frames:
        assert words.width(framed.sub, NOTE) <= framed.region.sub_room


def test_each_item_has_a_way_of_its_own(ines: Person) -> None:
    told = Told(launch(), ines)
    told.visit("plan")
    told.visit("regions", "open")
    for nth in range(2):
        told.visit("survey", outcome="fine", scope=f"regions[{nth}]")
        told.visit("papers", "open" if nth else "cancelled", scope=f"regions[{nth}]")
        told.visit("agree", "open" if nth else "completed", scope=f"regions[{nth}]", outcome="" if nth else "rejected")
    # the first item was rejected and is surveyed once more; the second stands at its gate
    told.visit("survey", "open", scope="regions[0]")
    drawn = told.drawn()
    taken = ways(drawn)
    assert taken["agree", "survey"] == taken["papers", "agree"] == "current"
    assert taken["regions", "survey"] == "done"
    assert taken["open", "leave"] == "next"
    subs = {one.node.step: one.sub for one in drawn.nodes}
    assert (subs["survey"], subs["agree"]) == ("1 open", "1 open")  # the fullest that fits


def test_undos_are_drawn_as_undos_and_no_part_of_the_way(ines: Person) -> None:
    told = Told(change(), ines, "rolling_back")
    told.visit("plan")
    told.visit("prepare", "cancelled")
    for name in ("column", "backfill"):
        told.visit(name, "undone" if name == "backfill" else "completed")
    told.visit("backfill", undoes=4)
    told.visit("column", "open", undoes=3)
    drawn = told.drawn()
    assert {step: state for step, state in nodes(drawn).items() if step in ("column", "backfill", "plan")} == {
        "plan": "done",
        "column": "current",
        "backfill": "undone",
    }
    assert {one.node.step: one.sub for one in drawn.nodes}["column"] == "undoing"
    assert ways(drawn)["column", "backfill"] == "done"


def test_the_page_of_a_run_tells_its_items(items_under_way: Told, ines: Person) -> None:
    html = office.client(ines).get(f"/runs/{items_under_way.run.number}/").content.decode()
    said = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert "Regions 1 of 4 done, 2 open, 1 stuck" in said
    assert "uk Agree , Permit" in said
    assert "Waits for the signal payment received." in said
    assert re.search(rf'<a href="[^"]*/{items_under_way.run.number}/[^"]*10[^"]*">Agree</a>', html)
    assert len(re.findall(r'class="region is-', html)) == 2


def test_a_call_leads_to_the_run_it_called_and_back_where_the_reader_may_see_it(ines: Person) -> None:
    told = Told(build(call("open"), end("done")), ines)
    called = told.visit("open")
    branch = rows.version(slug="branch")
    rows.run(branch, ines, title="The first try", parent=told.run, parent_visit=called.number)
    child = rows.run(branch, ines, title="Branch", parent=told.run, parent_visit=called.number)
    html = office.client(ines).get(f"/runs/{told.run.number}/").content.decode()
    assert re.search(rf'<a class="node is-done" href="/runs/{child.number}/"', html)
    back = office.client(ines).get(f"/runs/{child.number}/").content.decode()
    assert f'<dt>Called by</dt><dd><a href="/runs/{told.run.number}/">' in back
    zoe = rows.person("zoe")
    Run.objects.filter(parent=told.run).update(started_by=zoe, unit=rows.unit("elsewhere"))
    html = office.client(ines).get(f"/runs/{told.run.number}/").content.decode()
    assert f"/runs/{child.number}/" not in html
    assert "Called by" not in office.client(zoe).get(f"/runs/{child.number}/").content.decode()


def test_a_playbook_in_prose() -> None:
    definition = replace(
        build(
            task("plan", window="office-hours"),
            each(
                "regions",
                [
                    undoable("survey"),
                    parallel(
                        "papers", {"lease": [gate("agree", "survey")], "permit": [signal("paid", on_deadline="open")]}
                    ),
                    call("open", on_error="rollback"),
                ],
                at_most=2,
            ),
            parallel("race", {"a": [task("one")], "b": [task("two")]}, join="any"),
            graph("close", (task("books"), ()), (gate("audit", "fail"), ("books",))),
            rollback("undo"),
        ),
        concurrency=Concurrency(key="${inputs.service}"),
    )
    told = {one.step.id: one for one in _all(prose.tell(definition))}
    assert set(told) == set(definition.steps)
    assert told["plan"].lines[0] == (
        "Opens only inside the hours of office hours; outside them it waits for the next opening."
    )
    assert told["regions"].lines == (
        "Once for each region of the input regions, at most 2 at once. It goes on when all regions have ended.",
    )
    assert [name for name, _ in told["papers"].lists] == ["Lease", "Permit"]
    assert told["papers"].lines == ("2 branches side by side. It goes on when all branches have ended.",)
    assert "Can be undone, by machine: debug.echo." in told["survey"].lines
    assert told["agree"].after == ("Approved: ends this branch.", "Rejected: opens Survey.")
    assert told["paid"].lines == ("Waits for the signal payment received; one that came before counts too.",)
    assert told["paid"].after[0] == "No signal within 2 d: opens Open."
    assert told["open"].lines == (
        "Runs the playbook region launch, version 2 or a later one, and waits until that run has ended.",
    )
    assert told["open"].after == ("Does not complete: undoes the run.",)
    assert told["race"].lines == (
        "2 branches side by side. It goes on as soon as something was done in one branch; what is open in the others "
        "is cancelled.",
    )
    assert told["books"].lines[0] == "Begins at once."
    assert told["audit"].lines[0] == "After Books."
    assert told["undo"].lines == ("What was done is undone, the newest first; then the run ends as rolled back.",)
    assert prose.at_once(definition) == "one run for the same [service]; the next waits for its place"
    assert prose.who_does(definition, "paid")[0] == "signal payment received"
    assert prose.who_does(definition, "open")[0] == "playbook region launch"


def _all(told: tuple[prose.Told, ...]) -> list[prose.Told]:
    return [inner for one in told for inner in (one, *(deep for _, list_ in one.lists for deep in _all(list_)))]


def test_what_a_way_leads_to_in_and_out_of_regions() -> None:
    definition = launch()
    assert consequences.leads_to(definition, "plan", "done") == "opens Survey"
    assert consequences.leads_to(definition, "survey", "outcome:fine") == "opens Agree and opens Permit"
    assert consequences.leads_to(definition, "agree", "approve") == "ends this branch"
    assert consequences.leads_to(definition, "open", "done") == "is done with this item"
    assert consequences.leads_to(definition, "survey", "outcome:bad") == "opens Plan"


def test_the_library_shows_the_whole_of_it(ines: Person) -> None:
    version = rows.version(launch(), slug="launch")
    html = office.client(ines).get("/library/launch/").content.decode()
    said = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert f"{len(launch().steps)} steps, 1 gate" in said
    assert all(f'id="step-{step}"' in html for step in launch().steps)
    assert "for each region of inputs.regions, at most 2 at once" in said
    assert html.count('class="region__frame"') == 3
    assert version.digest[:12] in html


def test_a_real_run_in_items_and_branches_shows_where_it_stands() -> None:
    people = house.settle()
    definition = house.compiled(REGIONS.replace("owner: sales", "owner: platform"))
    run = house.begin(house.publish(definition), people["olga"], stores=["Delft", "Gouda"])
    reader = office.client(people["olga"])

    def said() -> str:
        return " ".join(re.sub(r"<[^>]+>", " ", reader.get(f"/runs/{run.number}/").content.decode()).split())

    assert "Stores 0 of 2 done, 2 open Delft Ask Gouda Ask" in said()
    ask = run.steps.filter(name="ask").order_by("number")[0]
    apply([Delivery(run.pk, Complete(at=NOT_YET, actor="olga", visit=ask.number))])
    assert "Delft Sign , File Gouda Ask" in said()
    sign = run.steps.get(name="sign")
    apply([Delivery(run.pk, Complete(at=NOT_YET, actor="olga", visit=sign.number))])
    assert "Stores 1 of 2 done, 1 open Gouda Ask" in said()
