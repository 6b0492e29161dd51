"""What an act would do, read from a trial of it: what is closed, undone, opened, passed on, and who is told.

Takes what the machine itself answered in memory (`runs.trial`), so that a page says beforehand what the log will say
afterwards; leaves lines under heads for one run, and one sentence that reads alike for runs to which the same happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from dashboards.course import foreseen_parts as parts
from dashboards.course.foreseen_parts import Around, Said
from dashboards.shelf.names import listed
from engine.machine.commands import TellChild
from runs.models import Run
from runs.trial import Trial
from workflows.models import Person


@dataclass(frozen=True)
class Foreseen:
    """`lines` are (head, texts) for one run; `says` is the same in one sentence, without what only this run has."""

    lines: tuple[tuple[str, tuple[str, ...]], ...]
    says: str


def foresee(trials: Sequence[Trial], person: Person) -> list[Foreseen]:
    """Say of each trial that was not refused what it came to, of the others nothing. At most three statements."""
    around = Around(_names(trials), _called(trials, person))
    return [Foreseen((), "") if trial.refusal else _foresee(trial, around) for trial in trials]


def _names(trials: Sequence[Trial]) -> dict[str, str]:
    named: set[str] = set()
    for trial in trials:
        before = trial.story.before
        named |= {before.started_by} if before else set()
        for visit in before.visits.values() if before else ():
            named |= {visit.claimed_by or "", *(visit.asking.spoke if visit.asking else ())}
    people = Person.objects.filter(username__in=named - {""}) if named - {""} else ()
    return {person.username: str(person) for person in people}


def _called(trials: Sequence[Trial], person: Person) -> dict[UUID, Run]:
    told = {UUID(one.run) for trial in trials for _, _, one in trial.story.asked if isinstance(one, TellChild)}
    if not told:
        return {}
    return {run.pk: run for run in Run.objects.visible_to(person).filter(pk__in=told).defer("state")}


def _foresee(trial: Trial, around: Around) -> Foreseen:
    moves = [move for happening in trial.story.happened for move in happening.moves]
    heads = (
        ("Closed", parts.closed(trial, moves, around)),
        ("Nobody approves", parts.passed_over(trial, moves)),
        ("Votes that no longer count", parts.voided(moves, around)),
        ("Clocks", parts.clocks(trial, moves)),
        ("Undone in this order", parts.undone(trial, moves)),
        ("Handed over", parts.handed(trial, moves)),
        ("By machine", parts.by_machine(trial, moves)),
        ("Opens next", parts.opened(trial, moves)),
        ("Called runs", parts.children(trial, around)),
        ("Needs an operator", parts.incidents(trial)),
        ("The run", parts.of_run(trial, moves)),
        ("Told", parts.told(trial, around)),
    )
    lines = tuple((head, tuple(exact for exact, _ in said if exact)) for head, said in heads if said)
    return Foreseen(lines, _sentence(heads))


def _sentence(heads: Iterable[tuple[str, Said]]) -> str:
    sentences = []
    for head, said in heads:
        common = list(dict.fromkeys(text for _, text in said if text))
        if common:
            together = _JOINED[head](common) if head in _JOINED else listed(common)
            sentences.append(f"{_LEADS[head]}{together}.")
    return " ".join(" ".join(one.replace("..", ".").split()) for one in sentences)


_LEADS = {
    "Closed": "Closes ",
    "Nobody approves": "Breaks the glass at ",
    "Votes that no longer count": "",
    "Clocks": "",
    "Undone in this order": "Undoes ",
    "Handed over": "",
    "By machine": "",
    "Opens next": "Opens ",
    "Called runs": "",
    "Needs an operator": "Needs an operator again: ",
    "The run": "",
    "Told": "Told: ",
}
_JOINED: dict[str, Callable[[list[str]], str]] = {
    "Undone in this order": ", then ".join,
    **dict.fromkeys(
        ("Clocks", "Handed over", "By machine", "Called runs", "The run", "Votes that no longer count"), "; ".join
    ),
}
