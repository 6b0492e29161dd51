"""What an operator may do to a run: each act with its consequence, and the guard's reason where it may not be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from dashboards import consequences
from dashboards.called import told
from dashboards.course import undoing
from dashboards.course.reading import Seen
from dashboards.shelf.names import listed
from engine.definition import WaitSpec
from engine.lifecycles import VISIT_OPEN, RunStatus
from engine.machine import rights
from runs import guard
from runs.guard import Verdict
from runs.models import Incident, Run, Step
from workflows.models import Person

OFFERED = 8
"""At most so many open steps are offered in the menu."""


@dataclass(frozen=True)
class Act:
    """`name` is the guard's; `step` is None for what is done to the run as a whole."""

    name: str
    verb: str
    icon: str
    consequence: str
    verdict: Verdict
    run: Run
    step: Step | None = None

    @property
    def is_danger(self) -> bool:
        return self.name in DANGERS

    @property
    def asks_more(self) -> bool:
        """Whether what it does depends on what is typed."""
        return self.name in ASKING

    @property
    def short(self) -> str:
        """The verb alone, where what it is done to stands beside it."""
        return self.verb.split(" ", 1)[0]

    @property
    def address(self) -> str:
        """Where it is asked for."""
        where = [self.run.number, *([self.step.number] if self.step else [])]
        return reverse(f"run-{self.name}", args=where)


#: Acts on a run, and acts on one of its steps.
OF_RUN = ("pause", "resume", "signal", "jump", "change", "migrate", "rollback", "cancel")
OF_STEP = ("retry", "complete-for", "reassign", "skip")
REGIONS = ("parallel", "each")
#: What asks for more than a reason.
ASKING = ("jump", "signal", "change", "migrate", "reassign", "complete-for")
#: What cannot be taken back.
DANGERS = ("rollback", "cancel")


def of(person: Person, seen: Seen) -> tuple[Act, ...]:
    """Offer what there is to do here: what is stuck first, then what is open, then the run as a whole."""
    run = seen.run
    if not run.is_open:
        return ()
    open_steps = [step for step in seen.steps if step.status in VISIT_OPEN]
    # a region is told by what is open in it, so it comes after that, but for one that is stuck itself
    shown = sorted(open_steps, key=lambda step: (step.number not in seen.stuck, step.kind in REGIONS))[:OFFERED]
    wanted: list[tuple[str, Step | None]] = [("retry", step) for step in shown if step.number in seen.stuck]
    for step in shown:
        names = ("complete-for", "reassign", "skip") if step.kind == "task" else ("skip",)
        wanted += [(name, step) for name in names]
    wanted += [(name, None) for name in _whole(seen)]
    return tuple(named(person, seen, name, step) for name, step in wanted)


def _whole(seen: Seen) -> list[str]:
    """What can be done to the run as a whole, as far along as it is."""
    waits = any(isinstance(step.does, WaitSpec) and step.does.signal for step in seen.definition.steps.values())
    names = ["signal"] if waits else []
    moves = ["migrate"] if seen.newer is not None else []
    if seen.run.status == RunStatus.QUEUED:
        return [*names, *moves, "cancel"]
    if seen.run.status == RunStatus.ROLLING_BACK:
        return ["resume" if seen.run.paused else "pause", *moves, "cancel"]
    return ["resume" if seen.run.paused else "pause", *names, "jump", "change", *moves, "rollback", "cancel"]


def named(person: Person, seen: Seen, name: guard.Act, step: Step | None = None, to: str = "") -> Act:
    """Return one act by its name, with the guard's verdict now.

    `to` is the step of a jump, the name of a signal, or the number of a version.
    """
    visit = step.number if step else None
    verdict = guard.may(person, name, seen.run, visit, to=to if step is None and name != "migrate" else "")
    words = _at(name, seen, step) if step is not None else _of_run(name, seen, to)
    verb, icon, consequence = words
    return Act(name, verb, icon, consequence, verdict, seen.run, step)


Words = tuple[str, str, str]


def _moving(seen: Seen, to: str) -> Words:
    """Say what a move does; without a word it is to the newest version that is published."""
    number = to if to.isdecimal() and len(to) < 7 else str(seen.newer.number) if seen.newer else ""
    there = f"version {number}" if number else "another version"
    what = (
        f"It goes on in {there} of its playbook where it stands, whole or not at all. What is open stays open with "
        "whoever has it, votes stay where the question, what is shown and whom it asks are the same, and due times "
        "count from when each step opened."
    )
    if seen.run.status == RunStatus.QUEUED:
        what = f"It keeps its turn in the queue, and begins on {there}."
    return f"Move to {there}", "version", what


def _of_run(name: str, seen: Seen, to: str = "") -> Words:
    if name == "migrate":
        return _moving(seen, to)
    open_steps = [step for step in seen.steps if step.status in VISIT_OPEN]
    closed = _listed([told(step, seen.definition) for step in open_steps if step.kind not in REGIONS])
    closes = f" and closes {closed}" if closed else ""
    called = _called(seen, [step for step in open_steps if step.number in seen.called])
    return {
        "pause": (
            "Pause the run",
            "pause",
            "Nobody can hand in or vote until it is resumed, and its clocks stand still. What the machine has in hand "
            f"is finished; what comes of it is held.{called and f' {called} paused too.'}",
        ),
        "resume": (
            "Resume the run",
            "play",
            "People can act again, clocks run on with what was left of them, and what came meanwhile is applied."
            f"{called and f' {called} resumed too.'}",
        ),
        "signal": (
            "Send a signal",
            "bell",
            "Says to the run that something has happened outside: a step that waits for it goes on, else it is kept "
            "for one that will.",
        ),
        "jump": (
            "Jump to a step",
            "jump",
            f"Goes on at {_step(seen, to)}; everything open in the list it stands in is closed"
            f"{f' ({closed})' if closed else ''}. What was done since may be undone first, or stay.",
        ),
        "change": (
            "Change data",
            "pencil",
            "Puts inputs or results right. Nothing that was decided is done again; an open gate that shows a changed "
            "value is asked anew.",
        ),
        "rollback": ("Roll back the run", "rollback", _rolling_back(seen, closed, called)),
        "cancel": (
            "Cancel the run",
            "x",
            f"Ends the run at once{closes}. Nothing that was done is undone.{called and f' {called} cancelled too.'}",
        ),
    }[name]


def _step(seen: Seen, to: str) -> str:
    known = to.partition("[")[0] in seen.definition.steps
    return consequences.title(seen.definition, to.partition("[")[0]) if known else "a step of your choice"


def _rolling_back(seen: Seen, closed: str, called: str) -> str:
    undos = undoing.of_rollback(seen.definition, seen.state)
    first = f"Closes {closed}" if closed else "Closes what is open"
    if undos:
        then = f"undoes {undoing.listed(undos)}, one after the other"
    else:
        then = "ends the run, as nothing that was done can be undone"
    last = "; then the run ends as rolled back" if undos else ""
    return f"{first}, and {then}{last}.{called and f' {called} cancelled too.'}"


def _called(seen: Seen, steps: Sequence[Step]) -> str:
    """Name the runs that these steps have called and wait for, with the verb that follows."""
    runs = [seen.called[step.number] for step in steps if seen.called[step.number].is_open]
    if not runs:
        return ""
    names = _listed([f"{run.number}" for run in runs])
    return f"Run {names}, which it called, is" if len(runs) == 1 else f"Runs {names}, which it called, are"


def _listed(words: list[str], most: int = 4) -> str:
    """Join words, the first ones by name."""
    return listed([*words[:most], f"{len(words) - most} more"] if len(words) > most else words)


def _at(name: str, seen: Seen, step: Step) -> Words:
    incident, title = seen.stuck.get(step.number), told(step, seen.definition)
    if name == "retry" and incident is not None and incident.code == "escalated":
        what = "Nothing went wrong that could be tried again: the step stays open as it is, and the call is closed."
        return f"Answer the call at {title}", "task", what
    if name == "retry":
        return f"Retry {title}", "retry", _retrying(step, seen.run, incident)
    if name == "reassign":
        had = f"{step.claimed_by} loses it" if step.claimed_by else "Whoever it was for does not see it any more"
        return f"Reassign {title}", "delegate", f"{had}; whom you choose finds it under My work."
    if name == "complete-for":
        return (
            f"Complete {title} for somebody",
            "check",
            f"Hands it in for them{_after(seen, step)}. The log names both.",
        )
    return f"Skip {title}", "skip", _skipping(seen, step)


def _after(seen: Seen, step: Step) -> str:
    if step.undoes is not None:
        return f"; {undoing.then(seen.definition, seen.state)}"
    leads = consequences.leads_to(seen.definition, step.name, "done")
    return f", which {leads}" if leads else ""


def _retrying(step: Step, run: Run, incident: Incident | None) -> str:
    what = {
        "action": "A new attempt with the same idempotency key; the attempts are counted from the beginning.",
        "gate": "Who may vote is asked of the organisation again.",
        "call": "Another run is started in place of the one that ended.",
    }.get(step.kind, "What went wrong is tried once more.")
    if incident is not None and incident.code == "expression":
        what = "What could not be evaluated is evaluated again, with the data as it is now."
    return f"{what} It waits for the end of the pause." if run.paused and step.kind == "action" else what


def _skipping(seen: Seen, step: Step) -> str:
    if step.undoes is not None:
        return f"Counts as undone by hand; {undoing.then(seen.definition, seen.state)}."
    leads = consequences.leads_to(seen.definition, step.name, _way_on(seen, step))
    if step.kind in REGIONS:
        return _skipping_region(seen, step, leads)
    if step.kind == "gate":
        return f"Breaks the glass: nobody has approved, and this page will say so. That {leads or 'goes on'}."
    called = _called(seen, [step] if step.number in seen.called else [])
    also = f" {called} cancelled." if called else ""
    return f"It goes on without its result: {leads}.{also}" if leads else f"It goes on without its result.{also}"


def _skipping_region(seen: Seen, step: Step, leads: str) -> str:
    visit = seen.state.visits.get(step.number)
    gates = rights.skipped_over(seen.definition, seen.state, visit) if visit is not None else ()
    names = listed([consequences.title(seen.definition, gate) for gate in gates])
    glass = f" Breaks the glass: nobody has approved at {names}, and this page will say so." if gates else ""
    return f"Closes everything that is open in it and goes on without its result{leads and f': {leads}'}.{glass}"


def _way_on(seen: Seen, step: Step) -> str:
    triggers = [way.trigger for way in seen.definition.ways[step.name]]
    return next((trigger for trigger in ("skip", "done", "approve") if trigger in triggers), "done")
