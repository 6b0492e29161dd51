"""Operators' acts on regions, called runs and undos: roll back, jump and undo, signals by hand, items, several runs."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from engine.machine.commands import Refusal
from runs import complete, definitions, guard, ledger, operate
from runs.models import Entry, Run, Step
from runs.outcomes import is_accepted
from tests.runs import house
from workflows.models import Person

pytestmark = pytest.mark.django_db
People = dict[str, Person]

PLAYBOOK = """
playbook: opening
title: Opening
kind: runbook
owner: platform
inputs:
  shops: {type: list, of: text}
  rate: {type: integer, default: 0}
roles:
  engineer: {groups: [engineers]}
steps:
  - id: plan
    task: {assign: engineer}
    undo: {task: {assign: engineer}}
  - id: book
    action: debug.echo
    undo: {task: {assign: engineer, instructions: Cancel the booking}}
  - id: each-shop
    each: inputs.shops
    as: shop
    steps:
      - id: look
        title: Look at ${each.shop}
        task: {assign: engineer, form: {size: {type: integer}}}
      - id: share
        set: {part: "100 / steps.look.size"}
  - id: papers
    wait: {signal: papers, match: signal.ref == "A-1"}
  - {id: done, end: completed}
"""


def ok(outcome: object) -> None:
    assert is_accepted(outcome), outcome


@pytest.fixture
def run(people: People) -> Run:
    return house.begin(house.publish(house.compiled(PLAYBOOK)), people["ben"], shops=["north", "south"])


def holds(run: Run) -> Run:
    fresh = house.now(run)
    assert ledger.verify(fresh) is None
    return fresh


def open_at(run: Run) -> list[str]:
    return [visit.address for visit in definitions.state_of(house.now(run)).visits.values()]


def hand_in(run: Run, address: str, person: Person, **form: object) -> None:
    state = definitions.state_of(house.now(run))
    number = next(visit.number for visit in state.visits.values() if visit.address == address)
    ok(complete.complete(house.now(run), number, person, form))


def begin_shops(run: Run, people: People) -> None:
    hand_in(run, "plan", people["ann"])
    house.act()
    assert open_at(run) == ["each-shop", "look[0]", "look[1]"]


def command(act: str, *words: str, by: str = "olga") -> None:
    call_command("run", act, *words, "--by", by, "--reason", "because")


def test_a_rollback_undoes_in_reverse_and_its_tasks_are_done_by_people(run: Run, people: People) -> None:
    begin_shops(run, people)
    assert not guard.may(people["ann"], "rollback", run=house.now(run))
    refused = operate.rollback(run, people["ann"], "I want to")
    assert isinstance(refused, Refusal)
    assert isinstance(operate.rollback(run, people["olga"], " "), Refusal)
    ok(operate.rollback(run, people["olga"], "the shops stay shut"))
    assert holds(run).status == "rolling_back"
    assert open_at(run) == ["book.undo"]
    row = Step.objects.get(run=run, status="open")
    assert (row.kind, row.undoes, row.title) == ("task", 2, "Undo: Book")
    hand_in(run, "book.undo", people["ann"])
    assert open_at(run) == ["plan.undo"]
    again = operate.rollback(run, people["olga"], "once more")
    assert isinstance(again, Refusal)
    command("skip", str(run.number), "plan.undo")
    ended = holds(run)
    assert ended.status == "rolled_back"
    assert list(Step.objects.filter(run=run, name="book").values_list("status", flat=True)) == ["undone", "completed"]


def test_a_jump_goes_to_an_item_and_undoes_on_the_way_back_where_asked(run: Run, people: People) -> None:
    begin_shops(run, people)
    hand_in(run, "look[0]", people["ann"], size=5)
    with pytest.raises(CommandError, match="The step look stands in a list that is not open"):
        command("jump", str(run.number), "look[7]")
    command("jump", str(run.number), "look[1]")
    assert open_at(run) == ["each-shop", "look[1]"]
    command("jump", str(run.number), "book", "--undo")
    assert open_at(run) == ["book.undo"]
    assert '"undo":true' in Entry.objects.filter(run=run, kind="jump").latest("seq").event
    hand_in(run, "book.undo", people["ann"])
    assert open_at(run) == ["book"]
    holds(run)


def test_a_run_that_is_stuck_in_an_item_is_repaired_there(run: Run, people: People) -> None:
    begin_shops(run, people)
    hand_in(run, "look[0]", people["ann"], size=5)
    hand_in(run, "look[1]", people["ann"], size=0)
    assert house.now(run).incident_count == 1
    assert "share[1]" in open_at(run)
    with pytest.raises(CommandError, match="cannot be changed"):
        command("data", str(run.number), "steps.look[2].size=4")
    command("data", str(run.number), "steps.look[1].size=4")
    state = definitions.state_of(holds(run))
    assert [state.values[f"each-shop[{nth}]"]["look"]["size"] for nth in range(2)] == [5, 4]
    command("retry", str(run.number), "share[1]")
    assert open_at(run) == ["papers"]
    assert [item["share"]["part"] for item in definitions.state_of(holds(run)).values[""]["each-shop"]] == [20, 25]


def test_which_item_is_meant_must_be_said(run: Run, people: People) -> None:
    begin_shops(run, people)
    with pytest.raises(CommandError, match=r"say which, as look\[0\], look\[1\]"):
        command("skip", str(run.number), "look")
    command("skip", str(run.number), "look[1]")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("{", "no JSON"),
        ('{"a": NaN}', "NaN is no number"),
        ('"\\ud800"', "a character that is none"),
        ("[" * 30_000, "20,000"),
        ("[" * 15_000, "nested too deeply"),
    ],
)
def test_what_a_signal_says_must_be_json(run: Run, people: People, data: str, says: str) -> None:
    refused = operate.signal(run, people["olga"], "papers", data, "by telephone")
    assert isinstance(refused, Refusal)
    assert refused.code == "field:data"
    assert says in refused.sentence


def test_a_signal_by_hand_is_kept_until_a_wait_takes_it(run: Run, people: People) -> None:
    for person, name in ((people["ann"], "papers"), (people["olga"], "nothing"), (people["olga"], "")):
        assert isinstance(operate.signal(run, person, name, "", "by telephone"), Refusal)
    assert not guard.may(people["ann"], "signal", run=run)
    assert guard.may(people["olga"], "signal", run=run, to="papers")
    command("signal", str(run.number), "papers", "--data", '{"ref": "A-1"}')
    assert [one.data for one in definitions.state_of(house.now(run)).kept] == [{"ref": "A-1"}]
    begin_shops(run, people)
    for nth in range(2):
        hand_in(run, f"look[{nth}]", people["ann"], size=1)
    ended = holds(run)
    assert (ended.status, definitions.state_of(ended).values[""]["papers"]["ref"]) == ("completed", "A-1")


def test_several_runs_at_once_each_have_their_line(
    run: Run, people: People, capsys: pytest.CaptureFixture[str]
) -> None:
    other = house.begin(run.version, people["ben"], shops=[])
    numbers = [str(run.number), str(other.number)]
    command("pause", *numbers, numbers[0])
    assert capsys.readouterr().out.splitlines() == [f"Run {number}: done, entry 2." for number in numbers]
    command("resume", numbers[0])
    capsys.readouterr()
    with pytest.raises(CommandError, match="Nothing was done to 2 of 3 runs"):
        command("resume", *numbers, "999999")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"Run {numbers[0]}: refused (not-open): This run is not paused")
    assert lines[1:] == [f"Run {numbers[1]}: done, entry 3.", "Run 999999: there is no run 999999."]
    command("data", *numbers, "inputs.rate=3")
    assert [definitions.state_of(house.now(one)).inputs["rate"] for one in (run, other)] == [3, 3]
    command("signal", *numbers, "papers")
    command("jump", *numbers, "plan")
    assert all(
        "plan" in {visit.step for visit in definitions.state_of(house.now(one)).visits.values()} for one in (run, other)
    )
    command("rollback", *numbers)
    assert {house.now(run).status, house.now(other).status} == {"rolled_back"}


def test_a_rollback_cancels_the_runs_that_were_called(people: People) -> None:
    from tests.runs.test_called_runs import CHILD, PARENT

    parent = house.begin(house.publish(house.compiled(PARENT, CHILD)), people["ann"], region="nl")
    house.tell()
    child = parent.children.get()
    ok(operate.rollback(house.now(parent), people["olga"], "not this one"))
    house.tell()
    assert (house.now(parent).status, house.now(child).status) == ("rolled_back", "cancelled")


def test_a_run_that_waits_for_a_place_takes_signals_and_a_cancel(people: People) -> None:
    text = PLAYBOOK.replace("steps:\n  - id: plan", "concurrency: {limit: 1}\nsteps:\n  - id: plan", 1)
    version = house.publish(house.compiled(text))
    house.begin(version, people["ben"], shops=[])
    second = house.begin(version, people["ben"], shops=[])
    assert second.status == "queued"
    for act in ("pause", "jump", "change", "rollback"):
        assert guard.may(people["olga"], act, run=second).sentence == "This run waits for its place.", act
    assert guard.may(people["ann"], "pause", run=second).code == "not-in-role"
    ok(operate.signal(second, people["olga"], "papers", "", "early"))
    ok(operate.cancel(second, people["olga"], "not needed"))
