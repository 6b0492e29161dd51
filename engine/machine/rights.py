"""Who may do what, as pure rules over definition, state, visit, person and what the directory says.

The same questions are asked by `advance` when an event comes and by the guard of the pages beforehand; each
answers with the first refusal that holds, in the order of `lifecycles.REFUSALS`, or with None. Here are the
rules for tasks and operators; those for gates stand in `voting` and `standings` and are named here too.
"""

from __future__ import annotations

from collections.abc import Collection

from engine.definition import Definition, GateSpec, WaitSpec
from engine.lifecycles import RUN_ENDED, RunStatus, VisitStatus
from engine.machine import limits, places
from engine.machine.commands import Refusal
from engine.machine.events import ENGINE, Facts, Signal
from engine.machine.exclusion import USER
from engine.machine.passing import Passing, standing_in
from engine.machine.passing import standing as stands_at
from engine.machine.refusing import excluded, gone, names_of, to_touch
from engine.machine.standings import Lack, Standing, missing, standing
from engine.machine.state import State, Visit, step_of
from engine.machine.voting import (
    delegators,
    to_delegate,
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
    "missing",
    "passed_over",
    "skipped_over",
    "standing",
    "to_cancel",
    "to_change",
    "to_claim",
    "to_complete",
    "to_complete_for",
    "to_delegate",
    "to_jump",
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


def to_operate(state: State, facts: Facts) -> Refusal | None:
    """Whether the person may act as an operator of this run, paused or not."""
    if state.status in RUN_ENDED:
        return to_touch(state)
    return None if facts.operator else Refusal("not-in-role", "Only operators of this run may do this.")


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
        if isinstance(spec, GateSpec):
            return to_break_glass(definition, state, (there.step,), person, facts)
        return to_break_glass(definition, state, skipped_over(definition, state, there), person, facts)
    return to_operate(state, facts)


def skipped_over(definition: Definition, state: State, visit: Visit) -> tuple[str, ...]:
    """Return the gates in a region that are passed over where it is skipped; none where this is none."""
    if visit.undoes is not None or not definition.bodies(visit.step):
        return ()
    return Passing.of(definition).inside(visit.step, standing_in(definition, state, visit))


def to_break_glass(
    definition: Definition, state: State, gates: Collection[str], person: str, facts: Facts
) -> Refusal | None:
    """Whether an operator may take the run past these gates: a permission of its own, never for whom one excludes."""
    for gate in gates:
        spec = definition.steps[gate].does
        assert isinstance(spec, GateSpec)
        refusal = excluded(definition, spec, state, person, facts.roles)
        if refusal is not None:
            return refusal
    refusal = to_operate(state, facts)
    if refusal is not None or not gates:
        return refusal
    if facts.service:
        return Refusal("not-in-role", "A service account decides nothing, and so it takes no run past a gate.")
    if facts.breaks_glass:
        return None
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
    return to_break_glass(definition, state, passed_over(definition, state, place), person, facts)


def passed_over(definition: Definition, state: State, place: places.Place) -> tuple[str, ...]:
    """Return the gates that a jump to this place passes over."""
    at = stands_at(definition, state, definition.steps[place.step].within, place.scope)
    return Passing.of(definition).over(at, place.step)


def to_reassign(definition: Definition, state: State, visit: int, to: str, person: str, facts: Facts) -> Refusal | None:
    """Whether this task may be handed to this role or person; without `to`: to anybody at all."""
    refusal = _over(state) or _task(definition, state, visit) or to_operate(state, facts)
    if refusal is not None or not to:
        return refusal
    if to.startswith(USER):
        if to in facts.voters.get(to.removeprefix(USER), ()):
            return None
        return Refusal("field:to", f"There is nobody called {to.removeprefix(USER)[:80]} who is active.")
    return None if to in definition.roles else Refusal("field:to", f"This playbook has no role {to[:80]}.")


def to_complete_for(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    """Whether an operator may complete this task for anybody at all."""
    return _over(state) or _task(definition, state, visit) or to_operate(state, facts)


def _over(state: State) -> Refusal | None:
    """A pause keeps no operator from acting; an end does."""
    return to_touch(state) if state.status in RUN_ENDED else None


def to_claim(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    refusal = to_touch(state) or _task(definition, state, visit)
    if refusal is not None:
        return refusal
    task = state.visits[visit]
    if not holds_task(task, facts.roles):
        return _not_assigned(task)
    if task.claimed_by is not None:
        return _claimed(task, person)
    return None


def to_release(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    """Whoever claimed it may give it back; so may an operator for them."""
    refusal = (_over(state) if facts.operator else to_touch(state)) or _task(definition, state, visit)
    if refusal is not None:
        return refusal
    task = state.visits[visit]
    if task.claimed_by is None:
        return Refusal("not-open", "Nobody has claimed this task.")
    return None if task.claimed_by == person or facts.operator else _claimed(task, person)


def to_complete(
    definition: Definition, state: State, visit: int, person: str, facts: Facts, on_behalf_of: str | None = None
) -> Refusal | None:
    """Whoever the task is assigned to may complete it, and an operator for somebody it is assigned to."""
    for_another = on_behalf_of is not None and on_behalf_of != person
    refusal = (_over(state) if for_another else to_touch(state)) or _task(definition, state, visit)
    if refusal is not None:
        return refusal
    task = state.visits[visit]
    if on_behalf_of is not None and for_another:
        if not facts.operator:
            return Refusal("not-in-role", "Only operators of this run may complete a task for somebody else.")
        if not holds_task(task, facts.voters.get(on_behalf_of, ())):
            return Refusal("not-in-role", f"This task is not {on_behalf_of}'s to do.")
    elif not holds_task(task, facts.roles):
        return _not_assigned(task)
    if task.claimed_by not in (None, on_behalf_of or person):
        return _claimed(task, person)
    return None


def holds_task(task: Visit, roles: Collection[str]) -> bool:
    """Whether somebody with these roles is whom the task waits for."""
    return any(name in roles for name in (task.assigned, *task.added) if name)


def _task(definition: Definition, state: State, visit: int) -> Refusal | None:
    task = state.visits.get(visit)
    if task is None:
        return gone(definition, state, visit)
    if step_of(definition, task).kind != "task":
        return Refusal("not-open", "This step is not a task.")
    return Refusal("not-open") if task.status is VisitStatus.WAITING else None


def _claimed(task: Visit, person: str) -> Refusal:
    if task.claimed_by == person:
        return Refusal("claimed-by", "You have claimed this task already.")
    return Refusal("claimed-by", f"{task.claimed_by} has claimed this task.")


def _not_assigned(task: Visit) -> Refusal:
    names = [name for name in (task.assigned, *task.added) if name]
    return Refusal(
        "not-in-role", f"This task is for {names_of(names)}." if names else "Nobody is assigned to this task."
    )
