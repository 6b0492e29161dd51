"""A person does it: opening a task, claiming and releasing it, completing it with its form and checklist."""

from __future__ import annotations

from typing import Any

from engine import attachments, fields, values
from engine.definition import STARTER, FieldSpec, TaskSpec
from engine.expressions import EvaluationError
from engine.lifecycles import VisitStatus
from engine.machine import endings, picking, rights
from engine.machine.commands import Refusal
from engine.machine.events import ENGINE, Claim, Complete, Reassign, Release
from engine.machine.exclusion import USER
from engine.machine.state import Visit
from engine.machine.turn import Turn


def open_task(turn: Turn, visit: Visit, spec: TaskSpec) -> None:
    """Say what is to be done and by whom; from now on it can be claimed."""
    visit = turn.change(visit, instructions=turn.text(spec.instructions, visit))
    if spec.pick is not None:
        picking.ask(turn, visit, spec)
        return
    try:
        turn.change(visit, assigned=_assigned(turn, visit, spec))
    except EvaluationError as error:
        turn.incident(visit, "expression", f"`assign`: {error}")


def _assigned(turn: Turn, visit: Visit, spec: TaskSpec) -> str:
    if spec.assign == STARTER:
        return USER + turn.base.started_by
    if "${" not in spec.assign:
        return spec.assign
    person = turn.resolved(spec.assign, visit)
    if not isinstance(person, str) or not person:
        raise EvaluationError(f"`{spec.assign}` names nobody.")
    return USER + person.removeprefix(USER)


def claim(turn: Turn, event: Claim) -> Refusal | None:
    """Take a task; on behalf of whoever delegated to the actor it is theirs still, and they may take it back."""
    another = None if event.on_behalf_of == event.actor else event.on_behalf_of
    refusal = rights.to_claim(turn.definition, turn.base, event.visit, event.actor, event.facts, another)
    if refusal is not None:
        return refusal
    visit = turn.visits[event.visit]
    turn.change(visit, status=VisitStatus.ACTIVE, claimed_by=event.actor, claimed_for=another)
    turn.move("claimed", visit, by=event.actor, **endings.on_behalf_of(another))
    return None


def release(turn: Turn, event: Release) -> Refusal | None:
    refusal = rights.to_release(turn.definition, turn.base, event.visit, event.actor, event.facts)
    if refusal is not None:
        return refusal
    visit = turn.visits[event.visit]
    turn.change(visit, status=VisitStatus.OPEN, claimed_by=None, claimed_for=None)
    turn.move("released", visit, by=event.actor)
    return None


def reassign(turn: Turn, event: Reassign) -> Refusal | None:
    """Hand a task to somebody else: whoever had it, or was added to it, has it no more."""
    refusal = rights.to_reassign(turn.definition, turn.base, event.visit, event.to, event.actor, event.facts)
    if refusal is None:
        hand_over(turn, turn.visits[event.visit], event.to, event.actor, event.reason)
    return refusal


def hand_over(turn: Turn, visit: Visit, to: str, by: str = "", reason: str = "", rung: int | None = None) -> Visit:
    """Assign an open task anew, to a role or `user:<name>`; nobody has it until it is claimed again.

    `rung` is set where the playbook's ladder does it, `by` where an operator does.
    """
    was = USER + visit.claimed_by if visit.claimed_by else visit.assigned
    there = visit.incident
    if there is not None and there.code in ("expression", "roster") and not there.of_rungs:
        visit = turn.resolve(visit, "reassigned")
    turn.move("reassigned", visit, to=to, by=by, reason=reason, rung=rung, **{"from": was})
    nobody = {"claimed_by": None, "claimed_for": None}
    return turn.change(visit, status=VisitStatus.OPEN, assigned=to, added=(), needs_pick=False, **nobody)


def complete(turn: Turn, event: Complete) -> Refusal | None:
    """Hand a task in. It is done by whoever hands it in, also for who delegated to them; for whom an operator does it,
    by that somebody. Whom `exclude` means are both."""
    refusal = rights.to_complete(turn.definition, turn.base, event.visit, event.actor, event.facts, event.on_behalf_of)
    if refusal is not None:
        return refusal
    visit = turn.visits[event.visit]
    spec = turn.spec(visit).does
    assert isinstance(spec, TaskSpec)
    if "evidence" in spec.require and not event.files:
        return Refusal("evidence-required", "Attach a file or a link as evidence before you hand this in.")
    form = filled(spec.form, event.form)
    refusal = form if isinstance(form, Refusal) else _whole(spec, event)
    if refusal is not None:
        return refusal
    assert not isinstance(form, Refusal)
    another = None if event.on_behalf_of == event.actor else event.on_behalf_of
    lent = another if another in event.facts.delegators else None
    by = event.actor if lent else another or event.actor
    data: dict[str, Any] = {**form, "by": by, "checklist": {}}
    if event.files:
        data["files"] = attachments.written(event.files)
    for item in spec.checklist:
        tick = event.checklist[item]
        data["checklist"][item] = {"by": tick.by, "at": values.encode(tick.at)}
    if event.outcome is not None:
        data["outcome"] = event.outcome
    turn.did(visit.step, by, event.actor, another)
    endings.complete(turn, visit, data, _trigger(turn, visit, event.outcome), by, event.outcome, lent=lent)
    return None


def complete_by_rule(turn: Turn, visit: Visit, outcome: str, rung: int) -> None:
    """A rung closes the task with one of its outcomes; nobody did it, and its form stays unset."""
    data = {"by": ENGINE, "checklist": {}, "outcome": outcome}
    endings.complete(turn, visit, data, _trigger(turn, visit, outcome), None, outcome, f"rung:{rung}")


def _trigger(turn: Turn, visit: Visit, outcome: str | None) -> str:
    named = f"outcome:{outcome}"
    return named if turn.definition.target(visit.step, named) is not None else "done"


def filled(specs: tuple[FieldSpec, ...], form: Any) -> dict[str, Any] | Refusal:
    """Return the encoded values of a form with its defaults, or the refusal of the first that breaks its field."""
    found: dict[str, Any] = {}
    for spec in specs:
        value = form.get(spec.name)
        value = spec.default if value is None else value
        if value is None:
            if spec.required:
                return Refusal(f"field:{spec.name}", f"{spec.title or spec.name} is needed.")
            continue
        message = fields.check(spec, value)
        if message is not None:
            return Refusal(f"field:{spec.name}", message)
        found[spec.name] = value
    unknown = sorted(set(form) - {spec.name for spec in specs})
    if unknown:
        return Refusal(f"field:{unknown[0]}", f"There is no field {unknown[0]} here.")
    return found


def _whole(spec: TaskSpec, event: Complete) -> Refusal | None:
    wrong = attachments.trouble(event.files)
    if wrong:
        return Refusal("field:files", wrong)
    missing = [item for item in spec.checklist if item not in event.checklist]
    if missing:
        return Refusal("field:checklist", f"Not ticked yet: {', '.join(missing)}.")
    unknown = sorted(set(event.checklist) - set(spec.checklist))
    if unknown:
        return Refusal("field:checklist", f"There is no item {unknown[0]} on this checklist.")
    if event.outcome is None:
        return Refusal("field:outcome", f"Choose one: {', '.join(spec.outcomes)}.") if spec.outcomes else None
    if event.outcome in spec.outcomes:
        return None
    if not spec.outcomes:
        return Refusal("field:outcome", "This task has no outcomes to choose from.")
    return Refusal("field:outcome", f"{event.outcome} is none of {', '.join(spec.outcomes)}.")
