"""Called runs: which version each call means when a run begins, and how a child begins.

A call is resolved once, when its run starts, to the newest published version that fits, and pinned by digest
(semantics “Children”).
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from engine.definition import CallSpec, Definition
from engine.machine import children
from engine.machine.commands import Refusal, StartChild
from engine.machine.events import Child, Start
from runs import definitions
from runs.clock import NOT_YET
from runs.models import Run
from workflows import rolling_out
from workflows.models import Version
from workflows.playbooks import Published


def resolve(definition: Definition, starter: str, run: str) -> Mapping[str, str]:
    """Return the digest that each call of this playbook means now; what nobody has published is left out.

    A call of the newest version takes part in a rollout as a start by the same person does.
    """
    asked = {id: step.does for id, step in definition.steps.items() if isinstance(step.does, CallSpec)}
    if not asked:
        return {}
    known = Published()
    found = {step: known.at(spec.playbook, spec.version) for step, spec in asked.items()}
    digests = {step: child.digest for step, child in found.items() if child is not None}
    newest = {step: spec.playbook for step, spec in asked.items() if step in digests and not spec.version.isdecimal()}
    pilots = rolling_out.pilots(newest.values(), starter, run) if newest else {}
    return digests | {step: pilots[playbook].digest for step, playbook in newest.items() if playbook in pilots}


def start_of(parent: UUID, command: StartChild) -> tuple[Start | Child, Version | None]:
    """Return the event that begins a child, and what it runs on; where its inputs do not fit, what the parent hears."""
    starter = Run.objects.values_list("started_by__username", flat=True).get(pk=parent)
    versions = Version.objects.filter(digest=command.digest).select_related("artifact__unit")
    version = versions.order_by("-number").first()
    if version is None:
        refusal = Refusal("not-published", "What it calls is not there any more.")
        return children.refused(command, refusal, NOT_YET), None
    definition = definitions.by_digest(command.digest)
    event = children.start_of(command, str(parent), starter, definition, NOT_YET)
    if isinstance(event, Refusal):
        return children.refused(command, event, NOT_YET), None
    return event, version


def awaited_by(above: Run, event: Start) -> Refusal | None:
    """Say why a child need not begin any more: the run that called it does not wait for it."""
    state, parent = definitions.state_of(above), event.parent
    visit = state.visits.get(parent.visit) if parent else None
    if visit is not None and visit.called is not None and visit.called.run == event.run:
        return None
    return Refusal("not-open", "The run that called this one does not wait for it any more.")
