"""Operators' acts on live runs: pause and resume, reassign, jump, data, completing for somebody. The log holds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from engine.definition import ActionSpec, FieldSpec, GateSpec, Quorum, Rung, SetSpec, StepSpec, TaskSpec
from engine.machine.commands import Refusal
from engine.machine.events import Result
from runs import claim, complete, definitions, guard, ledger, operate, vote
from runs.apply import Delivery, apply
from runs.clock import NOT_YET
from runs.models import Candidate, Entry, Refused, Run, Step, Work
from runs.outcomes import FieldErrors, Stale, is_accepted
from runs.work.audit import audit
from runs.work.claims import claim as take
from runs.work.perform import at_once, deliver
from runs.work.sweep import sweep
from tests.runs import house
from workflows.models import Part, Person, Unit

pytestmark = pytest.mark.django_db
People = dict[str, Person]


@pytest.fixture
def run(people: People) -> Run:
    """A plan, a share that may not be computable, a gate that shows both, an action, a wait of an hour."""
    parts = FieldSpec("parts", "integer", minimum=0)
    ref = FieldSpec("ref", "text", title="Reference", pattern="R-[0-9]+")
    plan = StepSpec(
        "plan",
        "Plan",
        TaskSpec(assign="engineer", form=(ref,), checklist=("Told everybody",)),
        due=timedelta(hours=4),
        escalate=(Rung(timedelta(hours=2), remind=("assigned",)),),
    )
    share = StepSpec("share", "Share", SetSpec(assign={"each": "12 / inputs.parts"}))
    board = StepSpec(
        "board",
        "Board",
        GateSpec(ask="Go on?", show=("inputs.parts",), approvers=("manager",), quorum=Quorum(count=2)),
    )
    ship = StepSpec("ship", "Ship", ActionSpec(provider="debug.echo"))
    definition = house.playbook(
        "repair",
        [plan, share, board, ship, house.wait("cool", timedelta(hours=1)), house.end()],
        inputs=(parts,),
        sla=timedelta(days=1),
        names={"inputs.parts": "int", "steps.share.each": "int", "steps.plan.ref": "string"},
    )
    return house.begin(house.publish(definition), people["ben"], parts=3)


def ok(outcome: object) -> None:
    assert is_accepted(outcome), outcome


def holds(run: Run) -> Run:
    """Read the run anew; its log gives what is stored."""
    fresh = house.now(run)
    assert ledger.verify(fresh) is None
    return fresh


def visit(run: Run, step: str) -> int:
    state = definitions.state_of(house.now(run))
    return next(one.number for one in state.visits.values() if one.step == step)


def plan(run: Run, people: People) -> None:
    outcome = complete.complete(
        house.now(run),
        visit(run, "plan"),
        people["olga"],
        {"ref": "R-1"},
        on_behalf_of="ann",
        reason="told me on the phone",
        ticked=["Told everybody"],
    )
    ok(outcome)


def approve(run: Run, people: People, *names: str) -> None:
    for name in names:
        gate = definitions.state_of(house.now(run)).visits[visit(run, "board")]
        assert gate.asking is not None
        ok(vote.vote(house.now(run), gate.number, people[name], "approve", "", gate.asking.digest))


def test_a_pause_takes_the_timers_out_of_the_queue_and_gives_them_back_later(people: People, run: Run) -> None:
    before = dict(Work.objects.filter(run=run, status="ready").values_list("name", "due_at"))
    assert len(before) == 2
    ok(operate.pause(run, people["olga"], "the shop is closed"))
    paused = holds(run)
    assert paused.paused
    assert paused.paused_at is not None
    assert (paused.waiting, paused.next_due_at) == (False, None)
    assert not Work.objects.filter(run=run, status="ready").exists()
    assert audit() == 0
    assert not Work.objects.filter(run=run, status="ready").exists()
    ok(operate.resume(run, people["olga"], "open again"))
    resumed = holds(run)
    stood = timedelta(seconds=resumed.paused_seconds)
    assert stood > timedelta(0)
    assert (resumed.paused, resumed.paused_at) == (False, None)
    after = dict(Work.objects.filter(run=run, status="ready").values_list("name", "due_at"))
    assert after == {name: due_at + stood for name, due_at in before.items()}
    assert resumed.due_at == run.due_at + stood
    assert resumed.next_due_at == run.next_due_at + stood


def test_a_timer_that_somebody_had_in_hand_changes_nothing_in_a_pause(people: People, run: Run) -> None:
    house.shift(run, -3 * 3600)
    (claimed,) = take(1, (), [Work.Kind.TIMER])
    ok(operate.pause(run, people["olga"], "stop"))
    done = at_once(claimed)
    assert done is not None
    deliver([done])
    assert not Entry.objects.filter(run=run, kind="timer").exists()
    assert not take(5, (), [Work.Kind.TIMER])
    assert sweep().timers == 0
    ok(operate.resume(run, people["olga"], "on"))
    assert sweep().timers == 1
    assert Entry.objects.filter(run=run, kind="timer").count() == 1


def test_nothing_new_is_performed_in_a_pause_and_what_is_in_hand_is_held(people: People, run: Run) -> None:
    plan(run, people)
    approve(run, people, "mia", "max")
    ok(operate.pause(run, people["olga"], "before it ships"))
    assert take(5, ["debug.echo"]) == []
    ok(operate.resume(run, people["olga"], "go"))
    (claimed,) = take(5, ["debug.echo"])
    ok(operate.pause(run, people["olga"], "while it ships"))
    result = Result(at=NOT_YET, visit=claimed.visit, attempt=1, outcome="ok", data={"ms": 5})
    ok(apply([Delivery(run.pk, result, work=claimed.handle)])[0])
    assert isinstance(apply([Delivery(run.pk, result, work=claimed.handle)])[0], Stale)
    state = definitions.state_of(holds(run))
    assert [one.step for one in state.visits.values()] == ["ship"]
    assert len(state.held) == 1
    assert audit() == 0
    assert not Work.objects.filter(run=run, kind="action", status="ready").exists()
    ok(operate.resume(run, people["olga"], "on"))
    state = definitions.state_of(holds(run))
    assert [one.step for one in state.visits.values()] == ["cool"]
    assert state.values[""]["ship"]["ms"] == 5


def test_people_are_refused_in_a_pause_and_the_repeat_of_a_pause_is_the_first(people: People, run: Run) -> None:
    first = operate.pause(run, people["olga"], "stop", key="k")
    again = operate.pause(run, people["olga"], "stop", key="k")
    assert is_accepted(first)
    assert is_accepted(again)
    assert (again.seq, again.repeated) == (first.seq, True)
    refused = claim.claim(run, 1, people["ann"])
    assert isinstance(refused, Refusal)
    assert refused.code == "paused"
    assert not guard.may(people["ann"], "complete", run=house.now(run), visit=1)
    assert Refused.objects.filter(run=run, person="ann", code="paused").exists()
    for verb in (operate.pause, operate.resume):
        outcome = verb(run, people["ann"], "I want to")
        assert isinstance(outcome, Refusal)
    assert isinstance(operate.pause(run, people["olga"], "  "), Refusal)
    ok(operate.cancel(run, people["olga"], "called off"))
    ended = holds(run)
    assert (ended.status, ended.paused) == ("cancelled", False)
    assert ended.paused_seconds > 0


def test_an_operator_completes_for_somebody(people: People, run: Run) -> None:
    olga, number = people["olga"], visit(run, "plan")
    given = {"ref": "R-1"}
    assert isinstance(complete.complete(run, number, olga, given, on_behalf_of="ann"), Refusal)
    wrong = complete.complete(run, number, olga, given, on_behalf_of="mia", reason="r", ticked=["Told everybody"])
    assert isinstance(wrong, Refusal)
    assert "Mia" in wrong.sentence or "mia" in wrong.sentence
    not_an_operator = complete.complete(run, number, people["ben"], given, on_behalf_of="ann", reason="r")
    assert isinstance(not_an_operator, Refusal)
    form = complete.complete(run, number, olga, {"ref": "x"}, on_behalf_of="ann", reason="r")
    assert isinstance(form, FieldErrors)
    plan(run, people)
    entry = Entry.objects.filter(run=run, kind="complete").get()
    assert (entry.actor, entry.on_behalf_of) == ("olga", "ann")
    assert Step.objects.get(run=run, name="plan").ended_by == people["ann"]
    state = definitions.state_of(holds(run))
    assert set(state.doers["plan"]) == {"ann", "olga"}
    assert state.values[""]["plan"]["by"] == "ann"


def test_a_task_is_handed_to_somebody_else_who_then_finds_it(people: People, run: Run) -> None:
    olga, number = people["olga"], visit(run, "plan")
    ok(claim.claim(run, number, people["ann"]))
    for to in ("user:nobody", "user:gus", "painters", ""):
        outcome = operate.reassign(run, number, olga, to, "ann is ill")
        assert isinstance(outcome, Refusal)
        assert outcome.code == "field:to"
    ok(operate.reassign(run, number, olga, "user:mia", "ann is ill"))
    step = Step.objects.get(run=run, number=number)
    assert step.claimed_by is None
    assert [one.person for one in Candidate.objects.filter(step=step)] == [people["mia"]]
    assert not guard.may(people["ann"], "complete", run=house.now(run), visit=number)
    assert guard.may(people["mia"], "complete", run=house.now(run), visit=number)
    ok(operate.reassign(run, number, olga, "manager", "any of them"))
    assert [one.group.name for one in Candidate.objects.filter(step=step)] == ["managers"]
    assert isinstance(operate.reassign(run, number, people["ann"], "user:ann", "mine"), Refusal)
    holds(run)


def test_going_back_needs_no_more_than_operating_and_passing_a_gate_does(people: People, run: Run) -> None:
    Part.objects.filter(person=people["olga"], part=Part.Kind.BREAK_GLASS).delete()
    olga = people["olga"]
    refused = operate.jump(run, olga, "ship", "it burns")
    assert isinstance(refused, Refusal)
    assert refused.sentence == "This passes over Board. Only who may break the glass in this unit may do it."
    assert not guard.may(olga, "jump", run=run, to="ship")
    assert guard.may(olga, "jump", run=run, to="board")
    plan(run, people)
    assert not guard.may(olga, "skip", run=house.now(run), visit=visit(run, "board"))
    ok(operate.jump(run, olga, "plan", "once more"))
    ok(operate.jump(run, olga, "board", "or not"))
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=olga, part=Part.Kind.BREAK_GLASS)
    ok(operate.jump(run, olga, "ship", "it burns"))
    gate = Step.objects.filter(run=run, name="board").latest("number")
    assert (gate.gate.status, gate.status, gate.ended_by) == ("overridden", "cancelled", olga)
    holds(run)


def test_who_breaks_the_glass_alone_operates_nothing(people: People, run: Run) -> None:
    Part.objects.create(unit=Unit.objects.get(slug="platform"), person=people["ben"], part=Part.Kind.BREAK_GLASS)
    for verb in (operate.pause, operate.cancel):
        outcome = verb(run, people["ben"], "I may break the glass")
        assert isinstance(outcome, Refusal)
    assert isinstance(operate.jump(run, people["ben"], "ship", "it burns"), Refusal)


def test_a_gate_that_was_never_asked_has_its_override_in_the_log(people: People, run: Run) -> None:
    ok(operate.jump(run, people["olga"], "ship", "it burns"))
    gate = Step.objects.get(run=run, name="board")
    assert (gate.gate.status, gate.status, gate.ended_by) == ("overridden", "skipped", people["olga"])
    assert "board" not in definitions.state_of(holds(run)).values.get("", {})


def test_a_stuck_run_is_repaired_with_data_and_a_retry(people: People, run: Run) -> None:
    olga = people["olga"]
    ok(operate.change(house.now(run), olga, {"inputs.parts": "0"}, "to see it fail"))
    plan(run, people)
    assert house.now(run).incident_count == 1
    number = visit(run, "share")
    ok(operate.retry(run, number, olga, "again"))
    assert house.now(run).incident_count == 1
    wrong = operate.change(house.now(run), olga, {"inputs.parts": "-1", "steps.plan.ref": "x"}, "")
    assert isinstance(wrong, FieldErrors)
    assert set(wrong) == {"inputs.parts", "steps.plan.ref", "reason"}
    refused = operate.change(house.now(run), people["ann"], {"inputs.parts": "2"}, "let me")
    assert isinstance(refused, Refusal)
    assert refused.code == "not-in-role"
    ok(operate.change(house.now(run), olga, {"inputs.parts": "2", "steps.plan.ref": "R-2"}, "mistyped", key="c"))
    repeated = operate.change(house.now(run), olga, {"inputs.parts": "2"}, "mistyped", key="c")
    assert is_accepted(repeated)
    assert repeated.repeated
    ok(operate.retry(run, number, olga, "now it can be computed"))
    fresh = holds(run)
    assert fresh.incident_count == 0
    state = definitions.state_of(fresh)
    assert state.values[""]["share"]["each"] == 6
    assert [one.step for one in state.visits.values()] == ["board"]
    entry = Entry.objects.filter(run=run, kind="change").latest("seq")
    assert '"old":0' in entry.moves
    assert '"new":2' in entry.moves


def test_changed_data_voids_votes_and_is_not_changed_behind_an_approval(people: People, run: Run) -> None:
    olga = people["olga"]
    plan(run, people)
    approve(run, people, "mia")
    ok(operate.change(house.now(run), olga, {"inputs.parts": 4}, "it was four"))
    gate = Step.objects.get(run=run, name="board").gate
    assert gate.votes.count() == 0
    approve(run, people, "mia", "max")
    refused = operate.change(house.now(run), olga, {"inputs.parts": 5}, "quietly")
    assert isinstance(refused, Refusal)
    assert "jump back to that gate" in refused.sentence
    ok(operate.jump(run, olga, "board", "to change it"))
    ok(operate.change(house.now(run), olga, {"inputs.parts": 5}, "openly"))
    approve(run, people, "mia", "max")
    holds(run)


def test_the_command_line_does_what_the_pages_do(people: People, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def operated(act: str, *more: str, by: str = "olga") -> str:
        call_command("run", act, str(run.number), *more, "--by", by, "--reason", "because")
        return capsys.readouterr().out

    assert "Done" in operated("pause")
    with pytest.raises(CommandError, match="paused"):
        operated("pause")
    assert "Done" in operated("reassign", "plan", "--to", "ann")
    assert "Done" in operated("reassign", "plan", "--to", "engineer")
    assert "Done" in operated("complete", "plan", "--for", "ben", "--field", "ref=R-9", "--ticked")
    assert "Done" in operated("data", "inputs.parts=4", "steps.plan.ref=R-8")
    with pytest.raises(CommandError, match=r"inputs\.parts"):
        operated("data", "inputs.parts=many")
    with pytest.raises(CommandError, match="NAME=VALUE"):
        operated("data", "inputs.parts")
    with pytest.raises(CommandError, match="Only operators"):
        operated("jump", "ship", by="ann")
    with pytest.raises(CommandError, match="You changed what this run was started with"):
        operated("jump", "ship")  # past a gate that shows what olga has just changed
    for kind in (Part.Kind.OPERATOR, Part.Kind.BREAK_GLASS):
        Part.objects.create(unit=run.unit, person=people["otto"], part=kind)
    assert "Done" in operated("jump", "ship", by="otto")
    assert "Done" in operated("resume")
    call_command("verify_log", str(run.number))


def test_paused_time_is_kept_when_a_run_ends_in_its_pause(people: People, run: Run) -> None:
    began = timezone.now()
    clock = iter([began + timedelta(hours=hours) for hours in range(1, 9)])

    def tell() -> datetime:
        return next(clock)

    ok(operate.pause(run, people["olga"], "stop", clock=tell))
    ok(operate.resume(run, people["olga"], "on", clock=tell))
    ok(operate.pause(run, people["olga"], "stop", clock=tell))
    ok(operate.jump(run, people["olga"], "done", "enough", clock=tell))
    ended = holds(run)
    assert ended.status == "completed"
    assert ended.paused_seconds == 7200
