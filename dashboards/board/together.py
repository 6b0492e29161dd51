"""One act on several runs: what it would do to each, and what came of it for each.

Every run is asked for on its own, by the guard and by the verb, so that what one may not be done keeps no other from
it. A key of the whole makes one for each, so that a second sending does nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from dashboards import consequences
from dashboards.course import acts
from dashboards.course.acts import Act
from dashboards.course.reading import Seen
from dashboards.course.told import in_words
from engine.definition import WaitSpec
from engine.lifecycles import VISIT_OPEN, IncidentStatus
from engine.machine.commands import Refusal
from runs import definitions, operate
from runs.models import Incident, Run, Step
from runs.outcomes import FieldErrors, Outcome, is_accepted
from workflows.models import Person

#: At most so many runs at once: a page of the board.
MOST = 50


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
    Kind("signal", "Send a signal", "bell", "Which signal?"),
    Kind("rollback", "Roll back", "rollback"),
    Kind("cancel", "Cancel", "x"),
)


@dataclass(frozen=True)
class Line:
    """One act on one run, at a step of it or as a whole, or why there is none; `refusal` and `is_done`: what came."""

    run: Run
    act: Act | None = None
    step: Step | None = None
    why: str = ""
    refusal: Refusal | None = None
    is_done: bool = False

    @property
    def may(self) -> bool:
        return self.act is not None and bool(self.act.verdict)

    @property
    def target(self) -> str:
        """What a form sends back to have exactly this done."""
        return f"{self.run.number}:{self.step.number if self.step else 0}"

    @property
    def says(self) -> str:
        if self.act is None:
            return self.why
        return self.act.consequence if self.act.verdict else self.act.verdict.sentence


def read(person: Person, numbers: Iterable[str]) -> tuple[Run, ...]:
    """Return those of these runs that the person may see, by number; anything else is left out."""
    wanted = [int(number) for number in numbers if number.isdecimal() and len(number) < 19][:MOST]
    found = Run.objects.visible_to(person).filter(number__in=wanted).select_related("unit", "started_by", "version")
    return tuple(found.order_by("number"))


def preview(person: Person, runs: Sequence[Run], name: str, to: str = "") -> tuple[Line, ...]:
    """Say what the act would do to each run, and to which of its steps."""
    return tuple(line for seen in _seen(person, runs) for line in _lines(person, seen, name, to))


def offered(runs: Sequence[Run], name: str) -> tuple[tuple[str, str], ...]:
    """Return what can be chosen for such an act, with its words: what any of these runs knows."""
    found: dict[str, str] = {}
    for run in runs:
        definition = definitions.of(run)
        if name == "jump":
            found |= {step: consequences.title(definition, step) for step in definition.steps}
        elif name == "signal":
            waits = (step.does for step in definition.steps.values() if isinstance(step.does, WaitSpec))
            found |= {wait.signal: in_words(wait.signal) for wait in waits if wait.signal}
        elif name == "reassign":
            found |= {role: in_words(role) for role in definition.roles}
    return tuple(sorted(found.items(), key=lambda one: one[1]))


def _seen(person: Person, runs: Sequence[Run]) -> Iterable[Seen]:
    """Read what the acts on these runs look at: their open steps, open incidents and called runs. Three queries."""
    steps: dict[UUID, list[Step]] = {run.pk: [] for run in runs}
    open_ones = [status.value for status in VISIT_OPEN]
    for step in Step.objects.filter(run__in=runs, status__in=open_ones).select_related("claimed_by").order_by("number"):
        steps[step.run_id].append(step)
    incidents: dict[UUID, list[Incident]] = {run.pk: [] for run in runs}
    opened = Incident.objects.filter(run__in=runs, status=IncidentStatus.OPEN.value, step__isnull=False)
    for incident in opened.select_related("step"):
        incidents[incident.run_id].append(incident)
    called: dict[UUID, dict[int, Run]] = {run.pk: {} for run in runs}
    for child in Run.objects.visible_to(person).open().filter(parent__in=runs).order_by("number"):
        if child.parent_id is not None and child.parent_visit is not None:
            called[child.parent_id][child.parent_visit] = child
    for run in runs:
        state = definitions.state_of(run)
        yield Seen(
            run,
            state,
            definitions.by_digest(state.definition),
            tuple(steps[run.pk]),
            tuple(incidents[run.pk]),
            called[run.pk],
        )


def _lines(person: Person, seen: Seen, name: str, to: str) -> Iterable[Line]:
    run, steps = seen.run, seen.steps
    if not run.is_open:
        yield Line(run, why=f"It has ended: it is {run.get_status_display()}.")
        return
    chosen: Sequence[Step | None] = [None]
    if name in acts.OF_STEP:
        is_handed = name == "reassign"
        chosen = [step for step in steps if (step.kind == "task" if is_handed else step.number in seen.stuck)]
        if name == "skip" and not chosen and len(steps) == 1:
            chosen = steps
        if not chosen:
            yield Line(run, why=_NOTHING[name])
    for step in chosen:
        yield Line(run, acts.named(person, seen, name, step, to), step)


_NOTHING = {
    "retry": "Nothing has gone wrong in it, so there is nothing to retry.",
    "skip": "Several steps are open: choose one on the run's page.",
    "reassign": "No task is open in it.",
}


def perform(person: Person, name: str, targets: Iterable[str], reason: str, key: str, to: str = "") -> tuple[Line, ...]:
    """Do the act to exactly what was shown, each `<run>:<visit>` (0 for the run itself), and say what came of each.

    What cannot be done to one run leaves the others alone; a repeat with the same key gets the first answers.
    """
    pairs = [target.partition(":")[::2] for target in targets][: MOST * acts.OFFERED]
    runs = {str(run.number): run for run in read(person, dict.fromkeys(number for number, _ in pairs))}
    return tuple(_done(person, name, runs[number], visit, reason, key, to) for number, visit in pairs if number in runs)


def _done(person: Person, name: str, run: Run, visit: str, reason: str, key: str, to: str) -> Line:
    number = int(visit) if visit.isdecimal() and len(visit) < 10 else 0
    step = Step.objects.filter(run=run, number=number).first() if name in acts.OF_STEP else None
    own = f"{key[:60]}:{name}:{number}"
    outcome: Outcome | FieldErrors
    if name == "jump":
        outcome = operate.jump(run, person, to, reason, own)
    elif name == "signal":
        outcome = operate.signal(run, person, to, "", reason, own)
    elif name not in acts.OF_STEP:
        outcome = _VERBS[name](run, person, reason, own)
    elif step is None:
        outcome = Refusal("not-open")
    elif name == "reassign":
        outcome = operate.reassign(run, step.number, person, to, reason, own)
    else:
        verb = operate.retry if name == "retry" else operate.skip
        outcome = verb(run, step.number, person, reason, own)
    if is_accepted(outcome):
        return Line(run, step=step, is_done=True)
    if isinstance(outcome, FieldErrors):
        return Line(run, step=step, refusal=Refusal("field:to", " ".join(outcome.values())))
    return Line(run, step=step, refusal=outcome if isinstance(outcome, Refusal) else Refusal("not-open"))


_VERBS = {
    "pause": operate.pause,
    "resume": operate.resume,
    "rollback": operate.rollback,
    "cancel": operate.cancel,
}
