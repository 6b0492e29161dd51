"""How a scenario names visits, and the runs that it holds together: places, and what is covered by whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from engine.compiler import compile_text, compile_together, playbooks_of
from engine.definition import Concurrency, Definition, FieldSpec, Webhook
from engine.language.scenario import read_scenarios
from engine.rehearsal import Known, covered, play, prepare
from engine.rehearsal.addresses import Address, Spot, parse, wrong
from engine.rehearsal.prepared import Prepared, called_by

ONE = """
playbook: one
title: One
kind: sop
owner: me
steps:
  - {id: work, task: {assign: starter}}
"""
ABOVE = """
playbook: above
title: Above
kind: sop
owner: me
inputs:
  rooms: {type: list, of: text, default: [a, b]}
steps:
  - id: rooms
    each: inputs.rooms
    steps:
      - {id: sub, call: one, undo: {task: {assign: starter}}}
      - {id: look, task: {assign: starter}}
"""


def definition(text: str) -> Definition:
    found = compile_text(text).definition
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("plan", Address(Spot("plan"))),
        ("plan-2_b", Address(Spot("plan-2_b"))),
        ("check[0]", Address(Spot("check", (0,)))),
        ("check[0][12]", Address(Spot("check", (0, 12)))),
        ("ship.undo", Address(Spot("ship", undo=True))),
        ("ship[3].undo", Address(Spot("ship", (3,), undo=True))),
        ("sub/plan", Address(Spot("plan"), (Spot("sub"),))),
        ("sub[1]/deeper/plan[0]", Address(Spot("plan", (0,)), (Spot("sub", (1,)), Spot("deeper")))),
        ("2/plan", Address(Spot("plan"), run=2)),
        ("2/sub/plan", Address(Spot("plan"), (Spot("sub"),), 2)),
        *((text, None) for text in ("", "/", "plan/", "/plan", "[0]", "check[x]", "check[-1]", "Plan", "a b", "1")),
        *((text, None) for text in ("sub.undo/plan", "plan.redo", "2/", "check[99999]", "plan.undo[0]")),
    ],
)
def test_an_address_is_read_or_is_none(text: str, address: Address | None) -> None:
    assert parse(text) == address
    if address is not None:
        assert "/".join([*(["2"] if address.run == 2 else []), *map(str, address.calls), str(address.spot)]) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rooms", None),
        ("look[0]", None),
        ("sub[1].undo", None),
        ("sub[0]/work", None),
        ("look", "write `look[0]`"),
        ("rooms[0]", "write `rooms`"),
        ("look[0].undo", "no `undo`"),
        ("look[0]/work", "calls no playbook"),
        ("sub[0]/wrok", "`one` has no step `wrok`"),
        ("sub/work", "write `sub[0]`"),
        ("lok[0]", "`above` has no step"),
    ],
)
def test_an_address_leads_to_a_step_that_there_is(text: str, message: str | None) -> None:
    known = playbooks_of(compile_together([("above.yaml", ABOVE), ("one.yaml", ONE)]))
    address = parse(text)
    assert address is not None

    found = wrong(address, known["above"], called_by(known["above"], known))

    assert (found is None) if message is None else (found is not None and message in found[0])


def test_what_a_call_means_must_be_known() -> None:
    text = "scenario: s\nplaybook: above\nstart: {by: ann}\nscript: []\n"
    (alone,) = prepare(text, "s.yaml", Known(lambda name: {"above": ABOVE}[name]))
    (besides,) = prepare(text, "s.yaml", Known(lambda name: {"above": ABOVE}[name], playbooks={"one": definition(ONE)}))

    assert [problem.code for problem in alone.problems] == ["unknown-playbook"]
    assert besides.problems == ()
    assert list(besides.library) == [("one", "")]


def triggered(script: str, when_full: Literal["queue", "refuse"]) -> Prepared:
    """A scenario of `one`, of which one run may be under way at a time; a webhook begins more of them."""
    head = "scenario: s\nplaybook: one.yaml\nstart: {by: ann}\nscript:\n"
    scenarios, problems = read_scenarios(head + script, "s.yaml")
    assert problems == ()
    limit = Concurrency(limit=1, when_full=when_full)
    return Prepared("s.yaml", scenarios[0], replace(definition(ONE), concurrency=limit, webhooks=(Webhook("go"),)))


def test_a_run_without_a_place_waits_for_one_first_come_first_served() -> None:
    script = """
  - trigger: {webhook: go}
  - trigger: {webhook: go, by: bo}
  - expect: {open: [work], queued: true}
  - refused: {pause: {in: 2}, because: waits for its place}
  - complete: {step: work, by: ann}
  - expect: {run: completed, open: [2/work], queued: true}
  - complete: {step: 2/work, by: publisher}
  - expect: {open: [3/work], queued: false, path: [work, 2/work]}
  - refused: {complete: {step: 3/work, by: ann}, because: not-in-role}
  - complete: {step: 3/work, by: bo}
  - refused: {claim: {step: 4/work, by: bo}, because: has not begun}
"""
    assert play(triggered(script, "queue")).failures == ()


def test_where_nobody_may_wait_a_start_is_refused() -> None:
    script = """
  - refused: {trigger: {webhook: go}, because: at once}
  - complete: {step: work, by: ann}
  - trigger: {webhook: go}
  - expect: {open: [2/work], queued: false}
"""
    assert play(triggered(script, "refuse")).failures == ()


def test_a_trigger_begins_the_first_run_where_nobody_starts_one() -> None:
    text = "scenario: s\nplaybook: one.yaml\nscript: [{trigger: {webhook: go}}, {expect: {open: [work]}}]\n"
    scenarios, problems = read_scenarios(text, "s.yaml")
    made = replace(definition(ONE), webhooks=(Webhook("go"),))

    assert problems == ()
    assert play(Prepared("s.yaml", scenarios[0], made)).passed


def test_what_is_expected_of_a_run_that_has_not_begun_is_told() -> None:
    """A trigger with an input that does not fit is refused, and then there is no run."""
    text = "scenario: s\nplaybook: one.yaml\nscript:\n  - refused: {trigger: {webhook: go}, because: size}\n"
    scenarios, problems = read_scenarios(text + "  - expect: {run: running}\n", "s.yaml")
    size = FieldSpec("size", "integer")
    made = replace(definition(ONE), inputs=(size,), webhooks=(Webhook("go", {"size": "many"}),))

    (failure,) = play(Prepared("s.yaml", scenarios[0], made)).failures

    assert problems == ()
    assert (failure.place.line, failure.message) == (5, "No run has begun.")


def test_what_a_called_run_took_counts_for_its_playbook_where_a_scenario_is_about_that() -> None:
    texts = {"above.yaml": ABOVE, "one.yaml": ONE}
    about_above = (
        "scenario: s\nplaybook: above.yaml\nlibrary: [one.yaml]\nstart: {by: ann}\n"
        "script: [{complete: {step: 'sub[0]/work', by: ann}}]\n"
    )
    about_one = "scenario: s\nplaybook: one.yaml\nstart: {by: ann}\nscript: []\n"
    above, one = ([*map(play, prepare(text, "", Known(texts.__getitem__)))] for text in (about_above, about_one))

    assert [(each.definition.playbook, len(each.missed)) for each in covered(above)] == [("above", 2)]
    assert [(each.definition.playbook, len(each.missed)) for each in covered(one)] == [("one", 1)]
    assert [(each.definition.playbook, len(each.missed)) for each in covered([*one, *above])] == [
        ("one", 0),
        ("above", 2),
    ]


def test_what_follows_a_region_that_is_always_left_does_not_count() -> None:
    text = """
playbook: left
title: Left
kind: sop
owner: me
steps:
  - id: both
    parallel:
      branches:
        one: [{id: one, task: {assign: starter}, next: after}]
        two: [{id: two, task: {assign: starter}}]
  - {id: after, task: {assign: starter}}
"""
    about = "scenario: s\nplaybook: left.yaml\nstart: {by: ann}\nscript:\n  - complete: {step: two, by: ann}\n"
    script = "  - complete: {step: one, by: ann}\n  - complete: {step: after, by: ann}\n"
    of_it, ends = (
        [*map(play, prepare(one, "", Known({"left.yaml": text}.__getitem__)))] for one in (about, about + script)
    )

    assert [[(way.source, way.trigger) for way in each.missed] for each in covered(of_it)] == [
        [("one", "done"), ("after", "done")]
    ]
    assert [each.percent for each in covered(ends)] == [100.0]


def test_one_scenario_of_several_may_be_about_a_file_of_their_library() -> None:
    text = "playbook: above\nlibrary: [one]\nstart: {by: ann}\nscenarios:\n"
    text += "  - {scenario: s, script: []}\n  - {scenario: t, playbook: one, script: []}\n"

    found = prepare(text, "s.yaml", Known({"above": ABOVE, "one": ONE}.__getitem__))

    assert [(each.problems, each.definition and each.definition.playbook) for each in found] == [
        ((), "above"),
        ((), "one"),
    ]


def test_calls_lie_in_each_other_eight_deep_and_the_ninth_is_an_incident() -> None:
    """Each of these playbooks calls the next; the last has a task."""
    steps = {number: f"  - {{id: go, call: deep-{number + 1}}}\n" for number in range(10)}
    steps[10] = "  - {id: work, task: {assign: starter}}\n"
    texts = {
        f"deep-{number}.yaml": f"playbook: deep-{number}\ntitle: Deep\nkind: sop\nowner: me\nsteps:\n{step}"
        for number, step in steps.items()
    }
    library = ", ".join(name for name in texts if name != "deep-0.yaml")
    ninth = "/".join(["go"] * 9)
    text = (
        f"scenario: s\nplaybook: deep-0.yaml\nlibrary: [{library}]\nstart: {{by: ann}}\nscript:\n"
        f"  - expect: {{run: running, open: [{ninth}], incidents: [{{step: {ninth}, code: child-failed}}]}}\n"
    )

    (rehearsed,) = map(play, prepare(text, "", Known(texts.__getitem__)))

    assert (rehearsed.problems, rehearsed.failures) == ((), ())
    assert len(rehearsed.taken) == 9
