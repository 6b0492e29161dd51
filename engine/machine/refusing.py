"""What every refusal shares: a run that has ended or stands still, a step that is gone, whom a gate excludes.

Sentences are written for the person who is refused; the codes and their order are `lifecycles.REFUSALS`.
"""

from __future__ import annotations

from collections.abc import Collection

from engine.definition import Definition, GateSpec
from engine.lifecycles import RUN_ENDED
from engine.machine import exclusion
from engine.machine.commands import Refusal
from engine.machine.events import Facts
from engine.machine.exclusion import USER
from engine.machine.state import Ended, State


def to_touch(state: State) -> Refusal | None:
    """Whether anybody may do anything to this run at all, apart from operators."""
    if state.status in RUN_ENDED:
        return Refusal("already-ended", f"This run has ended: it is {state.status.value.replace('_', ' ')}.")
    return Refusal("paused") if state.paused else None


def to_operate(state: State, facts: Facts) -> Refusal | None:
    """Whether the person may act as an operator of this run, paused or not."""
    if state.status in RUN_ENDED:
        return to_touch(state)
    return None if facts.operator else Refusal("not-in-role", "Only operators of this run may do this.")


def of_service(facts: Facts) -> Refusal | None:
    """Whether who acts is no person: what people are asked for, no program answers."""
    if not facts.service:
        return None
    return Refusal("not-in-role", "A service account decides nothing: people vote, and people do tasks.")


def nobody(name: str) -> Refusal:
    """Say that there is nobody to hand something to: no account, one that is closed, or that of a program."""
    return Refusal("field:to", f"There is nobody called {name[:80]} who is active.")


def gone(definition: Definition, state: State, visit: int) -> Refusal:
    """Say why there is no such open visit: when it ended and by whom, as far as the state remembers."""
    ended = next(((step, line) for step, line in state.ended.items() if line.visit == visit), None)
    if ended is None:
        earlier = 0 < visit <= state.last_visit
        return Refusal("not-open", "That was an earlier round, and it is over." if earlier else "")
    key, line = ended
    step = key.partition("@")[0].removesuffix(".undo")
    return Refusal(
        "not-open", f"{definition.steps[step].title or step} was {line.status.value}{_by(line)} {_at(line)}."
    )


def decided(line: Ended) -> str:
    return f"Already {line.result}{_by(line)} {_at(line)}."


def _by(line: Ended) -> str:
    if line.by.startswith("rung:"):
        return " by a rule of the playbook"
    return f" by {line.by}" if line.by else ""


def _at(line: Ended) -> str:
    return f"at {line.at:%H:%M}"


def excluded(
    definition: Definition, spec: GateSpec, state: State, person: str, holds: Collection[str], visit: int | None = None
) -> Refusal | None:
    """Whether a gate excludes this person; `visit` is that which asks."""
    did = exclusion.doers(state.doers, state.visits, visit)
    entry = exclusion.excluded_by(definition, spec, state.started_by, did, person, holds)
    return None if entry is None else Refusal("excluded", exclusion.why_excluded(definition, entry))


def names_of(names: Collection[str]) -> str:
    return " and ".join(name.removeprefix(USER) for name in names)
