"""What is told to whoever acts for somebody, and to the one they act for, when that is arranged and when it ends."""

from __future__ import annotations

from runs import periods
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


def _body(given: Delegation, by: Person, reader: Person) -> str:
    titles = sorted(artifact.slug for artifact in given.playbooks.all())
    where = f"In {', '.join(titles)}." if titles else "In all playbooks."
    who = "" if by == given.person else f" {by} arranged it."
    why = f" {given.reason}" if given.reason else ""
    what = "What waits for them is in your list, with their name." if reader == given.to else "You may still act too."
    return f"{where}{who}{why} {what}"


def _tell(reader: Person, title: str, body: str) -> None:
    """Hand it to the notices."""
