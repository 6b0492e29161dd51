"""Move a run to another version of its playbook: done by the machine, or refused as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.machine.commands import Refusal
from engine.migration import read_given, wrong_mapping
from runs import definitions, guard
from runs.apply import Delivery, apply
from runs.clock import Clock, database_clock
from runs.models import Run
from runs.moving import Move
from runs.operate import NO_REASON
from runs.outcomes import Accepted, FieldErrors, Stale
from runs.secrets import Vault
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
    given: Mapping[str, Any] | None = None,
) -> Accepted | Refusal | Stale | FieldErrors:
    """Let the run go on in this version; all of it or nothing.

    `given` are natural values or a form's texts for what the run has not, by their names there. A message stands at
    `map.<old>` or at the value's name.
    """
    vault, after, mapping = Vault(), definitions.of_version(version), dict(mapping or {})
    values, wrong = read_given(after, given or {}, vault.hide)
    wrong |= {f"map.{old}": says for old, says in wrong_mapping(definitions.of(run), after, mapping).items()}
    if not reason.strip():
        wrong["reason"] = NO_REASON.sentence
    if wrong and guard.may(person, "migrate", run):
        return FieldErrors(wrong)
    if not reason.strip():
        return NO_REASON
    event = Move.to_version(version, mapping, *accepts, given=values).event(person.username, reason)
    return apply([Delivery(run.pk, event, key=key, secrets=vault.kept, seen=seen)], clock)[0]
