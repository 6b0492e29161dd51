"""One act on several runs, before it is done: what it would do to each, and which refuse by which rule.

Each run is tried on its own by the machine itself (`runs.trial`); what is then sent names exactly what was shown
(`Line.target`). Performing it is `runs.bulk_acts`'.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dashboards import consequences
from dashboards.course import acts, foreseen
from dashboards.course.told import in_words
from engine.definition import Definition, WaitSpec
from engine.lifecycles import VISIT_OPEN
from engine.machine.commands import Refusal
from engine.machine.events import Event
from engine.machine.state import State, Visit, step_of
from runs import definitions, moving, orders, rules, trial
from runs.bulk_acts import Target
from runs.models import Run
from runs.moving import Move
from runs.notices import news
from workflows.models import Artifact, Person


@dataclass(frozen=True)
class Kind:
    """An act that can be done to several runs. `asks` is what has to be chosen before it can be said what it does."""

    name: str
    word: str
    icon: str
    asks: str = ""

    @property
    def is_danger(self) -> bool:
        return self.name in acts.DANGERS


ACTS = (
    Kind("pause", "Pause", "pause"),
    Kind("resume", "Resume", "play"),
    Kind("retry", "Retry", "retry"),
    Kind("skip", "Skip", "skip"),
    Kind("reassign", "Reassign", "people", "Hand their tasks to which role?"),
    Kind("jump", "Jump", "jump", "Go on at which step?"),
    Kind("migrate", "Move to a version", "version", "Go on in which version?"),
    Kind("signal", "Send a signal", "bell", "Which signal?"),
    Kind("rollback", "Roll back", "rollback"),
    Kind("cancel", "Cancel", "x"),
)
#: A preview takes no longer than this unless it is asked for all; so many runs are tried together.
SECONDS, AT_ONCE = 3.0, 250
#: Why there is nothing at all to do to a run.
_NOTHING = {
    "retry": "Nothing has gone wrong in it, so there is nothing to retry.",
    "skip": "Several steps are open: choose one on the run's page.",
    "reassign": "No task is open in it.",
}


@dataclass(frozen=True)
class Held:
    """A run with its state, read once."""

    run: Run
    state: State
    definition: Definition


@dataclass(frozen=True)
class Line:
    """The act on one run, or at one visit of it: what it does, or why it would be refused."""

    run: Run
    act: str
    visit: int = 0
    at: str = ""
    says: str = ""
    refusal: Refusal | None = None

    @property
    def target(self) -> str:
        """How a form names exactly this, with what was seen of the run."""
        return f"{self.run.number}:{self.visit}@{self.run.seq}"

    @property
    def is_of_rights(self) -> bool:
        """Whether it is refused to this person and perhaps not to another."""
        return self.refusal is not None and self.refusal.code in ("not-in-role", "excluded")


@dataclass(frozen=True)
class Group:
    """Runs to which the same would happen, or which refuse by the same rule."""

    says: str
    lines: tuple[Line, ...]
    rule: rules.Rule | None = None

    @property
    def runs(self) -> int:
        return len({line.run.pk for line in self.lines})


@dataclass(frozen=True)
class Preview:
    """`done` are the groups that the act would be done to, the largest first; `refused` those it would not.

    `unseen` runs were not looked at in the time there was: nothing is done to them.
    """

    done: tuple[Group, ...] = ()
    refused: tuple[Group, ...] = ()
    targets: str = field(default="", repr=False)
    unseen: int = 0

    @property
    def runs(self) -> int:
        return len({line.run.pk for group in self.done for line in group.lines})

    @property
    def kept_out(self) -> int:
        return sum(group.runs for group in self.refused)


def hold(runs: Iterable[Run]) -> list[Held]:
    """Read the state of each run."""
    states = [(run, definitions.state_of(run)) for run in runs]
    return [Held(run, state, definitions.by_digest(state.definition)) for run, state in states]


def offered(held: Iterable[Held], name: str) -> tuple[tuple[str, str], ...]:
    """Return what can be chosen for such an act, with its words: what any of these runs knows."""
    found: dict[str, str] = {}
    if name == "migrate":
        return _versions(held)
    for definition in {one.definition.digest: one.definition for one in held}.values():
        if name == "jump":
            found |= {step: consequences.title(definition, step) for step in definition.steps}
        elif name == "signal":
            waits = (step.does for step in definition.steps.values() if isinstance(step.does, WaitSpec))
            found |= {wait.signal: in_words(wait.signal) for wait in waits if wait.signal}
        elif name == "reassign":
            found |= {role: in_words(role) for role in definition.roles}
    return tuple(sorted(found.items(), key=lambda one: one[1]))


def _versions(held: Iterable[Held]) -> tuple[tuple[str, str], ...]:
    """Return the versions that any of these runs can be moved to, the newest of each playbook first."""
    playbooks = Artifact.objects.filter(versions__in={one.run.version_id for one in held}).distinct().order_by("slug")
    versions = [version for artifact in playbooks for version in moving.targets(artifact)]
    return tuple((Move.to_version(one).text(), f"{one.title}, version {one.number}") for one in versions)


def chosen(offered: Iterable[tuple[str, str]], name: str, wanted: str) -> str:
    """Return what is wanted where it is offered; of a move to a version that is offered, with what it says besides."""
    values = [value for value, _ in offered]
    move = Move.read(wanted) if name == "migrate" else None
    if move is None:
        return wanted if wanted in values else ""
    known = [one for value in values if (one := Move.read(value))]
    return wanted if any((one.to, one.number) == (move.to, move.number) for one in known) else ""


def in_words_of(name: str, to: str) -> str:
    """Say what an act was given: the version of a move, else the step, role or signal."""
    move = Move.read(to) if name == "migrate" else None
    if move is None:
        return in_words(to)
    mapped = ", ".join(f"{old} as {new}" for old, new in sorted(move.mapping.items()))
    given = ", ".join(f"{name} given" for name in sorted(move.given))
    said = ", ".join(one for one in (mapped, given) if one)
    return f"version {move.number}{f', {said}' if said else ''}"


def preview(person: Person, held: Sequence[Held], name: str, to: str = "", seconds: float | None = SECONDS) -> Preview:
    """Try the act on each run, and put together what comes to the same; in so many seconds, None: all of it.

    `to` is given where the act asks for it. A fixed number of statements for each `AT_ONCE` runs.
    """
    began, lines, looked = time.monotonic(), [], 0
    while looked < len(held) and (not looked or seconds is None or time.monotonic() - began < seconds):
        lines += _lines(person, held[looked : looked + AT_ONCE], name, to)
        looked += AT_ONCE
    return _grouped(lines, max(0, len(held) - looked))


def _lines(person: Person, held: Sequence[Held], name: str, to: str) -> list[Line]:
    asked = [(one, visit) for one in held for visit in _visits(one, name)]
    idle = {one.run.pk for one in held} - {one.run.pk for one, _ in asked}
    tried = trial.attempt([trial.Asked(one.run, _event(person, name, visit, to), one.state) for one, visit in asked])
    says = foreseen.foresee(tried, person)
    lines = [Line(one.run, name, refusal=Refusal("not-open", _NOTHING[name])) for one in held if one.run.pk in idle]
    for (one, visit), came, seen in zip(asked, tried, says, strict=True):
        at = news.titled(one.definition, visit) if visit else ""
        words = f"At {consequences.title(one.definition, visit.step)}: {seen.says}" if visit else seen.says
        lines.append(Line(one.run, name, visit.number if visit else 0, at, words, came.refusal))
    return lines


def _event(person: Person, name: str, visit: Visit | None, to: str) -> Event:
    event = orders.order(name, person.username, "", visit.number if visit else 0, to)
    assert not isinstance(event, Refusal), "what the act asks for is given"
    return event


def _visits(one: Held, name: str) -> list[Visit | None]:
    """Return at which of its visits the act is done to a run: None for the run itself."""
    if name not in orders.OF_STEP or not one.run.is_open:
        return [None]
    visits = [visit for visit in one.state.visits.values() if visit.status in VISIT_OPEN]
    if name == "reassign":
        return [visit for visit in visits if step_of(one.definition, visit).kind == "task"]
    stuck = [visit for visit in visits if visit.incident is not None]
    return [*(stuck or (visits if name == "skip" and len(visits) == 1 else []))]


def _grouped(lines: Sequence[Line], unseen: int) -> Preview:
    done: dict[str, list[Line]] = {}
    refused: dict[tuple[str, str], list[Line]] = {}
    for line in sorted(lines, key=lambda line: (line.run.number, line.visit)):
        if line.refusal is None:
            done.setdefault(line.says, []).append(line)
        else:
            refused.setdefault((line.refusal.code, line.refusal.sentence), []).append(line)
    may = [Group(says, tuple(many)) for says, many in done.items()]
    may_not = [Group(says, tuple(many), rules.of(code)) for (code, says), many in refused.items()]
    targets = " ".join(line.target for group in may for line in group.lines)
    return Preview(tuple(sorted(may, key=_size)), tuple(sorted(may_not, key=_size)), targets, unseen)


def _size(group: Group) -> tuple[int, str]:
    return -len(group.lines), group.says


def targets(texts: Iterable[str]) -> list[Target]:
    """Read what a form sends back; what is no target is left out."""
    found = []
    for word in (word for text in texts for word in text.split()):
        number, _, rest = word.partition(":")
        visit, _, seen = rest.partition("@")
        if all(part.isascii() and part.isdecimal() and len(part) < 10 for part in (number, visit, seen)):
            found.append(Target(int(number), int(visit), int(seen)))
    return found
