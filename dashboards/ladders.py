"""What happens when nobody answers: the escalation of a visit as a small time line with real dates.

The future is what the machine's timers hold; what has passed is what the playbook had before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards import shown
from dashboards.consequences import leads_to
from dashboards.templatetags.times import span
from engine.definition import Definition, Rung, StepSpec
from engine.durations import roughly
from engine.machine.ladder import Coming, future, rung_at
from engine.machine.state import State, Visit, step_of
from runs.directory import USER
from workflows.models import Person

WHOM = {
    "assigned": "Whoever it is assigned to is",
    "pending": "Whoever has not voted yet is",
    "approvers": "Everybody who may vote is",
    "starter": "Whoever started it is",
}


@dataclass(frozen=True)
class Line:
    """One line of the time line. `when` is `past`, `now` or `next`; `ends` marks what closes the step by itself."""

    when: str
    words: str
    at: datetime | None = None
    ends: bool = False


def of(definition: Definition, state: State, visit: Visit | None, now: datetime) -> list[Line]:
    """Lay out the opening, now, and everything still to come; empty where nothing is to come or it is over."""
    if visit is None:
        return []
    coming = [] if state.paused or visit.undoes is not None else _coming(definition, state, visit)
    if not coming:
        return []
    opening = Line("past", "Opened", visit.opened_at)
    open_for = now - visit.opened_at
    minutes = open_for - timedelta(seconds=open_for.seconds % 60) if open_for > timedelta(minutes=1) else open_for
    passed = _passed(definition, state, visit, now)
    return [opening, *passed, Line("now", f"Now, open for {span(minutes)}"), *coming]


def next_of(definition: Definition, state: State, visit: Visit) -> Line | None:
    """The first thing that will happen to this visit by itself and is more than a due date."""
    if state.paused or visit.undoes is not None:
        return None
    coming = next((coming for coming in future(definition, state, visit) if coming.rung is not None), None)
    return _line(definition, step_of(definition, visit), coming, {}) if coming else None


def closing(definition: Definition, state: State, visit: Visit) -> list[Line]:
    """What will close this visit by itself, in the order of time."""
    spec = step_of(definition, visit)
    coming = [
        one for one in future(definition, state, visit) if one.rung is not None and spec.escalate[one.rung].closes
    ]
    names = names_of(spec.escalate) if coming else {}
    return [_line(definition, spec, one, names) for one in coming]


def ahead(definition: Definition, spec: StepSpec) -> list[str]:
    """Say the ladder of a step that is not open: `After 4 h: …`, in the order of time."""
    names = names_of(spec.escalate)
    rungs = sorted(spec.escalate, key=lambda rung: _roughly(spec, rung))
    return [f"{_time(rung)}: {_lower(words_of(definition, spec, rung, names))}." for rung in rungs]


def _roughly(spec: StepSpec, rung: Rung) -> timedelta:
    """About how long after the opening, for putting rungs in order."""
    if rung.after is not None:
        return roughly(rung.after)
    due = roughly(spec.due) if spec.due is not None else timedelta(0)
    return max(timedelta(0), due - roughly(rung.before_due or timedelta(0)))


def _time(rung: Rung) -> str:
    return f"After {span(rung.after)}" if rung.after is not None else f"{span(rung.before_due)} before it is due"


def _lower(words: str) -> str:
    """Begin in the middle of a sentence, but for what may be a name."""
    return (
        words[:1].lower() + words[1:]
        if words.startswith(("Whoever", "Everybody", "A rule", "It ", "An operator"))
        else words
    )


def _coming(definition: Definition, state: State, visit: Visit) -> list[Line]:
    spec = step_of(definition, visit)
    names = names_of(spec.escalate)
    return [
        _line(definition, spec, coming, names)
        for coming in future(definition, state, visit)
        if coming.what == "due" or coming.rung is not None
    ]


def _passed(definition: Definition, state: State, visit: Visit, now: datetime) -> list[Line]:
    spec = step_of(definition, visit)
    names = names_of(spec.escalate)
    waiting = {coming.rung for coming in future(definition, state, visit)}
    lines = [
        Line("past", words_of(definition, spec, rung, names, past=True), None if visit.has_stood else fired_at)
        for index, rung in enumerate(spec.escalate)
        if index not in waiting and not rung.closes
        if (fired_at := rung_at(definition, visit, rung)) <= now
    ]
    if visit.due_at and visit.due_at <= now:
        lines.append(Line("past", "It was due", visit.due_at))
    return sorted(lines, key=lambda line: line.at or now)


def _line(definition: Definition, spec: StepSpec, coming: Coming, names: Mapping[str, str]) -> Line:
    if coming.rung is None:
        return Line("next", "It is due", coming.at)
    rung = spec.escalate[coming.rung]
    return Line("next", words_of(definition, spec, rung, names, asked=coming.when is None), coming.at, rung.closes)


def names_of(rungs: Iterable[Rung]) -> dict[str, str]:
    """Full names of everybody whom the rungs name by username: one query, or none."""
    named = {
        name for rung in rungs for name in (*rung.remind, rung.add or "", rung.reassign or "") if name.startswith(USER)
    }
    if not named:
        return {}
    people = Person.objects.filter(username__in={name.removeprefix(USER) for name in named})
    return {USER + person.username: str(person) for person in people}


def words_of(
    definition: Definition,
    spec: StepSpec,
    rung: Rung,
    names: Mapping[str, str],
    past: bool = False,
    asked: bool = False,
    leads: bool = True,
) -> str:
    """Say what a rung does, or did. `asked`: its condition has been asked, and held. `leads`: say where that leads."""
    only = f" if the playbook's condition {'held' if past else 'holds'}" if rung.when and not asked else ""
    if rung.remind:
        whom = " and ".join(_whom(name, names, past) for name in rung.remind)
        again = f", and again every {span(rung.every)}" if rung.every and not past else ""
        return f"{whom} reminded{only}{again}"
    if rung.add is not None:
        who = names.get(rung.add) or f"Everybody in the role {shown.role(rung.add)}"
        stands = f", for {shown.role(rung.stand_in)}" if rung.stand_in else ""
        return f"{who} {'may vote' if spec.kind == 'gate' else 'may do it'} too{stands}{only}"
    if rung.reassign is not None:
        whose = names.get(rung.reassign) or f"everybody in the role {shown.role(rung.reassign)}"
        return (
            f"It {'was' if past else 'is'} taken from whoever {'had' if past else 'has'} it and given to {whose}{only}"
        )
    if rung.incident:
        return f"An operator {'was' if past else 'is'} called{only}; it stays open"
    if rung.outcome is not None:
        verb = {"approve": "approves", "reject": "rejects"}.get(rung.outcome, f"closes it as {rung.outcome}")
        trigger = rung.outcome if spec.kind == "gate" else f"outcome:{rung.outcome}"
        way = leads_to(definition, spec.id, trigger) if leads else ""
        return f"A rule of the playbook {verb}{' it' if spec.kind == 'gate' else ''}{only}" + f", which {way}" * bool(
            way
        )
    index = spec.escalate.index(rung)
    closes = "It is closed without an answer" if spec.kind == "gate" else "It is taken from whoever has it"
    return f"{closes}{only}" + (f", which {leads_to(definition, spec.id, f'rung:{index}')}" if leads else "")


def _whom(name: str, names: Mapping[str, str], past: bool) -> str:
    words = WHOM.get(name) or (f"{names[name]} is" if name in names else f"Everybody in the role {shown.role(name)} is")
    return words.removesuffix("is") + "was" if past else words
