"""Let a playbook off one demand of a policy, for a reason and until a date: asked for, decided by somebody else, ended.

An exception in force lets the playbook be published and started although the demand does not hold. It ends by itself.
Every change, and every refused attempt, is one entry of the governance log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from engine.lifecycles import ExceptionStatus
from engine.naming import WORDS
from engine.policies import applies, say
from workflows import guard
from workflows.clock import Clock, database_clock
from workflows.directory.changing import NotChanged
from workflows.governing import Kind, note
from workflows.models import Artifact, Part, Person, PolicyException
from workflows.playbooks import by_digest
from workflows.policies.binding import Bound, binding
from workflows.policies.checking import LONGEST_REQUIREMENT
from workflows.writing import writing

LONGEST_REASON, LONGEST_SAID = 2000, 1000
#: Longer than this is no exception: then the policy is to be changed.
LONGEST = timedelta(days=366)

#: Those that count, or may come to.
OPEN = (ExceptionStatus.ASKED.value, ExceptionStatus.GRANTED.value)


@dataclass(frozen=True)
class Asked:
    """What is asked for. `requirement` is the demand in the policy's own words (`engine.policies.say`)."""

    policy: Artifact
    playbook: Artifact
    requirement: str
    reason: str
    starts_at: datetime
    ends_at: datetime


def ask(asked: Asked, person: Person, clock: Clock = database_clock) -> PolicyException | NotChanged:
    """Ask for an exception in this person's name. It counts for nothing until somebody else grants it."""
    with writing():
        now = clock()
        if not (verdict := guard.may(person, "author", asked.playbook.unit)):
            return _refused(person, asked.playbook, verdict, "ask for an exception", now)
        if wrong := _wrong(asked, now):
            return NotChanged("bad-value", " ".join(wrong.values()), wrong)
        exception = PolicyException.objects.create(
            policy=asked.policy,
            playbook=asked.playbook,
            requirement=asked.requirement[:LONGEST_REQUIREMENT],
            reason=asked.reason.strip(),
            asked_at=now,
            asked_by=person,
            starts_at=asked.starts_at,
            ends_at=asked.ends_at,
        )
        says = named(exception)
        note(Kind.EXCEPTION_ASKED, person, asked.playbook, of=exception, says=says, detail=exception.reason, at=now)
    return exception


def grant(
    exception: PolicyException, person: Person, said: str = "", clock: Clock = database_clock
) -> PolicyException | NotChanged:
    """Let it count, from its first day to its last."""

    def decide(found: PolicyException, now: datetime) -> NotChanged | None:
        if found.ends_at <= now:
            return NotChanged("too-late", "The time it was asked for is over: it would never count.")
        found.grant()
        return None

    return _decide(exception, person, said, Kind.EXCEPTION_GRANTED, decide, clock)


def refuse(
    exception: PolicyException, person: Person, said: str, clock: Clock = database_clock
) -> PolicyException | NotChanged:
    """Do not let it count; say why."""

    def decide(found: PolicyException, now: datetime) -> NotChanged | None:
        if not said.strip():
            return _missing("Say why: whoever asked reads it.")
        found.refuse()
        return None

    return _decide(exception, person, said, Kind.EXCEPTION_REFUSED, decide, clock)


def revoke(
    exception: PolicyException, person: Person, said: str, clock: Clock = database_clock
) -> PolicyException | NotChanged:
    """End it now, before its date; say why. Whoever granted it stands in the log."""

    def decide(found: PolicyException, now: datetime) -> NotChanged | None:
        if not said.strip():
            return _missing("Say why: the playbook cannot be started from now on.")
        found.revoke()
        return None

    return _decide(exception, person, said, Kind.EXCEPTION_REVOKED, decide, clock)


def may_decide(exception: PolicyException, person: Person) -> guard.Verdict:
    """Decide whether this person may grant or refuse it, or end it where it is granted."""
    is_new = exception.status == ExceptionStatus.ASKED
    return guard.may_except(person, exception.policy.unit, exception.asked_by if is_new else None)


def deciders(policy: Artifact, asked_by: Person) -> QuerySet[Person]:
    """Return who may decide on an exception that this person asks for: all whom `guard.may_except` lets. One query."""
    owners = Part.objects.filter(part__in=guard.PARTS["except"], unit__path__in=policy.unit.paths)
    people = Person.objects.filter(pk__in=owners.values("person"), is_active=True).exclude(pk=asked_by.pk)
    return people.order_by("first_name", "last_name")


def named(exception: PolicyException) -> str:
    """How the log calls it: by its number, so that the entries of one can be found."""
    return f"exception {exception.pk}: {exception.playbook} from {exception.policy}"


def demands_of(policy: Artifact, playbook: Artifact) -> dict[str, str]:
    """Return the demands of a policy that bind this playbook, as an exception holds them and as a reader has them.

    None where it does not bind it.
    """
    bound = _bound(policy, playbook)
    return {say(demand): say(demand, WORDS) for demand in bound.policy.require} if bound else {}


def _bound(policy: Artifact, playbook: Artifact) -> Bound | None:
    """Return the policy as it binds the playbook; one that was never published may be of any kind yet."""
    bound = next((one for one in binding(playbook.unit) if one.artifact.pk == policy.pk), None)
    version = playbook.published
    if bound is None or version is None:
        return bound
    return bound if applies(bound.policy, by_digest(version.digest)) else None


def _wrong(asked: Asked, now: datetime) -> dict[str, str]:
    """Return what is wrong with what is asked for, by field."""
    wrong: dict[str, str] = {}
    demands = demands_of(asked.policy, asked.playbook)
    if not demands:
        wrong["requirement"] = f"The policy {asked.policy} does not bind {asked.playbook}: no exception is needed."
    elif asked.requirement not in demands:
        wrong["requirement"] = "Choose one of the policy’s demands."
    elif _there_is(asked, now):
        wrong["requirement"] = "There is an exception from this demand already, asked for or in force at that time."
    if not asked.reason.strip():
        wrong["reason"] = "Say why: whoever decides reads it, and so does every auditor."
    elif len(asked.reason) > LONGEST_REASON:
        wrong["reason"] = f"At most {LONGEST_REASON} characters, please; these are {len(asked.reason)}."
    if asked.ends_at <= asked.starts_at:
        wrong["ends_at"] = "It ends before it begins."
    elif asked.ends_at <= now:
        wrong["ends_at"] = "This day is over."
    elif asked.ends_at - max(asked.starts_at, now) > LONGEST:
        wrong["ends_at"] = "An exception lasts a year at most. Change the policy where it does not fit."
    return wrong


def _there_is(asked: Asked, now: datetime) -> bool:
    same = PolicyException.objects.filter(
        policy=asked.policy, playbook=asked.playbook, requirement=asked.requirement[:LONGEST_REQUIREMENT]
    )
    return same.filter(status__in=OPEN, ends_at__gt=max(now, asked.starts_at), starts_at__lt=asked.ends_at).exists()


def _decide(
    exception: PolicyException,
    person: Person,
    said: str,
    kind: Kind,
    decide: Callable[[PolicyException, datetime], NotChanged | None],
    clock: Clock,
) -> PolicyException | NotChanged:
    """Decide on the exception as it is now, if this person may; of two at once the second is told who was first."""
    with writing():
        now = clock()
        rows = PolicyException.objects.select_for_update(of=("self",)).select_related("policy__unit", "playbook__unit")
        found = rows.get(pk=exception.pk)
        needed = ExceptionStatus.GRANTED if kind == Kind.EXCEPTION_REVOKED else ExceptionStatus.ASKED
        asked_by = None if kind == Kind.EXCEPTION_REVOKED else found.asked_by
        if not (verdict := guard.may_except(person, found.policy.unit, asked_by)):
            return _refused(person, found.playbook, verdict, f"{kind.label}: {named(found)}", now)
        if found.status != needed:
            by = f" by {found.decided_by}" if found.decided_by else ""
            return NotChanged("already-decided", f"This exception is {found.get_status_display()} already{by}.")
        if len(said) > LONGEST_SAID:
            sentence = f"At most {LONGEST_SAID} characters, please; these are {len(said)}."
            return NotChanged("bad-value", sentence, {"said": sentence})
        if (trouble := decide(found, now)) is not None:
            return trouble
        found.decided_at, found.decided_by, found.said = now, person, said.strip()
        found.save()
        note(kind, person, found.playbook, of=found, says=named(found), detail=found.said, at=now)
    return found


def _missing(sentence: str) -> NotChanged:
    return NotChanged("bad-value", sentence, {"said": sentence})


def _refused(person: Person, playbook: Artifact, verdict: guard.Verdict, what: str, now: datetime) -> NotChanged:
    note(Kind.REFUSED, person, playbook, says=what, detail=verdict.sentence, at=now)
    return NotChanged(verdict.code, verdict.sentence)
