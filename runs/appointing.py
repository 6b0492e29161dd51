"""The guard's word on who may act for whom: who may hand rights on, take them back, and say that somebody is away.

Asked again by the verbs (`runs.appoint`, `runs.be_away`) inside their transactions; what is refused for want of a
right is in the security log.
"""

from __future__ import annotations

from datetime import datetime

from runs.guard import NOT_ACTIVE, YES, Verdict
from runs.models import Absence, Delegation, Refused, Substitute
from workflows.guard import is_administrator as is_administrator
from workflows.models import Person

_NOT_YOURS = "Only administrators may do this for somebody else."


def to_speak_for(by: Person, person: Person) -> Verdict:
    """Whether `by` may say for `person` that they are away, or who acts for them: themselves, or an administrator."""
    if not by.is_active:
        return NOT_ACTIVE
    if by.is_service:
        return Verdict(False, "not-in-role", "A service account hands nothing to anybody.")
    return YES if by == person or is_administrator(by) else Verdict(False, "not-in-role", _NOT_YOURS)


def to_appoint(by: Person, person: Person, to: Person) -> Verdict:
    """Whether `by` may let `to` act for `person`.

    Nobody takes the rights of another for themselves, no administrator either: the other must have named them as
    their usual substitute.
    """
    verdict = to_speak_for(by, person)
    if not verdict or by == person or to != by:
        return verdict
    if Substitute.objects.filter(person=person, to=by).exists():
        return YES
    sentence = f"Nobody appoints themselves to act for somebody else. {person} can do it, or another administrator."
    return Verdict(False, "not-in-role", sentence)


def to_take_back(by: Person, delegation: Delegation) -> Verdict:
    """Whether `by` may end this delegation: who made it, who was to act (they decline it), or an administrator."""
    if not by.is_active:
        return NOT_ACTIVE
    if by in (delegation.person, delegation.to) or is_administrator(by):
        return YES
    return Verdict(False, "not-in-role", "This is not yours to take back.")


def to_change(by: Person, absence: Absence) -> Verdict:
    """Whether `by` may change this absence or end it."""
    return to_speak_for(by, absence.person)


def write_down(by: Person, act: str, verdict: Verdict, at: datetime) -> None:
    """Keep in the security log that somebody was refused this."""
    Refused.objects.create(at=at, person=by.username, act=act, code=verdict.code, sentence=verdict.sentence)
