"""Hand in a task: its form, its checklist as ticked, its outcome; as an operator also for somebody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine import fields
from engine.attachments import Attachment
from engine.definition import TaskSpec
from engine.machine.commands import Refusal
from engine.machine.events import Complete, Tick
from engine.machine.state import step_of
from runs import definitions, delegations
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Draft, Run, Ticked
from runs.operate import NO_REASON
from runs.outcomes import Answer, FieldErrors, is_accepted, of_form
from runs.secrets import Vault
from workflows.models import Person


def complete(
    run: Run,
    visit: int,
    person: Person,
    form: Mapping[str, Any],
    outcome: str | None = None,
    key: str | None = None,
    clock: Clock = database_clock,
    on_behalf_of: str = "",
    reason: str = "",
    ticked: Iterable[str] = (),
    files: Sequence[Attachment] = (),
    seen: int | None = None,
) -> Answer:
    """Complete this visit of a task. What was typed stays as a draft unless it is accepted.

    `on_behalf_of` names somebody for whom an operator completes it, with a reason, or who has delegated to the person
    beforehand; left out, what is not the person's own to do is done for whoever delegated it to them. `ticked` are
    items of the checklist that the person ticks with it, beside those that have been ticked. `seen` as in
    `runs.operate`.
    """
    asked = ordered(run, visit, person, form, outcome, clock, on_behalf_of, reason, ticked, files)
    if not isinstance(asked, tuple):
        return asked
    event, vault = asked
    (answer,) = apply([Delivery(run.pk, event, key=key, secrets=vault.kept, seen=seen)], clock)
    if is_accepted(answer):
        Draft.objects.filter(step__run=run, step__number=visit).delete()
    return of_form(answer)


def ordered(
    run: Run,
    visit: int,
    person: Person,
    form: Mapping[str, Any],
    outcome: str | None = None,
    clock: Clock = database_clock,
    on_behalf_of: str = "",
    reason: str = "",
    ticked: Iterable[str] = (),
    files: Sequence[Attachment] = (),
) -> tuple[Complete, Vault] | FieldErrors | Refusal:
    """Read what was typed and return the event with the secrets in it, or what is wrong with it."""
    state, definition = definitions.state_of(run), definitions.of(run)
    if on_behalf_of and not reason.strip() and not _is_lent(person, on_behalf_of, definition.playbook, clock):
        return NO_REASON
    values: dict[str, Any] = {}
    vault = Vault()
    # a visit that is not open any more is for `apply` to answer: a repeat gets its first answer
    if visit in state.visits:
        does = step_of(definition, state.visits[visit]).does
        if isinstance(does, TaskSpec):
            values, errors = fields.read_all(does.form, form, vault.hide)
            if errors:
                return FieldErrors(errors)
    ticks = Ticked.objects.filter(step__run=run, step__number=visit).select_related("by")
    now = clock() if ticked else NOT_YET
    checklist = {item: Tick(by=person.username, at=now) for item in ticked}
    event = Complete(
        at=NOT_YET,
        actor=person.username,
        visit=visit,
        form=values,
        on_behalf_of=on_behalf_of or None,
        checklist=checklist | {tick.item: Tick(by=tick.by.username, at=tick.at) for tick in ticks},
        outcome=outcome or None,
        reason=reason.strip(),
        files=tuple(files),
    )
    return event, vault


def _is_lent(person: Person, delegator: str, playbook: str, clock: Clock) -> bool:
    held = delegations.acting_for([person.username], clock(), playbook)
    return delegator in held.get(person.username, ())
