"""The log says every move that the machine can make in a plain sentence; none is forgotten."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import engine.machine
from dashboards.course import log
from dashboards.course.sentences import TELLERS, Told, tell
from runs import complete, definitions, operate
from runs.models import Run
from runs.outcomes import is_accepted
from tests.runs import house
from tests.runs.test_called_runs import CHILD, PARENT
from tests.runs.test_operate_regions import PLAYBOOK
from workflows.models import Person

People = dict[str, Person]


def moved() -> set[str]:
    """The kinds of moves, out of the sources of the machine: `turn.move("opened", …)`."""
    found = set()
    for source in Path(engine.machine.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "move":
                (kind, *_) = node.args
                assert isinstance(kind, ast.Constant), f"{source.name}:{node.lineno}: name the kind of move there"
                found.add(str(kind.value))
    return found


def test_every_kind_of_move_has_its_sentence() -> None:
    assert moved() == set(TELLERS)


def said(run: Run) -> list[str]:
    state = definitions.state_of(house.now(run))
    titles = {step.number: f"{step.title}{step.scope}" for step in run.steps.all()}
    read = log.read(house.now(run), definitions.by_digest(state.definition), titles)
    lines = [line for day in read.days for line in day.lines]
    return [
        " ".join(f"{one.text} {one.quote}".strip() for one in line.sentences)
        for line in sorted(lines, key=lambda line: line.entry.seq)
    ]


def hand_in(run: Run, address: str, person: Person, **form: object) -> None:
    state = definitions.state_of(house.now(run))
    number = next(visit.number for visit in state.visits.values() if visit.address == address)
    assert is_accepted(complete.complete(house.now(run), number, person, form))


@pytest.mark.django_db
def test_items_signals_and_undos_are_told(people: People) -> None:
    run = house.begin(house.publish(house.compiled(PLAYBOOK)), people["ben"], shops=["north", "south"])
    operate.signal(run, people["olga"], "papers", "", "by telephone")
    hand_in(run, "plan", people["ann"])
    house.act()
    hand_in(run, "look[0]", people["ann"], size=1)
    operate.change(house.now(run), people["olga"], {"steps.look[0].size": "2"}, "mistyped")
    operate.rollback(house.now(run), people["olga"], "the shops stay shut")
    hand_in(run, "book.undo", people["ann"])
    (undo,) = definitions.state_of(house.now(run)).visits
    operate.skip(house.now(run), undo, people["olga"], "nothing was planned")
    lines = said(run)
    signal = "Olga Oak sent the signal “papers”. by telephone No step waits for the signal “papers” now: it is kept"
    assert lines[1].startswith(signal)
    assert "Each shop began. Look at northeach-shop[0] opened." in lines[3]
    assert lines[5].startswith("Olga Oak changed size of Look at (item 1) from 1 to 2. mistyped")
    rolled = "Olga Oak had the run rolled back: what was done is undone. the shops stay shut"
    assert lines[6].startswith(rolled)
    assert lines[6].endswith("Undo: Book opened.")
    assert lines[7] == "Ann Archer undid Book. Undo: Plan opened."
    assert lines[8].startswith("Plan counts as undone by hand: Olga Oak skipped its undo. nothing was planned")
    assert lines[8].endswith("The run undid everything that can be undone.")


@pytest.mark.django_db
def test_calls_are_told_on_both_sides(people: People) -> None:
    parent = house.begin(house.publish(house.compiled(PARENT, CHILD)), people["ann"], region="nl")
    house.tell()
    child = parent.children.get()
    operate.cancel(house.now(child), people["olga"], "not here")
    house.tell()
    assert "Region called the playbook region-launch." in said(parent)[0]
    assert "The run that Region called ended as cancelled." in said(parent)[1]
    operate.cancel(house.now(parent), people["olga"], "nor anywhere")
    assert said(parent)[-1].startswith("Olga Oak cancelled the run. nor anywhere") or "cancelled" in said(parent)[-1]


def test_what_was_not_done_is_told_for_what_it_was() -> None:
    told = Told("Olga", "", "jump", str, {1: "Board"})
    skipped = {"kind": "skipped", "visit": 1, "step": "board", "data": {"by": "olga", "reason": "x"}}
    assert [one.text for one in tell([skipped], told)] == ["Olga passed over Board."]
    shut = {
        "kind": "shut",
        "visit": 1,
        "step": "board",
        "data": {"window": "n", "opens_at": "2026-03-02T22:00:00+00:00"},
    }
    assert tell([shut], told)[0].text.startswith("Board waits for its window, which opens")
