"""Move a run to another version of its playbook: done by the machine, or refused as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.machine.commands import Refusal
from engine.migration import wrong_mapping
from runs import definitions
from runs.apply import Delivery, apply
from runs.clock import Clock, database_clock
from runs.models import Run
from runs.moving import Move
from runs.operate import NO_REASON
from runs.outcomes import Accepted, FieldErrors, Stale
from workflows.models import Person, Version


def migrate(
    run: Run,
    person: Person,
    version: Version,
    reason: str,
    mapping: Mapping[str, str] | None = None,
    accepts: Collection[str] = (),
    key: str | None = None,
    clock: Clock = database_clock,
    seen: int | None = None,
) -> Accepted | Refusal | Stale | FieldErrors:
    """Let the run go on in this version; all of it or nothing."""
    if not reason.strip():
        return NO_REASON
    mapping = dict(mapping or {})
    if wrong := wrong_mapping(definitions.of(run), definitions.of_version(version), mapping):
        return FieldErrors({f"map.{old}": message for old, message in wrong.items()})
    event = Move.to_version(version, mapping, *accepts).event(person.username, reason)
    return apply([Delivery(run.pk, event, key=key, seen=seen)], clock)[0]
