"""Vote at a gate, and take a vote back while the gate is open."""

from __future__ import annotations

from collections.abc import Sequence

from engine.attachments import Attachment
from engine.lifecycles import Choice
from engine.machine.commands import Refusal
from engine.machine.events import CastVote, Withdraw
from runs.apply import Delivery, apply
from runs.clock import NOT_YET, Clock, database_clock
from runs.models import Run
from runs.outcomes import Accepted, Stale
from workflows.models import Person

#: No text of PostgreSQL holds it, and nobody types it.
NUL = "\0"


def vote(
    run: Run,
    visit: int,
    person: Person,
    choice: Choice | str,
    comment: str,
    digest: str,
    key: str | None = None,
    clock: Clock = database_clock,
    on_behalf_of: str | None = None,
    evidence: Sequence[Attachment] = (),
    reauthenticated: bool = False,
) -> Accepted | Refusal | Stale:
    """Cast or change a vote. `digest` is that of what the person was shown (guarantees S6).

    `on_behalf_of` is the username of whoever delegated to this person, where it is their right that is used.
    `evidence` are files kept for this person (`runs.files`) and links; `reauthenticated`: who they are was proved just
    now, by whoever calls this.
    """
    if choice not in list(Choice):
        return Refusal("field:choice", "Approve, reject, ask for changes or abstain.")
    event = CastVote(
        at=NOT_YET,
        actor=person.username,
        on_behalf_of=(on_behalf_of or "").replace(NUL, "") or None,
        visit=visit,
        choice=Choice(choice),
        comment=comment.replace(NUL, "").strip(),
        digest=digest,
        evidence=tuple(evidence),
    )
    return apply([Delivery(run.pk, event, key=key, reauthenticated=reauthenticated)], clock)[0]


def withdraw(
    run: Run, visit: int, person: Person, key: str | None = None, clock: Clock = database_clock
) -> Accepted | Refusal | Stale:
    """Take this person's vote back."""
    event = Withdraw(at=NOT_YET, actor=person.username, visit=visit)
    return apply([Delivery(run.pk, event, key=key)], clock)[0]
