"""What is told to whoever acts for somebody, and to the one they act for, when that is arranged and when it ends."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from runs import notices, periods
from runs.models import Absence, Delegation
from workflows.models import Person


def appointed(given: Delegation, by: Person) -> None:
    """Tell the delegate, and whoever they act for where somebody else arranged it."""
    for reader, words in ((given.to, f"You act for {given.person}"), (given.person, f"{given.to} acts for you")):
        if reader != by:
            title = f"{words} {periods.said(given.starts_at, given.ends_at, reader)}"
            _tell(reader, title, _body(given, by, reader))


def ended(given: Delegation, by: Person) -> None:
    for reader, words in (
        (given.to, f"You no longer act for {given.person}"),
        (given.person, f"{given.to} no longer acts for you"),
    ):
        if reader != by:
            how = "declined" if by == given.to else "ended"
            _tell(reader, words, f"{by} {how} what was to last until {periods.until(given.ends_at, reader)}.")


def away(absence: Absence, by: Person) -> None:
    """Tell somebody that it was put down for them that they are away and nobody acts for them."""
    if by != absence.person and absence.substitute is None:
        when = periods.said(absence.starts_at, absence.ends_at, absence.person)
        _tell(absence.person, f"You are away {when}", f"{by} put it down. Nobody acts for you: name a substitute.")


def brought_in(absences: Sequence[Absence], by: Person, feed: str) -> None:
    """Tell of all that a calendar has put down for one person at once: that person, and whoever acts."""
    person, to = absences[0].person, absences[0].substitute
    for reader, words in ((person, "You are away"), (to, f"You act for {person}")):
        if reader is not None and reader != by:
            times = [f"- {periods.said(one.starts_at, one.ends_at, reader)}" for one in absences[:_LISTED]]
            more = [f"- and {len(absences) - _LISTED} more"] if len(absences) > _LISTED else []
            first = absences[0]
            when = (
                periods.said(first.starts_at, first.ends_at, reader) if len(absences) == 1 else f"{len(absences)} times"
            )
            who = f"{to} acts for you then." if to else "Nobody acts for you then: name a substitute."
            body = [f"The calendar {feed} says so.", *times, *more, *([who] if reader == person else [])]
            _tell(reader, f"{words} {when}", "\n".join(body))


#: So many absences a notice names.
_LISTED = 12


def _body(given: Delegation, by: Person, reader: Person) -> str:
    titles = sorted(artifact.slug for artifact in given.playbooks.all())
    where = f"In {', '.join(titles)}." if titles else "In all playbooks."
    who = "" if by == given.person else f" {by} arranged it."
    why = f" {given.reason}" if given.reason else ""
    what = "What waits for them is in your list, with their name." if reader == given.to else "You may still act too."
    return f"{where}{who}{why} {what}"


def _tell(reader: Person, title: str, body: str) -> None:
    notices.tell(notices.Kind.DELEGATION, [reader.username], title=title, body=body, url=reverse("absence"))
