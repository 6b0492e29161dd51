"""What stands open when a run is moved: called runs, items, branches, gates with votes, clocks, attempts, signals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.definition import Definition
from engine.machine.commands import Advance, Perform, Refusal, StartChild
from engine.machine.events import Migrate, Result
from engine.migration import assess
from engine.rehearsal.play import Play
from tests.engine.machine.playing import HOUR, OPERATOR, accepted, code, delegate, retry, vote
from tests.engine.machine.writing import addresses, child, definition, done, moved, rollback, run, sent, signal, status

LAST = "  - {id: last, task: {assign: red}}\n"


def move(play: Play, steps: str | Definition, **mapping: str) -> Advance | Refusal:
    after = definition(steps) if isinstance(steps, str) else steps
    play.versions = {after.digest: after}
    calls = dict.fromkeys((id for id, step in after.steps.items() if step.kind == "call"), "newer")
    return play.apply(
        Migrate(at=play.now, actor="operator", facts=OPERATOR, to=after.digest, mapping=mapping, calls=calls)
    )


def stands_against(play: Play, steps: str, **mapping: str) -> list[str]:
    found = assess(play.current, play.definition, definition(steps), mapping).findings
    return [one.sentence for one in found]


# ---- called runs

CALL = "  - {id: sub, title: Sub, call: child, with: {n: '${inputs.n}'}}\n"


def test_a_called_run_is_awaited_as_before_and_a_retry_calls_the_newer_one() -> None:
    play = run(CALL)
    called = play.current.visits[1].called
    accepted(move(play, CALL + LAST))
    assert play.current.visits[1].called == called
    accepted(child(play, "sub", "failed", message="no"))
    again = retry(play, "sub")
    assert [command.digest for command in sent(again, StartChild)] == ["newer"]
    accepted(child(play, "sub", nth=2, outputs={"n": 3}))
    done(play, "last")
    assert status(play) == "completed"


def test_a_call_of_another_playbook_needs_a_mapping() -> None:
    says = "The run stands at “Sub”, and the other version has no step sub."
    assert stands_against(run(CALL), LAST) == [says]
    renamed = CALL.replace("id: sub", "id: part")
    play = run(CALL)
    assert stands_against(play, renamed) == [says]
    accepted(move(play, renamed, sub="part"))
    accepted(child(play, "part", outputs={"n": 3}))
    assert (status(play), play.current.values[""]["part"]["n"]) == ("completed", 3)


# ---- items and branches

EACH = """\
  - id: loop
    each: inputs.items
    as: it
    steps:
      - {id: look, title: Look, task: {assign: red}}
"""


def test_items_go_on_each_where_it_is_and_under_another_name() -> None:
    play = run(EACH)
    done(play, "look[0]")
    more = EACH.replace("loop", "round") + "      - {id: note, task: {assign: green}}\n"
    assert stands_against(play, more) != []
    accepted(move(play, more, loop="round"))
    assert addresses(play) == ["look[1]"]
    assert play.current.visits[play.visit("look[1]")].scope == "round[1]"
    done(play, "look[1]", "note[1]")
    assert status(play) == "completed", "the item that had ended is not begun again"


def test_a_gate_that_is_new_in_an_item_counts_for_those_that_have_ended() -> None:
    play = run(EACH)
    gate = "      - {id: ok, title: Ok, gate: {ask: 'Go?', approvers: [green]}, on_reject: fail}\n"
    assert stands_against(play, EACH + gate) == []
    done(play, "look[0]")
    assert stands_against(play, EACH + gate)[0].startswith("“Ok” is passed there before")


@pytest.mark.parametrize("to", ["    join: any\n", "    mode: sequence\n"])
def test_items_that_are_counted_in_another_way_need_it_said(to: str) -> None:
    other = EACH.replace("    steps:\n", to + "    steps:\n")
    says = stands_against(run(EACH), other)
    assert (says == []) == (to == "    mode: sequence\n")
    if says:
        assert "counted in another way" in says[0]
        assert stands_against(run(EACH), other, loop="loop") == [
            "loop cannot go on as loop: its items are counted in another way there."
        ]


BOTH = """\
  - id: both
    title: Both
    parallel:
      branches:
        one: [{id: a, title: A, task: {assign: red}}]
        two: [{id: b, title: B, task: {assign: green}}]
"""


def test_branches_keep_their_places_and_a_step_is_not_moved_between_them() -> None:
    play = run(BOTH)
    accepted(move(play, BOTH.replace("id: b,", "id: c,") + LAST, b="c"))
    assert addresses(play) == ["a", "c"]
    done(play, "c", "a", "last")
    assert status(play) == "completed"
    crossed = BOTH.replace("id: a,", "id: x,").replace("id: b,", "id: a,").replace("id: x,", "id: b,")
    assert stands_against(run(BOTH), crossed)[0] == "The run stands at “A”, and it stands in another place there."
    third = BOTH + "        three: [{id: d, task: {assign: blue}}]\n"
    assert stands_against(run(BOTH), third) == [
        "The run stands at “Both”, and it has other branches, or another join, there."
    ]


GRAPH = """\
  - id: net
    parallel:
      steps:
        - {id: a, task: {assign: red}}
        - {id: b, task: {assign: green}}
        - {id: c, task: {assign: blue}, needs: [a, b]}
"""


def test_what_is_needed_is_counted_on_under_other_names() -> None:
    play = run(GRAPH)
    done(play, "a")
    accepted(move(play, GRAPH.replace("id: a", "id: first").replace("[a, b]", "[first, b]"), a="first"))
    assert addresses(play) == ["b"]
    done(play, "b", "c")
    assert status(play) == "completed"


# ---- gates

GATE = "  - {id: gate, title: Gate, gate: {ask: 'Go?', approvers: [green, blue], quorum: 2}, on_reject: fail}\n"


def test_an_unchanged_gate_keeps_votes_and_delegations_and_a_changed_one_is_opened_anew() -> None:
    play = run(GATE)
    accepted(vote(play, "bo", step="gate"))
    answer = accepted(move(play, GATE + LAST))
    assert moved(answer, "voided") == moved(answer, "asked") == []
    (there,) = play.current.visits.values()
    assert there.asking is not None
    assert [one.person for one in there.asking.votes] == ["bo"]
    changed = GATE.replace("Go?", "Really go?") + LAST
    assert stands_against(play, changed) == ["The run stands at “Gate”, and it asks or shows something else there."]
    assert code(move(play, changed)) == "needs-mapping"
    answer = accepted(move(play, changed, gate="gate"))
    assert (moved(answer, "voided"), moved(answer, "asked")) == (["gate"], ["gate"])
    (there,) = play.current.visits.values()
    assert there.asking is not None
    assert (there.asking.votes, there.asking.question) == ((), "Really go?")


def test_a_role_that_means_others_there_opens_the_gate_anew() -> None:
    play = run(GATE)
    accepted(delegate(play, "cy", "ann", step="gate"))
    accepted(vote(play, "bo", step="gate"))
    after = definition(GATE)
    answer = accepted(move(play, replace(after, roles={**after.roles, "green": after.roles["red"]})))
    assert (moved(answer, "voided"), moved(answer, "undelegated")) == (["gate"], ["gate"])
    (there,) = play.current.visits.values()
    assert there.asking is not None
    assert [seat.person for seat in there.asking.seats or ()] == ["ann", "cy"], "whom it asks is looked up anew"


# ---- clocks, attempts, signals

WAIT = "  - {id: rest, wait: {signal: ready, deadline: 4h, on_deadline: last}}\n"


def test_a_wait_counts_its_deadline_from_when_it_opened_and_hears_what_it_waits_for() -> None:
    play = run(WAIT + LAST)
    opened = play.now
    play.advance(HOUR)
    accepted(move(play, WAIT.replace("4h", "2h") + LAST))
    assert [timer.due_at - opened for timer in play.current.timers.values()] == [2 * HOUR]
    accepted(signal(play, "ready"))
    assert addresses(play) == ["last"]
    play = run(WAIT + LAST)
    play.advance(3 * HOUR)
    accepted(move(play, WAIT.replace("4h", "2h") + LAST))
    play.advance(timedelta())
    assert addresses(play) == ["last"], "a deadline that has passed there has passed"
    other = WAIT.replace("ready", "done") + LAST
    assert "waits for something else" in stands_against(run(WAIT + LAST), other)[0]


def test_a_signal_that_was_kept_is_taken_by_a_wait_of_the_other_version() -> None:
    play = run(LAST + WAIT.replace("last", "end") + "  - {id: end, end: completed}\n")
    accepted(signal(play, "ready"))
    accepted(move(play, LAST + WAIT.replace("last", "end").replace("rest", "nap") + "  - {id: end, end: completed}\n"))
    done(play, "last")
    assert status(play) == "completed"


ACTION = "  - {id: call, action: debug.echo, retry: {attempts: 3, first: 10m}, undo: {action: debug.echo}}\n"


def result(play: Play, outcome: str = "ok", attempt: int = 1) -> Advance | Refusal:
    there = play.visit("call")
    return play.apply(Result(at=play.now, visit=there, attempt=attempt, outcome=outcome))


def test_an_attempt_in_hand_is_not_made_again_and_one_that_waits_is_made() -> None:
    play = run(ACTION)
    answer = accepted(move(play, ACTION + LAST))
    assert sent(answer, Perform) == []
    accepted(result(play, "error"))
    assert [timer.kind for timer in play.current.timers.values()] == ["retry"]
    accepted(move(play, ACTION.replace("10m", "20m")))
    play.advance(timedelta(minutes=10))
    there = play.current.visits[play.visit("call")].attempt
    assert there is not None
    assert (there.number, there.in_hand) == (2, True), "the pause that had begun goes on"
    accepted(result(play, attempt=2))
    assert status(play) == "completed"


def test_what_is_rolling_back_stays_and_says_why_and_what_to_do() -> None:
    play = run(ACTION + LAST)
    accepted(result(play))
    accepted(rollback(play))
    answer = move(play, ACTION + LAST + LAST.replace("last", "more"))
    assert isinstance(answer, Refusal)
    assert answer.code == "not-open"
    assert "as the version says on which it was done" in answer.sentence
    assert "Let it end, and start it anew" in answer.sentence
