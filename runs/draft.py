"""Keep what somebody has typed at a task, as typed, so that a reload loses nothing. Secrets are typed again."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definition import TaskSpec
from engine.machine.commands import Refusal
from engine.machine.state import step_of
from runs import definitions, guard
from runs.clock import database_clock
from runs.models import Draft, Step
from workflows.models import Person

#: Characters of one field's text, and fields of one draft, that are kept.
LONGEST, MOST = 20_000, 200


def save(step: Step, person: Person, form: Mapping[str, str]) -> Draft | Refusal:
    """Save this person's draft in place of the last one."""
    verdict = guard.may(person, "complete", run=step.run, visit=step.number)
    if not verdict:
        return Refusal(verdict.code, verdict.sentence)
    does = step_of(definitions.of(step.run), definitions.state_of(step.run).visits[step.number]).does
    secret = {spec.name for spec in does.form if spec.secret} if isinstance(does, TaskSpec) else set()
    kept = {name: str(text)[:LONGEST] for name, text in list(form.items())[:MOST] if name not in secret}
    draft, _ = Draft.objects.update_or_create(
        step=step, person=person, defaults={"form": kept, "saved_at": database_clock()}
    )
    return draft
