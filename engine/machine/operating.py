"""What operators do to a run, each with a reason: cancel it, roll it back, retry or skip a step."""

from __future__ import annotations

from engine.lifecycles import RunStatus, VisitStatus
from engine.machine import actions, endings, ladder, regions, rights, rosters, scopes, settling, undoing
from engine.machine.commands import Refusal
from engine.machine.events import Cancel, RetryStep, Rollback, SkipStep
from engine.machine.tokens import Enter
from engine.machine.turn import Turn


def cancel(turn: Turn, event: Cancel) -> Refusal | None:
    refusal = rights.to_cancel(turn.definition, turn.base, event.actor, event.facts)
    if refusal is None:
        endings.end_run(turn, RunStatus.CANCELLED, event.reason)
    return refusal


def rollback(turn: Turn, event: Rollback) -> Refusal | None:
    refusal = rights.to_rollback(turn.definition, turn.base, event.actor, event.facts)
    if refusal is None:
        undoing.roll_back(turn, event.actor, event.reason)
    return refusal


def skip(turn: Turn, event: SkipStep) -> Refusal | None:
    refusal = rights.to_skip(turn.definition, turn.base, event.visit, event.actor, event.facts)
    if refusal is None:
        visit = turn.visits[event.visit]
        over, lists = rights.skipped_over(turn.definition, turn.base, visit), turn.definition.inside(visit.step)
        inside = [
            one for one in turn.visits.values() if one.within in lists and scopes.is_within(one.scope, visit.scope)
        ]
        endings.override(turn, over, inside, visit.scope, event.actor, event.reason)
        endings.skip(turn, turn.visits[event.visit], event.actor, event.reason)
    return refusal


def retry(turn: Turn, event: RetryStep) -> Refusal | None:
    """Do again what went wrong: evaluate, attempt (the count starts anew), ask the directory, count.

    Where a rung called the operator nothing went wrong: the call is answered, and the step waits on as it was.
    Rungs whose `when` failed are asked again afterwards, where the step is still open.
    """
    refusal = rights.to_retry(turn.definition, turn.base, event.visit, event.actor, event.facts)
    if refusal is not None:
        return refusal
    visit = turn.visits[event.visit]
    incident = visit.incident
    assert incident is not None
    visit = turn.resolve(visit, "retried")
    if visit.status is VisitStatus.WAITING:
        settling.consider(turn, visit)
    elif incident.code == "runaway" and visit.region is not None:
        turn.ahead.append(Enter(visit.number))
    elif incident.code == "join-unreachable":
        regions.again(turn, visit)
    elif incident.code == "roster" and visit.asking is not None:
        rosters.ask_roster(turn, visit)
    elif incident.code == "undecided":
        rosters.watch(turn, visit)
    elif incident.code in ("failed", "timed-out", "lost"):
        actions.ask(turn, visit, anew=True)
    elif incident.code != "escalated" and not incident.of_rungs:
        settling.begin(turn, visit)
    for rung in incident.rungs:
        there = turn.visits.get(event.visit)
        if there is not None:
            ladder.ring(turn, there, rung)
    there = turn.visits.get(event.visit)
    if there is not None and there.asking is not None:
        rosters.watch(turn, there)
    return None
