"""Lists whose steps say what they need: semantics section 3, “needs lists”."""

from __future__ import annotations

from tests.engine.machine.playing import accepted, answer, code, data, skip, vote
from tests.engine.machine.writing import addresses, done, moved, run, status

SHAPE = """\
  - id: build
    parallel:
      steps:
        - {id: a, task: {assign: red}}
        - {id: b, task: {assign: green}}
        - {id: c, task: {assign: blue}, needs: [a, b]}
        - {id: d, set: {n: "1"}, needs: [b]}
        - {id: e, task: {assign: red}, needs: [c, d]}
  - {id: after, task: {assign: starter}}
"""
CHOICE = """\
  - id: build
    parallel:
      steps:
        - {id: pick, task: {assign: red, outcomes: [x, y, z]}, on_outcome: {x: left, y: [left, right]}}
        - {id: left, task: {assign: red}, needs: [pick]}
        - {id: right, task: {assign: green}, needs: [pick]}
        - {id: free, task: {assign: blue}, needs: [pick]}
        - {id: only, task: {assign: red}, needs: [right]}
        - {id: end-of-it, task: {assign: starter}, needs: [left, right, free]}
  - {id: after, task: {assign: starter}}
"""


def test_a_step_opens_when_all_it_needs_has_ended() -> None:
    play = run(SHAPE)
    assert addresses(play) == ["a", "b"]
    done(play, "b")
    assert addresses(play) == ["a"]
    assert data(play, "d")["n"] == 1
    done(play, "a")
    assert addresses(play) == ["c"]
    done(play, "c")
    assert addresses(play) == ["e"]
    done(play, "e")
    assert addresses(play) == ["after"]


def test_a_skipped_step_kills_its_edges_and_what_needs_it_opens_by_another() -> None:
    play = run(SHAPE)
    accepted(skip(play, "a"))
    done(play, "b")
    assert addresses(play) == ["c"], "one edge lives"
    accepted(skip(play, "c"))
    assert addresses(play) == ["e"]


def test_what_none_of_its_edges_lives_for_is_skipped_down_to_the_end() -> None:
    play = run(SHAPE)
    accepted(skip(play, "a"))
    accepted(skip(play, "b"))
    assert moved(play.answers[-1], "skipped") == ["b", "c", "d", "e"]
    assert addresses(play) == ["after"]


def test_a_routing_key_takes_those_it_names_and_no_other() -> None:
    play = run(CHOICE)
    accepted(play.complete("pick", "ann", {}, outcome="x"))
    assert moved(play.answers[-1], "skipped") == ["right", "only", "free"]
    assert addresses(play) == ["left"]
    done(play, "left")
    assert addresses(play) == ["end-of-it"]
    done(play, "end-of-it")
    assert addresses(play) == ["after"]


def test_one_key_may_take_several() -> None:
    play = run(CHOICE)
    accepted(play.complete("pick", "ann", {}, outcome="y"))
    assert addresses(play) == ["left", "right"]


def test_without_a_routing_key_those_go_on_that_none_names() -> None:
    play = run(CHOICE)
    accepted(play.complete("pick", "ann", {}, outcome="z"))
    assert addresses(play) == ["free"]


def test_a_guard_that_is_false_skips_and_kills() -> None:
    play = run(
        """\
  - id: build
    parallel:
      steps:
        - {id: a, set: {n: "1"}}
        - {id: b, task: {assign: red}, when: inputs.n > 5, needs: [a]}
        - {id: c, task: {assign: red}, needs: [b]}
  - {id: after, task: {assign: starter}}
"""
    )
    assert addresses(play) == ["after"]


def test_a_failure_goes_by_its_way_and_a_rejection_ends_the_run() -> None:
    steps = """\
  - id: build
    parallel:
      steps:
        - {id: a, action: debug.echo, on_error: mend}
        - {id: mend, task: {assign: red}, needs: [a]}
        - {id: on, task: {assign: green}, needs: [a]}
        - {id: ok, gate: {ask: Go?, approvers: [blue]}, needs: [mend, on]}
"""
    play = run(steps)
    accepted(answer(play, "a", "error"))
    assert addresses(play) == ["mend"]
    done(play, "mend")
    accepted(vote(play, "cy", "reject", step="ok"))
    assert status(play) == "failed"
    play = run(steps)
    accepted(answer(play, "a"))
    assert addresses(play) == ["on"]


def test_a_way_out_of_the_list_leaves_the_region() -> None:
    """Rule 7."""
    play = run(
        """\
  - {id: plan, task: {assign: starter}}
  - id: build
    parallel:
      steps:
        - {id: a, task: {assign: red, outcomes: [good, bad]}, on_outcome: {bad: plan}}
        - {id: b, task: {assign: green}}
"""
    )
    done(play, "plan")
    accepted(play.complete("a", "ann", {}, outcome="bad"))
    assert addresses(play) == ["plan"]
    done(play, "plan")
    assert addresses(play) == ["a", "b"]


def test_a_region_within_a_list_with_needs_ends_like_any_step() -> None:
    play = run(
        """\
  - id: build
    parallel:
      steps:
        - id: roll
          each: inputs.items
          steps: [{id: do, task: {assign: red}}]
        - {id: b, task: {assign: green}}
        - {id: last, task: {assign: blue}, needs: [roll, b]}
"""
    )
    done(play, "do[0]", "b", "do[1]")
    assert addresses(play) == ["last"]
    assert code(play.complete("do[1]", "ann", {})) == "not-open"
    done(play, "last")
    assert status(play) == "completed"
