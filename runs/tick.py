"""Tick an item of a task's checklist, or take the tick away; seen at once by all who work on it."""

from __future__ import annotations

from engine.definition import TaskSpec
from engine.machine.commands import Refusal
from runs import definitions, doorbell, guard, security_log
from runs.clock import Clock, database_clock
from runs.models import Run, Step, Ticked
from workflows.models import Person


def tick(step: Step, item: str, person: Person, done: bool, clock: Clock = database_clock) -> bool | Refusal:
    """Tick or untick; return what it is now. Whoever ticked first stays named."""
    verdict = guard.may(person, "complete", run=step.run, visit=step.number)
    if not verdict:
        return security_log.note(person, "tick", step.run, step.name, Refusal(verdict.code, verdict.sentence), clock)
    does = step.spec_in(definitions.of(step.run)).does
    if not isinstance(does, TaskSpec) or item not in does.checklist:
        return Refusal("field:checklist", "This checklist has no such item.")
    at = clock()
    if done:
        Ticked.objects.get_or_create(step=step, item=item, defaults={"by": person, "at": at})
    elif Ticked.objects.filter(step=step, item=item).delete()[0]:
        # a tick that is gone leaves nothing for open pages to find: the run says that something of it changed
        Run.objects.filter(pk=step.run_id, changed_at__lt=at).update(changed_at=at)
    doorbell.after_commit([step.run_id], due=False)
    return done
