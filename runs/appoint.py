"""Let somebody act for somebody from and until an instant, and take that back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.lifecycles import DelegationStatus
from engine.machine.commands import Refusal
from runs import absence_notices, absences, appointing, periods
from runs.clock import Clock, database_clock
from runs.guard import Verdict
from runs.models import Absence, Delegation, DelegationEntry
from runs.outcomes import FieldErrors
from workflows.models import Artifact, Person
from workflows.writing import writing

Kind = DelegationEntry.Kind


@dataclass(frozen=True, slots=True)
class Appointed:
    """`warnings` are sentences for whoever did it: it is done all the same."""

    delegation: Delegation
    warnings: tuple[str, ...] = ()


def appoint(
    person: Person,
    to: Person | None,
    starts_at: datetime,
    ends_at: datetime,
    by: Person,
    playbooks: Sequence[Artifact] = (),
    reason: str = "",
    clock: Clock = database_clock,
) -> Appointed | Refusal | FieldErrors:
    """Let `to` act with the rights of `person` in these playbooks, or all. What has begun already begins now."""
    with writing():
        locked(person)
        now = clock()
        refusal = refused(by, person, to, now)
        if refusal is not None:
            return refusal
        assert to is not None
        wrong = periods.wrong(starts_at, ends_at, now) or _twice(person, to, starts_at, ends_at, playbooks)
        if wrong:
            return FieldErrors(wrong)
        given = give(person, to, starts_at, ends_at, by, now, playbooks, reason.strip())
        return Appointed(given, warnings(given, now))


def take_back(delegation: Delegation, by: Person, clock: Clock = database_clock) -> Delegation | Refusal:
    """End a delegation before its time. The delegate who does it declines; an absence is then without a substitute."""
    with writing():
        held = Delegation.objects.select_for_update(of=("self",), no_key=True)
        found = held.select_related("person", "to", "absence").get(pk=delegation.pk)
        now = clock()
        verdict = appointing.to_take_back(by, found)
        if not verdict:
            appointing.write_down(by, "take back", verdict, now)
            return Refusal(verdict.code, verdict.sentence)
        if found.status != DelegationStatus.GIVEN or found.ends_at <= now:
            return Refusal("not-open", "This delegation is over.")
        end(found, by, now)
        if found.absence is not None and found.absence.substitute_id == found.to_id:
            Absence.objects.filter(pk=found.absence_id).update(substitute=None)
        return found


def locked(person: Person) -> None:
    """Let nobody else hand on the rights of this person, or say when they are away, until the transaction ends."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    # an act that uses one of them is written first, so that it is not said to have ended before
    list(Delegation.objects.given().filter(person=person).select_for_update(no_key=True).order_by("pk").values("pk"))


def refused(by: Person, person: Person, to: Person | None, now: datetime) -> Refusal | FieldErrors | None:
    """Say why `to` cannot be let act for `person` by `by`; for want of a right it is in the security log."""
    verdict: Verdict = appointing.to_speak_for(by, person)
    if verdict and to is not None:
        verdict = appointing.to_appoint(by, person, to)
    if not verdict:
        appointing.write_down(by, "appoint", verdict, now)
        return Refusal(verdict.code, verdict.sentence)
    if not person.is_active or person.is_service:
        return FieldErrors({"person": f"{person} has no active account of their own."})
    if to is None:
        return FieldErrors({"to": "Choose who is to act."})
    if to == person:
        return FieldErrors({"to": "Choose somebody else: nobody stands in for themselves."})
    if not to.is_active:
        return FieldErrors({"to": f"{to} has no active account."})
    if to.is_service:
        return FieldErrors({"to": f"{to} is a program's account, which decides nothing."})
    return None


def give(
    person: Person,
    to: Person,
    starts_at: datetime,
    ends_at: datetime,
    by: Person,
    now: datetime,
    playbooks: Iterable[Artifact] = (),
    reason: str = "",
    absence: Absence | None = None,
    tells: bool = True,
) -> Delegation:
    """Write a delegation, its entry and its notice, within a transaction."""
    given = Delegation.objects.create(
        person=person,
        to=to,
        starts_at=max(starts_at, now),
        ends_at=ends_at,
        reason=reason[:300],
        made_by=by,
        made_at=now,
        absence=absence,
    )
    given.playbooks.set(playbooks)
    slugs = ", ".join(sorted(artifact.slug for artifact in playbooks))
    write_entry(Kind.APPOINTED, by, now, given, f"{slugs or 'all playbooks'}{f': {reason}' if reason else ''}")
    if tells:
        absence_notices.appointed(given, by)
    return given


def end(given: Delegation, by: Person, now: datetime, tells: bool = True) -> None:
    """End a delegation that stands, within a transaction."""
    given.take_back(by, now)
    given.save(update_fields=["status", "ended_by", "ended_at"])
    write_entry(Kind.DECLINED if by == given.to and by != given.person else Kind.TAKEN_BACK, by, now, given)
    if tells:
        absence_notices.ended(given, by)


def write_entry(kind: str, by: Person, now: datetime, given: Delegation, detail: str = "") -> None:
    DelegationEntry.objects.create(
        at=now,
        by=by,
        kind=kind,
        person=given.person,
        to=given.to,
        delegation=given,
        absence=given.absence,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
        detail=detail[:1000],
    )


def _twice(
    person: Person, to: Person, starts_at: datetime, ends_at: datetime, playbooks: Sequence[Artifact]
) -> dict[str, str]:
    """Refuse what is handed to the same person already for all of this time, and all of these playbooks."""
    there = Delegation.objects.given().filter(person=person, to=to, starts_at__lte=starts_at, ends_at__gte=ends_at)
    wanted = {artifact.pk for artifact in playbooks}
    for one in there.prefetch_related("playbooks"):
        covered = {artifact.pk for artifact in one.playbooks.all()}
        if not covered or (wanted and wanted <= covered):
            return {"to": f"{to} acts for {person} {periods.said(one.starts_at, one.ends_at, person)} already."}
    return {}


def warnings(given: Delegation, now: datetime) -> tuple[str, ...]:
    """Say what whoever handed this over should know: it may be useless at times, and what does not go along."""
    person, to, found = given.person, given.to, []
    for absence in absences.away([to.username], given.starts_at, given.ends_at):
        found.append(f"{to} is away {periods.said(absence.starts_at, absence.ends_at, person)}.")
    others = Delegation.objects.given().filter(to=person, starts_at__lt=given.ends_at, ends_at__gt=given.starts_at)
    names = sorted({str(one.person) for one in others.select_related("person")})
    if names:
        found.append(f"What {' and '.join(names)} handed to {person} does not go along: it cannot be passed on.")
    return tuple(found)
