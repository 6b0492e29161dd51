"""Say that somebody is away, change that, end it early; and name who usually stands in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.machine.commands import Refusal
from runs import absence_notices, absences, appoint, appointing, periods
from runs.clock import Clock, database_clock
from runs.models import Absence, Delegation, DelegationEntry, Substitute
from runs.outcomes import FieldErrors
from workflows.models import Person
from workflows.writing import writing

Kind = DelegationEntry.Kind
Source = Absence.Source


@dataclass(frozen=True, slots=True)
class Away:
    """`warnings` are sentences for whoever put it down."""

    absence: Absence
    warnings: tuple[str, ...] = ()


def be_away(
    person: Person,
    starts_at: datetime,
    ends_at: datetime,
    by: Person,
    substitute: Person | None = None,
    reason: str = "",
    clock: Clock = database_clock,
) -> Away | Refusal | FieldErrors:
    """Put down that a person is away; with a substitute, who then acts for them in everything."""
    with writing():
        appoint.locked(person)
        return put_down(person, starts_at, ends_at, by, clock(), substitute, reason)


def put_down(
    person: Person,
    starts_at: datetime,
    ends_at: datetime,
    by: Person,
    now: datetime,
    substitute: Person | None = None,
    reason: str = "",
    feed: str = "",
    uid: str = "",
    tells: bool = True,
) -> Away | Refusal | FieldErrors:
    """The same within a transaction that holds the person; `feed` and `uid` say which event of which calendar it is.

    Not `tells`: whoever calls this tells the people concerned.
    """
    refusal = _refused(person, starts_at, ends_at, by, now, substitute)
    if refusal is not None:
        return refusal
    absence = Absence.objects.create(
        person=person,
        starts_at=starts_at,
        ends_at=ends_at,
        substitute=substitute,
        reason=reason.strip()[:300],
        source=Source.CALENDAR if uid else Source.OWN if by == person else Source.ADMINISTRATOR,
        feed=feed,
        uid=uid,
        made_by=by,
        made_at=now,
    )
    _write_entry(Kind.AWAY, absence, by, now)
    return Away(absence, _appoint(absence, by, now, tells))


def change(
    absence: Absence,
    starts_at: datetime,
    ends_at: datetime,
    by: Person,
    substitute: Person | None = None,
    reason: str = "",
    clock: Clock = database_clock,
) -> Away | Refusal | FieldErrors:
    """Change when somebody is away and who acts for them then."""
    with writing():
        appoint.locked(absence.person)
        return put_down_anew(absence, starts_at, ends_at, by, clock(), substitute, reason)


def put_down_anew(
    absence: Absence,
    starts_at: datetime,
    ends_at: datetime,
    by: Person,
    now: datetime,
    substitute: Person | None = None,
    reason: str = "",
) -> Away | Refusal | FieldErrors:
    """The same within a transaction that holds the person."""
    found = _standing(absence)
    if found is None or found.ends_at <= now:
        return OVER
    # its beginning may lie long back, and is not asked about again where it stays
    refusal = _refused(found.person, starts_at, ends_at, by, now, substitute, found)
    if refusal is not None:
        return refusal
    found.starts_at, found.ends_at, found.substitute = starts_at, ends_at, substitute
    found.reason = reason.strip()[:300]
    found.save(update_fields=["starts_at", "ends_at", "substitute", "reason"])
    _write_entry(Kind.CHANGED, found, by, now)
    for given in _given(found):
        appoint.end(given, by, now, tells=given.to != substitute)
    return Away(found, _appoint(found, by, now))


OVER = Refusal("not-open", "This absence is over.")


def come_back(absence: Absence, by: Person, clock: Clock = database_clock) -> Absence | Refusal:
    """End an absence before its time, or before it begins: nobody acts for the person any more."""
    with writing():
        appoint.locked(absence.person)
        return end(absence, by, clock())


def end(absence: Absence, by: Person, now: datetime, detail: str = "") -> Absence | Refusal:
    """The same within a transaction that holds the person."""
    found = _standing(absence)
    if found is None or found.ends_at <= now:
        return OVER
    verdict = appointing.to_change(by, found)
    if not verdict:
        appointing.write_down(by, "end an absence", verdict, now)
        return Refusal(verdict.code, verdict.sentence)
    found.ended_by, found.ended_at = by, now
    found.save(update_fields=["ended_by", "ended_at"])
    _write_entry(Kind.BACK, found, by, now, detail)
    for given in _given(found):
        appoint.end(given, by, now)
    return found


def name_substitute(
    person: Person, to: Person | None, by: Person, clock: Clock = database_clock
) -> Substitute | Refusal | FieldErrors | None:
    """Name who usually acts for this person where a calendar says that they are away; None: nobody."""
    with writing():
        appoint.locked(person)
        now = clock()
        refusal = _unfit(person, to, by, now)
        if refusal is not None:
            return refusal
        before = Substitute.objects.filter(person=person).first()
        if (before.to if before else None) == to:
            return before
        if to is None:
            Substitute.objects.filter(person=person).delete()
            named = None
        else:
            named, _ = Substitute.objects.update_or_create(person=person, defaults={"to": to})
        DelegationEntry.objects.create(at=now, by=by, kind=Kind.USUAL, person=person, to=to)
        return named


def _refused(
    person: Person,
    starts_at: datetime,
    ends_at: datetime,
    by: Person,
    now: datetime,
    substitute: Person | None,
    changed: Absence | None = None,
) -> Refusal | FieldErrors | None:
    refusal = _unfit(person, substitute, by, now)
    if refusal is not None:
        return refusal
    wrong = periods.wrong(starts_at, ends_at, now)
    if wrong:
        return FieldErrors(wrong)
    for other in absences.away([person.username], starts_at, ends_at):
        if changed is None or other.pk != changed.pk:
            when = periods.said(other.starts_at, other.ends_at, person)
            return FieldErrors({"starts_at": f"{person} is away {when} already. Change that instead."})
    return None


def _unfit(person: Person, substitute: Person | None, by: Person, now: datetime) -> Refusal | FieldErrors | None:
    """Refuse who may not say this, and a substitute who may not be one; nobody at all may."""
    refusal = appoint.refused(by, person, substitute, now)
    if substitute is None and isinstance(refusal, FieldErrors) and "to" in refusal:
        return None
    if isinstance(refusal, FieldErrors) and "to" in refusal:
        return FieldErrors({"substitute": refusal["to"]})
    return refusal


def _standing(absence: Absence) -> Absence | None:
    return Absence.objects.standing().select_related("person", "substitute").filter(pk=absence.pk).first()


def _given(absence: Absence) -> list[Delegation]:
    held = Delegation.objects.given().select_for_update(of=("self",), no_key=True)
    return list(held.filter(absence=absence).select_related("person", "to", "absence"))


def _appoint(absence: Absence, by: Person, now: datetime, tells: bool = True) -> tuple[str, ...]:
    """Let the substitute act; say where nobody does."""
    if absence.substitute is None:
        if tells:
            absence_notices.away(absence, by)
        return (f"Nobody acts for {absence.person} then: what waits for them waits until they are back.",)
    given = appoint.give(
        absence.person,
        absence.substitute,
        absence.starts_at,
        absence.ends_at,
        by,
        now,
        reason=absence.reason,
        absence=absence,
        tells=tells,
    )
    return appoint.warnings(given, now)


def _write_entry(kind: str, absence: Absence, by: Person, now: datetime, detail: str = "") -> None:
    DelegationEntry.objects.create(
        at=now,
        by=by,
        kind=kind,
        person=absence.person,
        to=absence.substitute,
        absence=absence,
        starts_at=absence.starts_at,
        ends_at=absence.ends_at,
        detail=detail or absence.reason,
    )
