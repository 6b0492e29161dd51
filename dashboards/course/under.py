"""The few words under a step in the diagram of a run: who has it and for how long, how it ended, how often.

Each gives several texts, the fullest first: the drawing takes the first that fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from dashboards.templatetags.statuses import RUNS
from dashboards.templatetags.times import span
from engine.definition import ActionSpec, Definition, GateSpec, WaitSpec
from engine.lifecycles import VISIT_OPEN, GateStatus, RunStatus, VisitStatus
from engine.machine.state import State
from runs.models import Incident, Run, Step

Texts = tuple[str, ...]
#: Timers whose time says when a visit goes on by itself.
_GOES_ON = frozenset({"wait", "window", "retry"})


@dataclass(frozen=True)
class Scene:
    """What the words need to know around a visit. `called` are the runs that calls have started, by visit; `is_past`
    where a moment of the past is shown, of which another run's state is not known."""

    definition: Definition
    state: State
    incidents: Mapping[int, Incident]
    now: datetime
    called: Mapping[int, Run] = field(default_factory=dict)
    is_past: bool = False


def texts(visits: Sequence[Step], scene: Scene) -> Texts:
    """Say the last of these visits of one step; the others say how often it came round."""
    step = visits[-1]
    counted = [one for one in visits if one.status != VisitStatus.SKIPPED]
    if step.number in scene.incidents:
        return _stuck(step, scene)
    if step.number in scene.called:
        return _called(step, scene)
    if step.status in VISIT_OPEN:
        return _open(step, len(counted), scene)
    if step.status != VisitStatus.COMPLETED:
        status = step.get_status_display()
        return _again(len(counted), status), status
    if step.kind == "gate":
        return _decided(step, len(counted), scene)
    word = step.outcome.replace("-", " ") or ("over" if step.kind == "wait" else "done")
    length = span(sum((one.ended_at - one.opened_at for one in counted if one.ended_at), timedelta(0)))
    if len(counted) > 1:
        often = times(len(counted))
        return f"{word}, {often}, {length}" if step.outcome else f"{often}, {length}", f"{word} {often}", often, word
    return f"{word}, {length}", word


def counted(visits: Sequence[Step], incidents: Mapping[int, Incident]) -> Texts:
    """Count the visits of all items."""
    stuck = sum(step.number in incidents for step in visits)
    still_open = sum(step.status in VISIT_OPEN for step in visits) - stuck
    done = sum(step.status == VisitStatus.COMPLETED for step in visits)
    undone = sum(step.status == VisitStatus.UNDONE for step in visits)
    said = [(done, "done"), (undone, "undone"), (still_open, "open"), (stuck, "stuck")]
    parts = [f"{count} {word}" for count, word in said if count]
    return ", ".join(parts), parts[-1] if parts else ""


def undoing(undo: Step) -> Texts:
    who = str(undo.claimed_by) if undo.claimed_by else ""
    return (f"undone by {who}", "being undone", "undoing") if who else ("being undone", "undoing")


def times(count: int) -> str:
    """`twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def day_and_time(at: datetime) -> str:
    """`Tue 16:25`, with the date where the day alone does not tell."""
    local = timezone.localtime(at)
    is_near = abs((timezone.localdate() - local.date()).days) < 6
    return f"{local:%a %H:%M}" if is_near else f"{local.day} {local:%b %H:%M}"


def _again(count: int, words: str) -> str:
    return f"{words}, {times(count)}" if count > 1 else words


def _stuck(step: Step, scene: Scene) -> Texts:
    """A machine's step that has failed for good says after how many attempts."""
    does = step.spec_in(scene.definition).does
    visit = scene.state.visits.get(step.number)
    if scene.incidents[step.number].code != "failed" or not isinstance(does, ActionSpec) or visit is None:
        return "needs an operator", "stuck"
    made = visit.attempt.number - visit.attempt.first + 1 if visit.attempt else step.attempt
    if made < does.retry.attempts or made == 1:
        return "failed", "failed"  # for a reason that another attempt would not mend
    return f"failed {made} of {does.retry.attempts}", "failed"


def _called(step: Step, scene: Scene) -> Texts:
    run = scene.called[step.number]
    name = f"run {run.number}"
    if scene.is_past:
        word = "" if step.status in VISIT_OPEN else step.get_status_display()
    else:
        word = "paused" if run.is_open and run.paused else RUNS[RunStatus(run.status)].word.lower()
        word = "needs attention" if run.is_open and run.incident_count else word
    return f"{name}, {word}" if word else name, name


def _open(step: Step, count: int, scene: Scene) -> Texts:
    length = span(_whole_minutes(scene.now - step.opened_at))
    if step.claimed_by:
        who = str(step.claimed_by)
        return f"{who}, {length} so far", f"{who}, {length}", who, length
    at = None if scene.state.paused else _goes_on(step, scene.state)
    if at is not None:
        word = "opens" if step.status == VisitStatus.WAITING else "again" if step.kind == "action" else "until"
        return f"{word} {day_and_time(at)}", word
    does = step.spec_in(scene.definition).does
    if isinstance(does, GateSpec):
        votes = _votes(step, scene)
        said = f"{votes}, {length}" if votes else f"waits {length}"
        return _again(count, said), said, votes or length
    if isinstance(does, ActionSpec) and step.attempt > 1:
        return f"attempt {step.attempt} of {does.retry.attempts}, {length}", f"attempt {step.attempt}"
    verb = "runs" if step.kind == "action" else "waits"
    if isinstance(does, WaitSpec) and does.signal:
        return f"waits for a signal, {length}", f"{verb} {length}", length
    return _again(count, f"{verb} {length}"), f"{verb} {length}", length


def _goes_on(step: Step, state: State) -> datetime | None:
    return next(
        (one.due_at for one in state.timers.values() if one.visit == step.number and one.kind in _GOES_ON), None
    )


def _votes(step: Step, scene: Scene) -> str:
    """How many of the votes that are needed an open gate has; nothing while nobody has voted."""
    visit = scene.state.visits.get(step.number)
    if visit is None or visit.asking is None or not visit.asking.votes:
        return ""
    return f"{step.approvals} of {visit.asking.bar.total}"


def _decided(step: Step, count: int, scene: Scene) -> Texts:
    gate = getattr(step, "gate", None)
    word = gate.status if gate else "done"
    often = f", asked {times(count)}" if count > 1 else ""
    if word != GateStatus.APPROVED or not step.approvals:
        return f"{word}{often}", word
    votes = _needed(step, scene)
    return f"{word}, {votes}{often}", f"{word}, {votes}", word


def _needed(step: Step, scene: Scene) -> str:
    """`2 of 2` where the playbook says a number, else how many approved."""
    does = step.spec_in(scene.definition).does
    quorum = does.quorum if isinstance(does, GateSpec) else None
    needed = (quorum.count or sum(quorum.per_role.values())) if quorum else 0
    votes = f"{step.approvals} vote{'' if step.approvals == 1 else 's'}"
    return f"{step.approvals} of {max(needed, step.approvals)}" if needed > 1 else votes


def _whole_minutes(length: timedelta) -> timedelta:
    return length - timedelta(seconds=length.seconds % 60) if length >= timedelta(minutes=1) else length
