"""Start a run of a published version, or of one that is being rolled out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from engine import fields
from engine.machine.commands import Refusal
from engine.machine.events import Start
from runs import definitions
from runs.apply import Delivery, Tick, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.deliveries import Serves
from runs.outcomes import Answer, FieldErrors, of_form
from runs.secrets import Vault
from runs.staffing.starting import outlook
from runs.wording import TEMPLATE, nothing_runs_on
from workflows import rolling_out
from workflows.models import Person, Version
from workflows.policies import checking


def start(
    version: Version,
    person: Person,
    inputs: Mapping[str, Any],
    key: str | None = None,
    clock: Clock = database_clock,
    tick: Tick | None = None,
    is_by_hand: bool = True,
    serves: Serves | None = None,
) -> Answer:
    """Start a run with these inputs, natural values or a form's texts. A repeated key gives the first run.

    `tick` is the time of a schedule that it answers; a time that is done with already is refused. A start by hand is
    refused where somebody would wait for an approval that nobody may give; what begins by itself is not, and a gate
    that then opens with too few people is on the operators' board (docs/decisions/0022). However it begins, it is
    refused where the playbook breaks a policy that binds it and is not excepted. `serves` is what the run delivers of a
    plan: written with the start, or neither is.
    """
    if not rolling_out.takes_starts(version):
        return Refusal("not-published", "This version starts no runs: it is not the published one.")
    if version.is_document:
        return Refusal("not-published", nothing_runs_on(version))
    definition = definitions.of_version(version)
    if definition.template:
        return Refusal("not-published", TEMPLATE)
    vault = Vault()
    values, errors = fields.read_all(definition.inputs, inputs, vault.hide)
    if errors:
        return FieldErrors(errors)
    if broken := checking.refusal(version, clock):
        return Refusal("policy-violated", broken)
    if is_by_hand and (refusal := outlook(version, person.username).refusal) is not None:
        return refusal
    run = uuid.uuid4()
    event = Start(at=NOT_YET, actor=person.username, run=str(run), inputs=values)
    (outcome,) = apply(
        [Delivery(run, event, key=key, version=version, tick=tick, secrets=vault.kept, serves=serves)], clock
    )
    return of_form(outcome)
