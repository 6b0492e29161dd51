"""Who may do what, as pure rules over definition, state, visit, person and what the directory says.

The same questions are asked by `advance` when an event comes and by the guard of the pages beforehand; each
answers with the first refusal that holds, in the order of `lifecycles.REFUSALS`, or with None. Here are the
rules for operators; those for tasks stand in `assigned`, those for gates in `voting`, `delegating` and `standings`,
and are named here too.
"""

from __future__ import annotations

from collections.abc import Collection

from engine.definition import Definition, GateSpec, WaitSpec
from engine.lifecycles import RUN_ENDED, RunStatus
from engine.machine import limits, places
from engine.machine.assigned import (
    holds_task,
    lenders,
    to_claim,
    to_claim_for_anybody,
    to_complete,
    to_complete_for,
    to_complete_for_anybody,
    to_reassign,
    to_release,
)
from engine.machine.commands import Refusal
from engine.machine.delegating import to_delegate
from engine.machine.events import ENGINE, Facts, Signal
from engine.machine.passing import Passing, standing_in
from engine.machine.passing import standing as stands_at
from engine.machine.refusing import excluded, gone, of_service, to_operate, to_touch
from engine.machine.standings import Lack, Standing, missing, standing
from engine.machine.state import State, Visit, step_of
from engine.machine.voting import (
    delegators,
    to_speak,
    to_vote,
    to_vote_for_anybody,
    to_withdraw,
    vote_of,
)

__all__ = [
    "Lack",
    "Standing",
    "delegators",
    "gone",
    "holds_task",
    "lenders",
    "missing",
    "passed_over",
    "skipped_over",
    "standing",
    "to_cancel",
    "to_change",
    "to_claim",
    "to_claim_for_anybody",
    "to_complete",
    "to_complete_for",
    "to_complete_for_anybody",
    "to_delegate",
    "to_jump",
    "to_migrate",
    "to_operate",
    "to_pause",
    "to_reassign",
    "to_release",
    "to_resume",
    "to_retry",
    "to_rollback",
    "to_signal",
    "to_skip",
    "to_speak",
    "to_touch",
    "to_vote",
    "to_vote_for_anybody",
    "to_withdraw",
    "vote_of",
]


def to_cancel(definition: Definition, state: State, person: str, facts: Facts) -> Refusal | None:
    """Cancel is legal in every state that has not ended. What happens to a run happens to those it called."""
    return None if person == ENGINE and state.status not in RUN_ENDED else to_operate(state, facts)


def to_retry(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    there = state.visits.get(visit)
    if state.status not in RUN_ENDED:
        if there is None:
            return gone(definition, state, visit)
        if there.incident is None:
            return Refusal("not-open", "Nothing has gone wrong at this step, so there is nothing to retry.")
    return to_operate(state, facts)


def to_skip(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    """Skipping a gate, or a region with gates ahead in it, is a break-glass act: refused to whom a gate excludes."""
    there = state.visits.get(visit)
    if state.status not in RUN_ENDED:
        if there is None:
            return gone(definition, state, visit)
        spec = step_of(definition, there).does
        if spec.kind == "end":
            return Refusal("not-open", "The end of a run cannot be skipped; retry it, or cancel the run.")
        if isinstance(spec, GateSpec) or (there.undoes is None and there.step in facts.gated):
            return to_break_glass(definition, state, (there.step,), person, facts)
        return to_break_glass(definition, state, skipped_over(definition, state, there, facts.gated), person, facts)
    return to_operate(state, facts)


def skipped_over(definition: Definition, state: State, visit: Visit, gated: Collection[str] = ()) -> tuple[str, ...]:
    """Return the gates in a region that are passed over where it is skipped; none where this is none.

    `gated` are calls that count as gates.
    """
    if visit.undoes is not None or not definition.bodies(visit.step):
        return ()
    return Passing.of(definition).inside(visit.step, standing_in(definition, state, visit), gated)


def to_break_glass(
    definition: Definition, state: State, gates: Collection[str], person: str, facts: Facts
) -> Refusal | None:
    """Whether an operator may take the run past these gates: a permission of its own, never for whom one excludes.

    Of a call among them, whose gates are another run's, it is never for whoever started this one.
    """
    for gate in gates:
        spec = definition.steps[gate].does
        refusal = excluded(definition, spec if isinstance(spec, GateSpec) else GateSpec(), state, person, facts.roles)
        if refusal is not None:
            return refusal
    refusal = to_operate(state, facts)
    if refusal is not None or not gates:
        return refusal
    refusal = of_service(facts)
    if refusal is not None or facts.breaks_glass:
        return refusal
    titles = " and ".join(definition.steps[gate].title or gate for gate in gates)
    return Refusal("not-in-role", f"This passes over {titles}. Only who may break the glass in this unit may do it.")


def to_pause(definition: Definition, state: State, person: str, facts: Facts) -> Refusal | None:
    if state.status not in RUN_ENDED and state.paused:
        return Refusal("paused", "This run is paused already.")
    return None if person == ENGINE and state.status not in RUN_ENDED else to_operate(state, facts)


def to_resume(definition: Definition, state: State, person: str, facts: Facts) -> Refusal | None:
    if state.status not in RUN_ENDED and not state.paused:
        return Refusal("not-open", "This run is not paused, so there is nothing to resume.")
    return None if person == ENGINE and state.status not in RUN_ENDED else to_operate(state, facts)


def to_change(definition: Definition, state: State, person: str, facts: Facts) -> Refusal | None:
    return to_operate(state, facts)


def to_migrate(definition: Definition, state: State, person: str, facts: Facts) -> Refusal | None:
    """Whether the person may move this run to another version at all, whatever stands against that one."""
    refusal = to_operate(state, facts)
    if refusal is not None:
        return refusal
    if state.back is not None:
        says = "This run is taking back what was done since a step, as its version says. Move it when it is back there."
        return Refusal("not-open", says)
    if state.status not in (RunStatus.RUNNING, RunStatus.QUEUED):
        says = "This run is taking back what was done, as the version says on which it was done, and then it ends."
        return Refusal("not-open", f"{says} Let it end, and start it anew on the other version.")
    return None


def to_rollback(definition: Definition, state: State, person: str, facts: Facts) -> Refusal | None:
    if state.status is RunStatus.ROLLING_BACK:
        return Refusal("not-open", "This run is rolling back already.")
    if state.status is RunStatus.QUEUED:
        return Refusal("not-open", "This run has not begun, so there is nothing to undo.")
    return to_operate(state, facts)


def to_signal(definition: Definition, state: State, name: str, person: str, facts: Facts) -> Refusal | None:
    """Only operators speak to a run by hand, and of what a wait is for; without `name`: of anything at all."""
    refusal = None if person == ENGINE and state.status not in RUN_ENDED else to_operate(state, facts)
    if refusal is not None:
        return refusal
    waited_for = {step.does.signal for step in definition.steps.values() if isinstance(step.does, WaitSpec)} - {None}
    if not waited_for:
        return Refusal("not-open", "No step of this playbook waits for a signal.")
    if name and name not in waited_for:
        return Refusal("not-open", f"No step of this playbook waits for a signal called {name[:80]}.")
    if len(state.kept) + sum(isinstance(one, Signal) for one in state.held) >= limits.SIGNALS:
        return Refusal("not-open", f"This run keeps {limits.SIGNALS} signals that nobody has taken, as many as it may.")
    return None


def to_jump(definition: Definition, state: State, to: str, person: str, facts: Facts) -> Refusal | None:
    """Jumping to a step of a list that is open; over a gate it is a break-glass act. Without `to`: to any at all."""
    if state.status in RUN_ENDED or not to:
        return to_operate(state, facts)
    if state.status is not RunStatus.RUNNING:
        return Refusal("not-open", "This run is not at any step from which it could go on elsewhere.")
    place = places.listed(definition, state, to)
    if isinstance(place, Refusal):
        return place
    return to_break_glass(definition, state, passed_over(definition, state, place, facts.gated), person, facts)


def passed_over(
    definition: Definition, state: State, place: places.Place, gated: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the gates that a jump to this place passes over; `gated` are calls that count as gates."""
    at = stands_at(definition, state, definition.steps[place.step].within, place.scope)
    return Passing.of(definition).over(at, place.step, gated)
