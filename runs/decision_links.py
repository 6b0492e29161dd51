"""Links in mails by which one person decides at one gate without signing in, once: made, found, answered.

Only for runs of units that switched them on. A link says who decides and on what; every rule is that of `runs.vote`,
asked at the act: the role held now, the gate as it is now. Opening a link changes nothing, so what reads mails before
people do (scanners, previews) decides nothing and uses nothing up.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.crypto import salted_hmac

from engine.lifecycles import Choice
from engine.machine import events
from engine.machine.commands import Refusal
from engine.machine.events import CastVote
from runs import guard, openings
from runs.clock import Clock, database_clock
from runs.models import DecisionLink, Entry, Receipt, Step
from workflows.directory import accounts
from workflows.models import DirectoryEntry, Person, Unit

LIFETIME = timedelta(hours=72)


@dataclass(frozen=True)
class Answer:
    """How a person decided by a link, and when: the first time, which is the only one."""

    choice: Choice
    at: datetime


def address(step: Step, person: Person, clock: Clock = database_clock) -> str | None:
    """Make a link for this person and return its path; None where links are off or the person may not vote now.

    For whoever writes a mail. A reminder has a link of its own; they all are good for one decision together. An address
    that somebody else has changed gets none for a while: whoever did might read what is sent there.
    """
    if not are_on(step.run.unit) or _has_moved(person, clock()):
        return None
    if not guard.may(person, "vote", run=step.run, visit=step.number):
        return None
    return reverse("decide", args=[make(step, person, clock)])


def _has_moved(person: Person, now: datetime) -> bool:
    changed = DirectoryEntry.objects.filter(person=person, kind=DirectoryEntry.Kind.CHANGED, at__gt=now - LIFETIME)
    return changed.filter(detail__contains=f"{accounts.DETAILS['email']}: ").exclude(by=person.username).exists()


def make(step: Step, person: Person, clock: Clock = database_clock) -> str:
    """Return the token of a new link to what the gate shows now. It is known to nobody afterwards: its hash is kept."""
    token, now = secrets.token_urlsafe(32), clock()
    DecisionLink.objects.create(
        token_sha256=_hash(token),
        step=step,
        person=person,
        digest=openings.digest_of(step),
        made_at=now,
        expires_at=now + LIFETIME,
    )
    return token


def find(token: str) -> DecisionLink | None:
    """Return the link with this token, whether it is still good for anything or not."""
    return (
        DecisionLink.objects.select_related("person", "step__gate", "step__run__unit")
        .filter(token_sha256=_hash(token))
        .first()
    )


def are_on(unit: Unit) -> bool:
    """Whether this unit, or one above it, has switched the links on."""
    return any(
        unit.path.startswith(path) for path in Unit.objects.filter(decision_links=True).values_list("path", flat=True)
    )


def ended(link: DecisionLink, now: datetime) -> Refusal | None:
    """Say why a link is good for nothing any more, whatever its gate says."""
    if link.expires_at <= now:
        return Refusal("link-expired", "This link was good for 72 hours, and they are over.")
    if not are_on(link.step.run.unit):
        return Refusal("link-off", f"{link.step.run.unit.title} has switched off decisions by link.")
    return None


def key_of(link: DecisionLink) -> str:
    """Return the idempotency key of a decision by this link: all links of one mail's question share it.

    So a link that is used twice, or beside another one, gets the first answer from `runs.apply`, and makes no entry.
    Nobody can guess it: who sent a vote of their own with it would use up the link of somebody else.
    """
    question = f"{link.step_id}:{link.person_id}:{link.digest}"
    return "link:" + salted_hmac("decision-link", question, algorithm="sha256").hexdigest()


def answer_of(link: DecisionLink) -> Answer | None:
    """Return how the person decided by this link or by another of the same question; None: not yet."""
    receipt = Receipt.objects.filter(run=link.step.run_id, key=key_of(link)).first()
    if receipt is None:
        return None
    entry = Entry.objects.get(run=link.step.run_id, seq=receipt.seq)
    event = events.from_json(json.loads(entry.event))
    assert isinstance(event, CastVote), "nothing else has such a key"
    return Answer(event.choice, entry.at)


def use(link: DecisionLink, now: datetime) -> bool:
    """Mark a link as used after its decision; False where somebody else did it first."""
    return bool(DecisionLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
