"""The calendars of a playbook, pinned: what business time counts by, and the windows in which steps open.

Business time counts by the calendar that the playbook names, else by the usual one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.calendars import Calendar
from engine.definition import WaitSpec
from engine.durations import BusinessTime, Length
from engine.language.places import Places
from engine.language.playbook import Playbook
from engine.language.section import Reading
from engine.problems import did_you_mean


def pin(
    playbook: Playbook, reading: Reading, known: Mapping[str, Calendar], usual: Calendar, instead: Calendar | None
) -> Calendar | None:
    """Return the calendar; None where none is named or needed, or where the name is unknown, which is reported.

    `instead` is a scenario's calendar and stands for whatever the playbook names.
    """
    named = playbook.calendar
    if not named:
        needed = any(isinstance(length, BusinessTime) for length in _lengths(playbook))
        return (instead or usual) if needed else None
    if instead is not None:
        return instead
    if named in known:
        return known[named]
    hint = did_you_mean(named, known) or _known(known)
    place = Places(reading.nodes).at("calendar")
    reading.problem("bad-value", f"There is no calendar `{named[:80]}`.", place, hint)
    return None


def windows(
    playbook: Playbook, reading: Reading, known: Mapping[str, Calendar], instead: Calendar | None
) -> dict[str, Calendar]:
    """Return the calendars that `window` names; one that is not known is reported."""
    found: dict[str, Calendar] = {}
    for step in playbook.steps:
        if not step.window:
            continue
        if instead is not None or step.window in known:
            found[step.window] = known[step.window] if instead is None else instead
            continue
        hint = did_you_mean(step.window, known) or _known(known)
        place = Places(reading.nodes).at(*step.path, "window")
        reading.problem("bad-value", f"There is no calendar `{step.window[:80]}`.", place, hint)
    return found


def _known(known: Mapping[str, Calendar]) -> str:
    return f"Known here: {', '.join(sorted(known))}." if known else "No calendar is known here."


def _lengths(playbook: Playbook) -> Iterator[Length | None]:
    yield playbook.sla
    for step in playbook.steps:
        yield step.due
        for rung in step.escalate:
            yield rung.after
            yield rung.before_due
        if isinstance(step.does, WaitSpec):
            yield step.does.length
            yield step.does.deadline
