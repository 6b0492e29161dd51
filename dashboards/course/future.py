"""What will happen in a run when nobody does anything: the machine itself is asked, in memory, on a clock of its own.

Takes the run as read, fires its timers one after another as the clock will, with the people that the directory names
today, and leaves what comes of it, the earliest first, each with its time and the rule of the playbook that does it.
What machines will answer nobody knows: an action that opens is named, and its result is not made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dashboards import called, ladders
from dashboards.consequences import opened
from dashboards.course.reading import Seen
from dashboards.course.told import in_words
from dashboards.templatetags.times import span
from engine.definition import ActionSpec, Definition, GateSpec, Rung, TaskSpec, WaitSpec
from engine.lifecycles import RUN_ENDED, VisitStatus
from engine.machine.advance import advance
from engine.machine.commands import Advance, Move, NeedPick, NeedRoster
from engine.machine.events import Event, Fire, Load, Pick, Roster
from engine.machine.ladder import order
from engine.machine.state import State, Timer, Visit, step_of
from engine.naming import title
from runs import directory
from runs.directory import USER

#: So many things are told, and so many timers fired to find them: reminders that come again and again are told once.
TOLD, FIRED = 12, 80

ENDS = {
    "completed": "The run is complete.",
    "failed": "The run ends as failed.",
    "cancelled": "The run is cancelled.",
    "rolled_back": "The run ends as rolled back.",
}


@dataclass(frozen=True)
class Moment:
    """One thing that will happen, at a visit or (0) to the run. `ends`: the step ends by it, `over`: the run does.

    `is_late`: its time has come, and the clock has not come by yet.
    """

    at: datetime
    where: str
    words: str
    rule: str
    visit: int = 0
    then: str = ""
    ends: bool = False
    over: bool = False
    is_late: bool = False


@dataclass(frozen=True)
class Future:
    """`goes_on`: more will happen after the last of these."""

    moments: tuple[Moment, ...] = ()
    goes_on: bool = False


def of(seen: Seen, now: datetime) -> Future:
    """Work out what will happen. Two statements for the people of all roles, one for names; none where no time runs."""
    state = seen.state
    if state.paused or state.status in RUN_ENDED or (not state.timers and state.sla_at is None):
        return Future()
    people = directory.people_of((seen.definition, name) for name in _asked(seen.definition))
    means = {name: who for (_, name), who in people.items()}
    names = ladders.names_of([rung for step in seen.definition.steps.values() for rung in step.escalate])
    moments: list[Moment] = []
    told: set[tuple[int, int]] = set()
    for timer, moment in _play(seen.definition, state, means, names):
        if timer.kind == "rung" and (timer.visit, timer.index) in told:
            continue  # it says itself that it comes again and again
        if moment is not None:
            told.add((timer.visit, timer.index if timer.kind == "rung" else -1))
            moments.append(moment)
        if len(moments) > TOLD:
            break
    moments = _with_the_end(seen, moments)
    shown = [_late(moment, now) for moment in moments[:TOLD]]
    return Future(tuple(shown), len(moments) > TOLD)


def _play(
    definition: Definition, state: State, means: Mapping[str, tuple[str, ...]], names: Mapping[str, str]
) -> Iterator[tuple[Timer, Moment | None]]:
    """Fire one timer after another, each at its time, and say what each did."""
    for _ in range(FIRED):
        if not state.timers or state.status in RUN_ENDED or state.paused:
            return
        timer = min(state.timers.values(), key=order)
        step = advance(definition, state, Fire(at=timer.due_at, timer=timer.key))
        if not isinstance(step, Advance):
            return
        before, state, moves = state, step.state, step.moves
        touched = {visit.number: visit for visit in step.touched}
        asked = list(step.commands)
        while asked:
            need = asked.pop(0)
            answer = _answer(need, timer.due_at, means)
            more = advance(definition, state, answer) if answer is not None else None
            if isinstance(more, Advance):
                state, moves = more.state, (*moves, *more.moves)
                touched |= {visit.number: visit for visit in more.touched}
                asked += more.commands
        yield timer, _moment(definition, before, timer, moves, touched, names)


def _answer(need: object, at: datetime, means: Mapping[str, tuple[str, ...]]) -> Event | None:
    """Answer as the directory would today."""
    if isinstance(need, NeedRoster):
        return Roster(
            at=at, visit=need.visit, people={name: means.get(name, ()) for name in need.names}, rung=need.rung
        )
    if isinstance(need, NeedPick):
        return Pick(at=at, visit=need.visit, people={name: Load() for name in means.get(need.role, ())})
    return None


def _asked(definition: Definition) -> list[str]:
    """The names whose people the machine may ask for: roles, and people that the playbook names."""
    named = set(definition.roles)
    for step in definition.steps.values():
        named |= {rung.add for rung in step.escalate if rung.add}
        does = step.does
        named |= set(
            does.approvers if isinstance(does, GateSpec) else (does.assign,) if isinstance(does, TaskSpec) else ()
        )
    return sorted(name for name in named if name in definition.roles or name.startswith(USER))


def _moment(
    definition: Definition,
    before: State,
    timer: Timer,
    moves: Sequence[Move],
    touched: Mapping[int, Visit],
    names: Mapping[str, str],
) -> Moment | None:
    visit = before.visits.get(timer.visit)
    if visit is None:
        words = "The attempt that was under way is waited for no longer."
        return Moment(timer.due_at, "What is undone", words, "A rollback waits so long for an attempt.")
    where = titled(definition, visit)
    kinds = {move.kind for move in moves}
    if timer.kind == "rung" and not kinds - {"note"}:
        return None  # its condition does not hold as the data stands
    words, rule = _says(definition, visit, timer, names)
    after = touched.get(visit.number, visit)
    ends = timer.kind in ("rung", "wait", "deadline") and after.ended_at is not None
    over = any(move.kind == "ended" for move in moves)
    return Moment(timer.due_at, where, words, rule, visit.number, _then(definition, moves, touched), ends, over)


def _says(definition: Definition, visit: Visit, timer: Timer, names: Mapping[str, str]) -> tuple[str, str]:
    """Say what a timer does and by which rule."""
    spec, does = step_of(definition, visit), step_of(definition, visit).does
    match timer.kind:
        case "due":
            return "It is overdue.", f"It is to be done within {span(spec.due)} of its opening."
        case "rung":
            rung = spec.escalate[timer.index]
            words = ladders.words_of(definition, spec, rung, names, asked=True, leads=False)
            return f"{words}.", f"Rule {timer.index + 1} of {titled(definition, visit)}: {when(rung)}."
        case "wait" if isinstance(does, WaitSpec) and does.length is not None:
            return "The time is up.", f"It waits {span(does.length)} from its opening."
        case "wait":
            return "The time is up.", "It waits for a time that the playbook works out."
        case "deadline" if isinstance(does, WaitSpec):
            signal = in_words(does.signal or "")
            return "No signal has come in time.", f"It waits {span(does.deadline)} for the signal “{signal}”."
        case "retry" if isinstance(does, ActionSpec):
            attempts = f"It is tried {does.retry.attempts} times at most, with a pause in between."
            return f"Attempt {timer.index + 1} is made.", attempts
        case "window":
            hours = definition.windows[spec.window].title or spec.window if spec.window else ""
            begins = "it begins" if visit.status is VisitStatus.WAITING else "the next attempt is made"
            return f"Its window opens: {begins}.", f"It happens only within “{in_words(hours)}”."
    return "Its time has come.", "The playbook says so."


def when(rung: Rung) -> str:
    """Say when a rung is climbed: `4 h after it opened`, `1 h before it is due`."""
    after = (
        f"{span(rung.after)} after it opened" if rung.after is not None else f"{span(rung.before_due)} before it is due"
    )
    return after if after != "0 s after it opened" else "as soon as it opens"


def _then(definition: Definition, moves: Sequence[Move], touched: Mapping[int, Visit]) -> str:
    """Say what the moves lead to: what opens, and how the run ends."""
    said = ["What was done is undone, the newest first."] * any(move.kind == "rolling_back" for move in moves)
    titles = list(dict.fromkeys(opened(definition, moves, touched)))
    if titles:
        said.append(f"Then {' and '.join(titles)} {'opens' if len(titles) == 1 else 'open'}.")
    said += [ENDS[str(move.data["status"])] for move in moves if move.kind == "ended"]
    calls = any(move.kind == "incident" for move in moves) and not any(move.data.get("incident") for move in moves)
    said += ["An operator is called."] * calls
    return " ".join(said)


def _with_the_end(seen: Seen, moments: list[Moment]) -> list[Moment]:
    """Put the time by which the run is to end where it belongs, if it is not over by then."""
    at, sla = seen.state.sla_at, seen.definition.sla
    if at is None or sla is None:
        return moments
    over = next((moment.at for moment in moments if moment.over), None)
    if over is not None and over <= at:
        return moments
    late = Moment(at, "The run", "It is late.", f"Runs of this playbook are to end within {span(sla)}.")
    return sorted([*moments, late], key=lambda moment: moment.at)


def _late(moment: Moment, now: datetime) -> Moment:
    if moment.at > now:
        return moment
    return replace(moment, is_late=True)


def titled(definition: Definition, visit: Visit) -> str:
    """The title of a visit, with its item where it belongs to one."""
    words = visit.title or title(definition, visit.step)
    return f"{words} ({called.item(visit.scope)})" if visit.scope else words
