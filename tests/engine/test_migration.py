"""Moving a run to another version: what stands against it, what goes on how, and what chance finds."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition import Definition
from engine.lifecycles import VisitStatus
from engine.machine.advance import advance
from engine.machine.commands import Advance, NeedRoster, Refusal
from engine.machine.events import Claim, Facts, Migrate, Roster
from engine.machine.state import dump, load
from engine.migration import Kind, assess
from engine.rehearsal.play import Directory, Play
from tests.engine.machine.playing import HOUR, OPERATOR, accepted, code, vote
from tests.engine.machine.writing import addresses, definition, done, pause, resume, run

PLAN = "  - {id: plan, title: Plan, task: {assign: red, form: {ref: {type: text}}}}\n"
BOARD = (
    "  - {id: board, title: Board, gate: {ask: 'Go?', show: [steps.plan.ref], approvers: [green]}, on_reject: fail}\n"
)
SHIP = "  - {id: ship, title: Ship, task: {assign: blue, instructions: '${steps.plan.ref}'}}\n"
TELL = "  - {id: tell, title: Tell, task: {assign: red}}\n"
CHECK = "  - {id: check, title: Check, gate: {ask: 'Safe?', approvers: [blue]}, on_reject: fail}\n"
NO_GLASS = Facts(operator=True, roles=("user:operator",))


def at_ship() -> Play:
    play = run(PLAN + BOARD + SHIP)
    accepted(play.complete("plan", "ann", {"ref": "A-1"}))
    accepted(vote(play, "bo", step="board"))
    assert addresses(play) == ["ship"]
    return play


def move(
    play: Play,
    after: Definition,
    mapping: Mapping[str, str] | None = None,
    accepts: tuple[str, ...] = (),
    facts: Facts = OPERATOR,
) -> Advance | Refusal:
    """Move the run as the server does, and let the play go on in the other version; the log folds to the same state."""
    before, state = play.definition, play.current
    event = Migrate(
        at=play.now, actor="operator", facts=facts, to=after.digest, before=before.digest, mapping=mapping or {},
        accepts=accepts, reason="better",
    )  # fmt: skip
    answer = advance(before, state, event, after)
    if isinstance(answer, Refusal):
        return answer
    again = advance(before, load(dump(state)), event, after)
    assert isinstance(again, Advance)
    assert dump(again.state) == dump(answer.state)
    play.definition, play.state = after, answer.state
    play.directory = Directory(after, play.directory.groups)
    play._remember(answer)
    for command in answer.commands:
        if isinstance(command, NeedRoster):
            people = {name: play.directory.people_of(name) for name in command.names}
            accepted(play.apply(Roster(at=play.now, visit=command.visit, people=people, rung=command.rung)))
    return answer


def asked(play: Play, steps: str, **mapping: str) -> tuple[str, list[str]]:
    found = assess(play.current, play.definition, definition(steps), mapping)
    return found.kind.value, [finding.sentence for finding in found.findings]


# ---- what stands against it


def test_what_has_the_same_behind_it_is_safe() -> None:
    assert asked(at_ship(), PLAN + BOARD + SHIP + TELL) == ("safe", [])
    assert asked(at_ship(), PLAN + BOARD + SHIP.replace("Ship", "Ship it")) == ("safe", [])


def test_an_open_step_that_is_gone_needs_a_mapping() -> None:
    renamed = SHIP.replace("id: ship", "id: deliver")
    kind, says = asked(at_ship(), PLAN + BOARD + renamed)
    assert (kind, says) == (
        "needs-mapping",
        ["The run stands at “Ship”, and the other version has no step ship."],
    )
    assert asked(at_ship(), PLAN + BOARD + renamed, ship="deliver") == ("safe", [])
    assert asked(at_ship(), PLAN + BOARD + renamed, ship="board")[1] == [
        "ship cannot go on as board: it is a task here and a gate there."
    ]


def test_an_open_step_with_another_form_or_question_needs_a_mapping() -> None:
    play = run(PLAN + BOARD + SHIP)
    more = PLAN.replace("{type: text}", "{type: text}, more: {type: text}")
    assert asked(play, more + BOARD + SHIP)[0] == "needs-mapping"
    assert asked(play, more + BOARD + SHIP, plan="plan")[0] == "safe"
    accepted(play.complete("plan", "ann", {"ref": "A-1"}))
    kind, says = asked(play, PLAN + BOARD.replace("Go?", "Really?") + SHIP)
    assert (kind, says) == ("needs-mapping", ["The run stands at “Board”, and it asks or shows something else there."])


def test_a_value_that_is_read_later_and_not_there_needs_a_mapping() -> None:
    renamed = PLAN.replace("id: plan", "id: draft") + (BOARD + SHIP).replace("steps.plan", "steps.draft")
    found = assess(at_ship().current, definition(PLAN + BOARD + SHIP), definition(renamed), {})
    assert found.kind is Kind.NEEDS_MAPPING
    (one,) = found.of(Kind.NEEDS_MAPPING)
    assert (one.sentence, one.example) == ("“Ship” needs “Plan”, ref, which this run does not have.", ("ship",))
    assert asked(at_ship(), renamed, plan="draft") == ("safe", [])


def test_a_value_of_another_type_counts_as_none() -> None:
    number = PLAN.replace("type: text", "type: integer")
    assert asked(at_ship(), number + BOARD + SHIP)[0] == "needs-mapping"
    assert asked(at_ship(), number + BOARD + SHIP.replace(", instructions: '${steps.plan.ref}'", ""))[0] == "safe"


def test_whom_a_later_gate_excludes_must_be_known() -> None:
    """Four eyes are not lost by giving a step another name."""
    other = PLAN.replace("id: plan", "id: draft") + BOARD.replace("steps.plan", "steps.draft")
    last = CHECK.replace("approvers: [blue]", "approvers: [blue], exclude: [draft]")
    bare = SHIP.replace(", instructions: '${steps.plan.ref}'", "")
    kind, says = asked(at_ship(), other + bare + last)
    assert (kind, says[0]) == ("needs-mapping", "“Check” needs “Plan”, which this run does not have.")
    assert asked(at_ship(), other + bare + last, plan="draft") == ("safe", [])


def test_a_step_that_is_done_and_comes_again_is_told_with_the_way() -> None:
    bare = SHIP.replace(", instructions: '${steps.plan.ref}'", "")
    later = definition(BOARD.replace(", show: [steps.plan.ref]", "") + bare + PLAN)
    found = assess(at_ship().current, definition(PLAN + BOARD + SHIP), later, {})
    assert [(one.kind, one.step, one.example) for one in found.findings if one.kind is Kind.REPEATS] == [
        (Kind.REPEATS, "plan", ("ship", "plan"))
    ]


def test_a_loop_that_was_there_before_is_no_repetition() -> None:
    again = "  - {id: ok, task: {assign: red, outcomes: [good, bad]}, on_outcome: {bad: plan}}\n"
    play = run(PLAN + again)
    accepted(play.complete("plan", "ann", {"ref": "A-1"}))
    assert asked(play, PLAN + again + TELL) == ("safe", [])


def test_a_gate_that_was_never_passed_is_shown_by_a_way() -> None:
    play = at_ship()
    found = assess(play.current, play.definition, definition(PLAN + BOARD + CHECK + SHIP), {})
    (one,) = found.findings
    assert (one.kind, one.step, one.example) == (Kind.SKIPS_GATE, "check", ("plan", "board", "check", "ship"))
    assert one.sentence == "“Check” is passed there before “Ship”, and this run never passed it."


def test_a_gate_that_asks_more_people_was_not_passed() -> None:
    play = at_ship()
    two = BOARD.replace("approvers: [green]", "approvers: [green], quorum: 2")
    kind, says = asked(play, PLAN + two + SHIP)
    assert (kind, says) == (
        "skips-gate",
        ["“Board” is passed there before “Ship”: this run passed it when it asked other people, or fewer."],
    )


@pytest.mark.parametrize(("when", "kind"), [("inputs.n > 5", "safe"), ("inputs.n == 1", "skips-gate")])
def test_whether_a_guarded_gate_was_needed_is_asked_of_the_data(when: str, kind: str) -> None:
    guarded = CHECK.replace("title: Check", f"title: Check, when: '{when}'")
    assert asked(at_ship(), PLAN + BOARD + guarded + SHIP)[0] == kind


def test_a_branch_that_has_ended_passed_no_gate_that_is_new_in_it() -> None:
    both = "  - id: both\n    parallel:\n      branches:\n        one:\n          - {id: a, task: {assign: red}}\n"
    two = "        two:\n          - {id: b, task: {assign: green}}\n"
    new = two + "          - {id: late, title: Late, gate: {ask: 'Go?', approvers: [blue]}, on_reject: fail}\n"
    play = run(both + two)
    assert asked(play, both + new)[0] == "safe"
    done(play, "b")
    assert asked(play, both + new)[0] == "skips-gate"


# ---- the event


def test_what_is_open_stays_with_who_has_it_and_when_it_opened() -> None:
    due = "  - {id: ship, title: Ship, task: {assign: blue}, due: 8h, escalate: [{after: 2h, remind: assigned}]}\n"
    play = run(PLAN + BOARD + due)
    accepted(play.complete("plan", "ann", {"ref": "A-1"}))
    accepted(vote(play, "bo", step="board"))
    visit = play.current.visits[play.visit("ship")]
    accepted(play.apply(Claim(at=play.now, actor="cy", facts=play.facts("cy", visit.number), visit=visit.number)))
    play.advance(3 * HOUR)
    new = (
        due.replace("due: 8h", "due: 5h").replace("]}", ", {after: 4h, remind: starter}]}").replace("Ship", "Ship now")
    )
    answer = accepted(move(play, definition(PLAN + BOARD + new)))
    there = play.current.visits[visit.number]
    assert (there.status, there.claimed_by, there.title) == (VisitStatus.ACTIVE, "cy", "Ship now")
    assert (there.opened_at, there.due_at) == (visit.opened_at, visit.opened_at + 5 * HOUR)
    waits = {timer.kind: timer.due_at - visit.opened_at for timer in play.current.timers.values()}
    assert waits == {"due": 5 * HOUR, "rung": 4 * HOUR}, "the first rung has been climbed and is not again"
    assert [one.kind for one in answer.moves] == ["migrated", "carried"]
    done(play, "ship")
    assert play.current.status.value == "completed"


def test_votes_stay_only_where_what_they_were_cast_on_is_the_same() -> None:
    two = BOARD.replace("approvers: [green]", "approvers: [green, blue], quorum: 2")

    def voted() -> Play:
        play = run(PLAN + two + SHIP)
        accepted(play.complete("plan", "ann", {"ref": "A-1"}))
        accepted(vote(play, "bo", step="board"))
        return play

    play = voted()
    accepted(move(play, definition(PLAN + two + SHIP + TELL)))
    (there,) = play.current.visits.values()
    assert there.asking is not None
    assert [one.person for one in there.asking.votes] == ["bo"]
    assert code(vote(play, "cy", step="board", digest="stale")) == "old-digest"
    accepted(vote(play, "cy", step="board", digest=there.asking.digest))
    assert addresses(play) == ["ship"]
    for changed in (two.replace("Go?", "Really?"), two.replace("quorum: 2", "quorum: all")):
        play = voted()
        answer = accepted(move(play, definition(PLAN + changed + SHIP), {"board": "board"}))
        assert [one.data["people"] for one in answer.moves if one.kind == "voided"] == [["bo"]]
        (there,) = play.current.visits.values()
        assert there.asking is not None
        assert (there.asking.votes, len(there.asking.seats or ())) == ((), 2)
        for person in ("bo", "cy"):
            accepted(vote(play, person, step="board", digest=there.asking.digest))
        assert addresses(play) == ["ship"]


def test_what_stands_against_it_is_refused_until_it_is_accepted() -> None:
    after = definition(PLAN + BOARD + CHECK + SHIP)
    again = definition(PLAN + BOARD + SHIP + TELL.replace("tell", "again"))
    assert code(move(at_ship(), after)) == "would-skip-gate"
    assert code(move(at_ship(), definition(PLAN + SHIP + BOARD))) == "would-repeat"
    accepted(move(at_ship(), definition(PLAN + SHIP + BOARD), accepts=("repeats",)))
    accepted(move(at_ship(), again))
    assert code(move(at_ship(), after, accepts=("skips-gate",), facts=NO_GLASS)) == "not-in-role"
    assert code(move(at_ship(), after, facts=Facts())) == "not-in-role"
    play = at_ship()
    answer = accepted(move(play, after, accepts=("skips-gate",)))
    assert [(one.step, one.data["status"]) for one in answer.moves if one.kind == "decided"] == [
        ("check", "overridden")
    ]
    assert assess(play.current, after, definition(PLAN + BOARD + CHECK + SHIP + TELL), {}).kind is Kind.SAFE
    assert code(move(at_ship(), definition(PLAN + BOARD + SHIP.replace("id: ship", "id: other")))) == "needs-mapping"
    done(play, "ship")
    assert play.current.status.value == "completed"


def test_a_run_that_is_over_or_on_the_version_already_is_not_moved() -> None:
    play = at_ship()
    assert code(move(play, play.definition)) == "field:to"
    assert code(
        advance(play.definition, play.current, Migrate(at=play.now, actor="operator", facts=OPERATOR, to="x"))
    ) == ("field:to")
    done(play, "ship")
    assert code(move(play, definition(PLAN + BOARD + SHIP + TELL))) == "already-ended"


def test_a_pause_is_moved_with_its_clocks_standing() -> None:
    wait = "  - {id: rest, title: Rest, wait: 4h}\n"
    play = run(PLAN + wait)
    accepted(play.complete("plan", "ann", {"ref": "A-1"}))
    play.advance(HOUR)
    pause(play)
    accepted(move(play, definition(PLAN + wait.replace("4h", "6h"))))
    play.advance(10 * HOUR)
    resume(play)
    assert [timer.due_at - play.now for timer in play.current.timers.values()] == [5 * HOUR]


# ---- chance


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Draw two playbooks of tasks, gates and values in a row, the second the first with some edits."""
    kinds = st.sampled_from(["task", "gate", "set"])
    names = [f"{draw(kinds)}-{nth}" for nth in range(draw(st.integers(2, 6)))]
    after = list(names)
    for _ in range(draw(st.integers(0, 3))):
        edit = draw(st.sampled_from(["drop", "add", "swap", "rename"]))
        place = draw(st.integers(0, len(after) - 1)) if after else 0
        if edit == "add":
            after.insert(place, f"{draw(kinds)}-new{len(after)}{draw(st.integers(0, 9))}")
        elif edit == "drop" and len(after) > 1:
            del after[place]
        elif edit == "swap" and place:
            after[place - 1], after[place] = after[place], after[place - 1]
        elif edit == "rename" and len(after) > place:
            after[place] = f"{after[place].partition('-')[0]}-other{place}"
    return names, list(dict.fromkeys(after))


def written(names: list[str]) -> str:
    """Write the steps; every third reads what the task before it has left."""
    steps, tasks = [], []
    for nth, name in enumerate(names):
        kind, reads = name.partition("-")[0], tasks[-1] if tasks and nth % 3 else ""
        value = f"steps.{reads.replace('-', '_')}.ref" if reads else "'x'"
        if kind == "task":
            steps.append(f"  - {{id: {name}, task: {{assign: red, form: {{ref: {{type: text}}}}}}}}\n")
            tasks.append(name)
        elif kind == "gate":
            shows = f", show: [steps.{reads}.ref]" if reads else ""
            steps.append(f"  - {{id: {name}, gate: {{ask: Go?, approvers: [green]{shows}}}, on_reject: fail}}\n")
        else:
            steps.append(f'  - {{id: {name}, set: {{v: "{value}"}}}}\n')
    return "".join(steps)


def on(play: Play, until: str = "") -> list[str]:
    """Do what is open until the run stands at this step or has ended; return what was done."""
    path: list[str] = []
    while play.current.visits and addresses(play) != [until]:
        (step,) = addresses(play)
        if step.startswith("task"):
            accepted(play.complete(step, "ann", {"ref": f"by {step}"}))
        else:
            digest = play.current.visits[play.visit(step)].asking.digest
            accepted(vote(play, "bo", step=step, digest=digest))
        path.append(step)
    return path


@settings(max_examples=60, deadline=None)
@given(lines(), st.integers(0, 5))
def test_a_safe_run_ends_like_one_that_began_on_the_version(drawn: tuple[list[str], list[str]], count: int) -> None:
    before, after = definition(written(drawn[0])), definition(written(drawn[1]))
    play = run(before)
    for _ in range(count):
        if play.current.visits:
            (here,) = addresses(play)
            on_one = [step for step in drawn[0] if step == here]
            assert on_one
            _do(play, here)
    if not play.current.visits or before.digest == after.digest:
        return
    (stands,) = addresses(play)
    kind = assess(play.current, before, after, {}).kind
    answer = move(play, after)
    assert isinstance(answer, Advance) == (kind is Kind.SAFE)
    if isinstance(answer, Refusal):
        return
    left = set(play.current.values.get("", {}))
    fresh = run(after)
    passed = on(fresh, stands)
    assert addresses(fresh) == [stands]
    assert {step for step in passed if step.startswith("gate")} <= {
        step for step, line in play.current.ended.items() if line.result == "approved"
    }, "every gate on the way is behind it"
    assert on(play) == on(fresh), "and what lies ahead is the same"
    assert play.current.status is fresh.current.status
    new = {step: held["v"] for step, held in play.current.values[""].items() if step not in left and "v" in held}
    assert new == {step: fresh.current.values[""][step]["v"] for step in new}, "it reads what it would have read"
    assert not [visit for visit in play.current.visits.values() if visit.incident]


def _do(play: Play, step: str) -> None:
    if step.startswith("task"):
        accepted(play.complete(step, "ann", {"ref": f"by {step}"}))
    else:
        accepted(vote(play, "bo", step=step))
