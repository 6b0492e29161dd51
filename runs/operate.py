"""What an operator may do to a run, each with a reason. To complete a task for somebody is `runs.complete`'s.

`seen` is the last entry of the run's log that whoever acts had before them; where another operator has acted since, it
is refused (`runs.overtaking`). What is done to a run is done to the runs that it called as well, by the machine
(`engine.machine.children`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine import values
from engine.machine import changing
from engine.machine.commands import Refusal
from engine.machine.events import (
    Cancel,
    ChangeData,
    Event,
    Jump,
    Pause,
    Reassign,
    Resume,
    RetryStep,
    Rollback,
    Signal,
    SkipStep,
)
from runs import definitions, guard
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Run
from runs.outcomes import Accepted, FieldErrors, Stale
from runs.secrets import Vault
from workflows.models import Person

#: What is said to whoever gives no reason: the log must tell a later reader why.
NO_REASON = Refusal("field:reason", "Say why: whoever reads the log later will want to know.")
NOBODY = Refusal("field:to", "Choose who is to do it: a role of the playbook, or a person.")
NOWHERE = Refusal("field:to", "Choose the step to go to.")
NO_SIGNAL = Refusal("field:name", "Choose the signal to send.")
#: So many characters a signal that is sent by hand may say.
LONGEST_DATA = 20_000


def cancel(
    run: Run,
    person: Person,
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
    seen: int | None = None,
) -> Accepted | Refusal | Stale:
    """End the run: everything open in it is cancelled."""
    return _operate(run, Cancel(at=NOT_YET, actor=person.username, reason=reason.strip()), reason, key, clock, seen)


def rollback(
    run: Run,
    person: Person,
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
    seen: int | None = None,
) -> Accepted | Refusal | Stale:
    """Have what was done undone, newest first; then the run ends as rolled back."""
    return _operate(run, Rollback(at=NOT_YET, actor=person.username, reason=reason.strip()), reason, key, clock, seen)


def signal(
    run: Run,
    person: Person,
    name: str,
    data: str,
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
    seen: int | None = None,
) -> Accepted | Refusal | Stale:
    """Say a signal to the run by hand. `data` is a text of JSON, an empty one for nothing."""
    if not name.strip():
        return NO_SIGNAL
    what = said(data)
    if isinstance(what, Refusal):
        return what
    event = Signal(at=NOT_YET, actor=person.username, name=name.strip(), data=what, reason=reason.strip())
    return _operate(run, event, reason, key, clock, seen)


def retry(
    run: Run,
    visit: int,
    person: Person,
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
    seen: int | None = None,
) -> Accepted | Refusal | Stale:
    """Try a step with an incident again, its attempts counted anew."""
    event = RetryStep(at=NOT_YET, actor=person.username, visit=visit, reason=reason.strip())
    return _operate(run, event, reason, key, clock, seen)


def skip(
    run: Run,
    visit: int,
    person: Person,
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
    seen: int | None = None,
) -> Accepted | Refusal | Stale:
    """Go on without a step. At a gate this breaks the glass: an approval for nobody."""
    event = SkipStep(at=NOT_YET, actor=person.username, visit=visit, reason=reason.strip())
    return _operate(run, event, reason, key, clock, seen)


def pause(
    run: Run,
    person: Person,
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
    seen: int | None = None,
) -> Accepted | Refusal | Stale:
    """Let the run stand still until somebody resumes it."""
    return _operate(run, Pause(at=NOT_YET, actor=person.username, reason=reason.strip()), reason, key, clock, seen)


def resume(
    run: Run,
    person: Person,
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
    seen: int | None = None,
) -> Accepted | Refusal | Stale:
    """Let the run go on: what was held is applied, clocks run on."""
    return _operate(run, Resume(at=NOT_YET, actor=person.username, reason=reason.strip()), reason, key, clock, seen)


def reassign(
    run: Run,
    visit: int,
    person: Person,
    to: str,
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
    seen: int | None = None,
) -> Accepted | Refusal | Stale:
    """Hand a task to a role of the playbook, or to `user:<name>`."""
    event = Reassign(at=NOT_YET, actor=person.username, visit=visit, to=to.strip(), reason=reason.strip())
    if not event.to:
        return NOBODY
    return _operate(run, event, reason, key, clock, seen)


def jump(
    run: Run,
    person: Person,
    to: str,
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
    undo: bool = False,
    seen: int | None = None,
) -> Accepted | Refusal | Stale:
    """Go on at another step, `step[0]` in an item of an each. Past a gate this breaks the glass.

    With `undo` what was done since that step was there last is undone first, newest first.
    """
    event = Jump(at=NOT_YET, actor=person.username, to=to.strip(), reason=reason.strip(), undo=undo)
    if not event.to:
        return NOWHERE
    return _operate(run, event, reason, key, clock, seen)


def change(
    run: Run,
    person: Person,
    given: Mapping[str, Any],
    reason: str,
    key: str | None = None,
    clock: Clock = database_clock,
    seen: int | None = None,
) -> Accepted | Refusal | Stale | FieldErrors:
    """Put values right: `inputs.<field>` or `steps.<address>.<name>` to natural values or a form's texts."""
    vault = Vault()
    values, wrong = changing.read(definitions.of(run), definitions.state_of(run), given, vault.hide)
    if not reason.strip():
        wrong["reason"] = NO_REASON.sentence
    verdict = guard.may(person, "change", run=run)
    if wrong and verdict:
        return FieldErrors(wrong)
    event = ChangeData(at=NOT_YET, actor=person.username, values=values, reason=reason.strip())
    return _operate(run, event, reason, key, clock, seen, vault.kept)


def said(data: str) -> Any:
    """Read what a signal says, encoded; a Refusal where it is no JSON."""
    if not data.strip():
        return None
    if len(data) > LONGEST_DATA:
        return Refusal("field:data", f"That is too long: a signal says {LONGEST_DATA:,} characters at the most.")
    try:
        said = values.encode(json.loads(data, parse_constant=_no_number))
        values.canonical(said)  # half of a surrogate pair is JSON and no text
        return said
    except RecursionError:
        return Refusal("field:data", "That is nested too deeply.")
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        return Refusal("field:data", f'This is no JSON ({where}): write it like {{"ref": "A-1"}}, or leave it empty.')
    except UnicodeEncodeError:
        return Refusal("field:data", "This holds a character that is none.")
    except ValueError as fault:
        return Refusal("field:data", f"This is no JSON: {fault}.")


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number there")


def _operate(
    run: Run,
    event: Event,
    reason: str,
    key: str | None,
    clock: Clock,
    seen: int | None,
    secrets: Mapping[str, str] = MappingProxyType({}),
) -> Accepted | Refusal | Stale:
    if not reason.strip():
        return NO_REASON
    return apply([Delivery(run.pk, event, key=key, secrets=secrets, seen=seen)], clock)[0]
