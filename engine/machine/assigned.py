"""Who may claim, release, hand in and hand over a task (semantics sections 3 and 4), as pure rules.

A task is that of everybody who holds what it is assigned to. Whoever has delegated to somebody beforehand lends them
their tasks too: claimed and completed on behalf of the one who delegated, and done by the one who did it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from engine.definition import Definition
from engine.lifecycles import RUN_ENDED, VisitStatus
from engine.machine import refusing
from engine.machine.commands import Refusal
from engine.machine.events import Facts
from engine.machine.exclusion import USER
from engine.machine.refusing import names_of, to_touch
from engine.machine.state import State, Visit, step_of

Rule = Callable[[Definition, State, int, str, Facts, str | None], Refusal | None]


def to_claim(
    definition: Definition, state: State, visit: int, person: str, facts: Facts, on_behalf_of: str | None = None
) -> Refusal | None:
    """Whether the person may take this task, as their own or as that of whoever delegated to them beforehand.

    A delegate may take over what the delegator has claimed, and the delegator what was claimed for them.
    """
    refusal = to_touch(state) or _task(definition, state, visit) or refusing.of_service(facts)
    if refusal is not None:
        return refusal
    task = state.visits[visit]
    another = _another(person, on_behalf_of)
    refusal = _not_assigned(task, facts) if another is None else _not_lent(task, facts, another)
    if refusal is not None:
        return refusal
    if task.claimed_by is None or (task.claimed_by != person and _is_free(task, person, another)):
        return None
    return _claimed(task, person)


def to_release(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    """Whoever claimed it may give it back, and for whom it was claimed; so may an operator for them."""
    refusal = (_over(state) if facts.operator else to_touch(state)) or _task(definition, state, visit)
    if refusal is not None:
        return refusal
    task = state.visits[visit]
    if task.claimed_by is None:
        return Refusal("not-open", "Nobody has claimed this task.")
    return None if person in (task.claimed_by, task.claimed_for) or facts.operator else _claimed(task, person)


def to_complete(
    definition: Definition, state: State, visit: int, person: str, facts: Facts, on_behalf_of: str | None = None
) -> Refusal | None:
    """Whoever the task is assigned to may complete it; for them whoever they delegated to, and an operator."""
    another = _another(person, on_behalf_of)
    is_lent = another is not None and another in facts.delegators
    as_operator = another is not None and (facts.operator or not is_lent)
    refusal = (_over(state) if as_operator else to_touch(state)) or _task(definition, state, visit)
    refusal = refusal or refusing.of_service(facts)
    if refusal is not None:
        return refusal
    task = state.visits[visit]
    if another is None:
        refusal = _not_assigned(task, facts)
    elif is_lent:
        refusal = _not_lent(task, facts, another)
    elif not facts.operator:
        refusal = Refusal("not-in-role", "Only operators of this run may complete a task for somebody else.")
    elif not holds_task(task, facts.voters.get(another, ())):
        refusal = Refusal("not-in-role", f"This task is not {another}'s to do.")
    if refusal is not None:
        return refusal
    is_free = _is_free(task, person, another) if another is None or is_lent else _is_free(task, another, None)
    return None if is_free else _claimed(task, person)


def to_claim_for_anybody(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    """Whether the person may take this task, as their own or as that of anybody who delegated to them beforehand."""
    return _for_anybody(to_claim, definition, state, visit, person, facts)


def to_complete_for_anybody(
    definition: Definition, state: State, visit: int, person: str, facts: Facts
) -> Refusal | None:
    """Whether the person may hand it in, as their own or as that of anybody who delegated to them beforehand."""
    return _for_anybody(to_complete, definition, state, visit, person, facts)


def _for_anybody(
    rule: Rule, definition: Definition, state: State, visit: int, person: str, facts: Facts
) -> Refusal | None:
    lent = on_whose_behalf(rule, definition, state, visit, person, facts)
    return None if lent else rule(definition, state, visit, person, facts, None)


def on_whose_behalf(
    rule: Rule, definition: Definition, state: State, visit: int, person: str, facts: Facts
) -> str | None:
    """Return for whom this person may do this with a task, where not as their own: the first who lent it to them."""
    if not facts.delegators or visit not in state.visits:
        return None
    own = rule(definition, state, visit, person, facts, None)
    if own is None or own.code not in ("not-in-role", "claimed-by"):
        return None
    names = lenders(state.visits[visit], facts)
    return next((name for name in names if rule(definition, state, visit, person, facts, name) is None), None)


def lenders(task: Visit, facts: Facts) -> tuple[str, ...]:
    """Return those who have delegated to the actor beforehand and whose task this is, in their order."""
    return tuple(name for name in facts.delegators if holds_task(task, facts.voters.get(name, ())))


def to_complete_for(definition: Definition, state: State, visit: int, person: str, facts: Facts) -> Refusal | None:
    """Whether an operator may complete this task for anybody at all."""
    refusal = _over(state) or _task(definition, state, visit) or refusing.of_service(facts)
    return refusal or refusing.to_operate(state, facts)


def to_reassign(definition: Definition, state: State, visit: int, to: str, person: str, facts: Facts) -> Refusal | None:
    """Whether this task may be handed to this role or person; without `to`: to anybody at all."""
    refusal = _over(state) or _task(definition, state, visit) or refusing.to_operate(state, facts)
    if refusal is not None or not to:
        return refusal
    if to.startswith(USER):
        if to in facts.voters.get(to.removeprefix(USER), ()):
            return None
        return refusing.nobody(to.removeprefix(USER))
    return None if to in definition.roles else Refusal("field:to", f"This playbook has no role {to[:80]}.")


def holds_task(task: Visit, roles: Collection[str]) -> bool:
    """Whether somebody with these roles is whom the task waits for."""
    return any(name in roles for name in (task.assigned, *task.added) if name)


def _another(person: str, on_behalf_of: str | None) -> str | None:
    return None if on_behalf_of == person else on_behalf_of


def _is_free(task: Visit, person: str, another: str | None) -> bool:
    """Whether nobody has claimed it but this person, or whoever they act for, or somebody for them."""
    return task.claimed_by in (None, person, another) or task.claimed_for == person


def _over(state: State) -> Refusal | None:
    """A pause keeps no operator from acting; an end does."""
    return to_touch(state) if state.status in RUN_ENDED else None


def _task(definition: Definition, state: State, visit: int) -> Refusal | None:
    task = state.visits.get(visit)
    if task is None:
        return refusing.gone(definition, state, visit)
    if step_of(definition, task).kind != "task":
        return Refusal("not-open", "This step is not a task.")
    return Refusal("not-open") if task.status is VisitStatus.WAITING else None


def _claimed(task: Visit, person: str) -> Refusal:
    if task.claimed_by == person:
        return Refusal("claimed-by", "You have claimed this task already.")
    return Refusal("claimed-by", f"{task.claimed_by} has claimed this task.")


def _not_assigned(task: Visit, facts: Facts) -> Refusal | None:
    if holds_task(task, facts.roles):
        return None
    names = [name for name in (task.assigned, *task.added) if name]
    return Refusal(
        "not-in-role", f"This task is for {names_of(names)}." if names else "Nobody is assigned to this task."
    )


def _not_lent(task: Visit, facts: Facts, delegator: str) -> Refusal | None:
    """Whether this person has lent the actor their tasks, and this is one of them."""
    if delegator not in facts.delegators:
        return Refusal("not-in-role", f"{delegator[:80]} has not delegated to you.")
    if not facts.roles:
        return Refusal("not-in-role", "Your account is not active.")
    if not holds_task(task, facts.voters.get(delegator, ())):
        return Refusal("not-in-role", f"This task is not {delegator}'s to do.")
    return None
