"""The log of a run as its section shows it: what was asked for, what can be asked for, and a page of entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards import called
from dashboards.attachments import Held
from dashboards.course import doers, log, narrowing
from dashboards.course.doers import Acts
from dashboards.course.log import Line, Log
from dashboards.course.narrowing import Choices, Narrowing
from dashboards.course.reading import Seen


@dataclass(frozen=True)
class Book:
    """`home` is the page that the section stands on, where its links lead without JavaScript."""

    log: Log
    choices: Choices
    acts: Acts
    home: str


def of(address: Mapping[str, str], seen: Seen, held: Held, home: str) -> Book:
    """Read the page of the log that the address asks for. Five queries; a bounded number more to look inside."""
    acts, choices, asked = _asked(address, seen)
    return Book(log.read(seen.run, seen.definition, titles(seen), asked, held), choices, acts, home)


def asked(address: Mapping[str, str], seen: Seen) -> Narrowing:
    return _asked(address, seen)[2]


def line(seen: Seen, held: Held) -> Line | None:
    """The entry after which the run is shown, as the log says it. Two queries."""
    last = log.read(seen.run, seen.definition, titles(seen), Narrowing(seq=seen.run.seq), held, most=1)
    return last.days[0].lines[0] if last.days else None


def titles(seen: Seen) -> dict[int, str]:
    """What the visits are called in the log."""
    return {step.number: called.numbered(step) for step in seen.steps}


def _asked(address: Mapping[str, str], seen: Seen) -> tuple[Acts, Choices, Narrowing]:
    acts = doers.acts(seen.run, seen.state.seq)
    choices = doers.choices(seen, acts)
    visits = {step.number: step.name for step in seen.steps}
    upto = seen.as_of.newest + 1 if seen.as_of else seen.run.seq
    return acts, choices, narrowing.read(address, choices, visits, upto)
