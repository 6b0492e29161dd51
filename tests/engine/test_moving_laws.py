"""Any playbook, any run of it so far, any edit: a safe move keeps the position, and the run can end.

Drawn by chance, as in `test_machine_laws`. What is compared is what stands open, what was voted and what comes after.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.compiler.compile import compile_text
from engine.definition import Definition
from engine.lifecycles import RUN_ENDED
from engine.machine import rights
from engine.machine.advance import advance
from engine.machine.commands import Advance, Refusal
from engine.machine.events import Facts, Migrate
from engine.machine.state import State, dump, load
from engine.migration import Kind, assess
from tests.engine import laws
from tests.engine.chance import Chance, Stored
from tests.engine.chance_bytes import near_limits, text_case
from tests.engine.texts_by_chance import CALENDARS, KNOWN, TABLES, Written

#: What holds of every state, whatever led to it.
OF_STATES = (
    laws.no_open_state_is_stuck,
    laws.a_list_has_one_token,
    laws.cancel_ends_every_open_state_and_leaves_nothing_behind,
)
OPERATOR = Facts(operator=True, breaks_glass=True)


def lists(steps: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Give each list of steps, those in regions too."""
    yield steps
    for step in steps:
        inner = [step.get("steps")]
        if isinstance(there := step.get("parallel"), dict):
            inner += [there.get("steps"), *(there.get("branches") or {}).values()]
        for one in inner:
            if isinstance(one, list):
                yield from lists(one)


def edited(written: Written, dice: random.Random) -> Definition | None:
    """Return another version: steps added, left out, swapped, asked of others; None where it is none."""
    document = yaml.safe_load(written.text)
    for nth in range(dice.randint(1, 3)):
        steps = dice.choice(list(lists(document["steps"])))
        place = dice.randrange(len(steps) + 1)
        match dice.choice(("add", "add", "gate", "drop", "swap", "title", "due")):
            case "add":
                steps.insert(place, {"id": f"new{nth}", "task": {"assign": "red"}})
            case "gate":
                steps.insert(place, {"id": f"new{nth}", "gate": {"ask": "Go?", "approvers": ["green"]}})
            case "drop" if len(steps) > 1:
                steps.pop(place - 1)
            case "swap" if place > 1:
                steps[place - 2], steps[place - 1] = steps[place - 1], steps[place - 2]
            case "title":
                steps[place - 1]["title"] = "Another"
            case "due" if "due" in steps[place - 1]:
                steps[place - 1]["due"] = "9h"
    text = yaml.safe_dump(document, sort_keys=False)
    compiled = compile_text(text, "later.yaml", CALENDARS, decisions=TABLES, playbooks=KNOWN)
    found = compiled.definition
    return None if found is None else replace(found, concurrency=written.definition.concurrency)


def moved(run: Chance, after: Definition) -> tuple[Migrate, Advance | Refusal]:
    assert run.state is not None
    event = Migrate(
        at=run.state.at,
        actor="ed",
        facts=OPERATOR,
        to=after.digest,
        before=run.definition.digest,
        calls=run.state.calls,
        reason="better",
    )
    return event, advance(run.definition, run.state, event, after)


def position(state: State) -> dict[int, tuple[Any, ...]]:
    """Return what stands open, with who has it and what was said there."""
    return {
        number: (
            visit.step,
            visit.scope,
            visit.within,
            visit.claimed_by,
            visit.opened_at,
            visit.region,
            visit.called,
            visit.attempt,
            visit.undoes,
            visit.asking and [(vote.person, vote.choice) for vote in visit.asking.votes],
        )
        for number, visit in state.visits.items()
    }


def check(seed: int, edits: int) -> str:
    """Hold the law on one case; return what it was a case of."""
    written, drawn = text_case(seed, 30)
    count = 2 + edits % 14
    run = Chance(written.definition).play(drawn[:count])
    before = run.state
    if before is None or before.status in RUN_ENDED:
        return "it has ended"
    after = edited(written, random.Random(edits))
    if after is None or after.digest == written.definition.digest:
        return "no other version"
    kind = assess(before, run.definition, after, {}).kind
    may = rights.to_migrate(run.definition, before, "ed", OPERATOR) is None
    event, answer = moved(run, after)
    assert isinstance(answer, Advance) == (may and kind is Kind.SAFE), (kind, answer)
    if isinstance(answer, Refusal):
        return kind.value if may else "rolling back"
    again = advance(run.definition, load(dump(before)), event, after)
    assert isinstance(again, Advance)
    assert dump(again.state) == dump(answer.state), "the log folds to it"
    there = answer.state
    went_on = {move.visit for move in answer.moves if move.kind in ("completed", "skipped", "cancelled", "opened")}
    kept = {number: held for number, held in position(before).items() if number not in went_on}
    assert {number: position(there).get(number) for number in kept} == kept
    assert not went_on, "by these edits nothing goes on at once"
    assert (there.status, there.paused, there.inputs) == (before.status, before.paused, before.inputs)
    assert {one.visit for one in there.done} == {one.visit for one in before.done}, "what can be undone still can"
    assert Counter(timer.visit for timer in there.timers.values()) == Counter(
        timer.visit for timer in before.timers.values()
    )
    on = Chance(after, there, Stored(there, dump(there)), run.now, states=[there])
    for numbers in drawn[count:]:
        if on.state is None or on.state.status in RUN_ENDED:
            break
        on.apply(on.event(*numbers))
    for law in OF_STATES:
        law(on)
    return "safe, in a region" if any(visit.region for visit in before.visits.values()) else "safe"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_safe_move_keeps_the_position_and_the_run_goes_on(seed: int, edits: int) -> None:
    with near_limits(ENTRIES=200):
        event(check(seed, edits))
