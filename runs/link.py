"""Say by hand which run delivers a milestone of a plan, and take that back: of runs that were not started from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.language.plan import Milestone
from engine.lifecycles import RUN_OPEN, RunStatus
from runs import serving
from runs.models import Delivery, Run
from runs.serving import Held
from workflows import guard, owners
from workflows.governing import Kind, note
from workflows.models import Artifact, Person
from workflows.writing import writing


@dataclass(frozen=True, slots=True)
class NotLinked:
    """Nothing was changed, and why. `at` is the field it belongs to: `run`, `milestone`, or empty."""

    code: str
    sentence: str
    at: str = ""


def link(plan: Artifact, milestone_id: str, number: int, person: Person, at: datetime | None = None) -> Run | NotLinked:
    """Let the run of this number deliver the milestone, for the first of its runs that waits for such a playbook.

    Where the plan names none, it counts besides. `at` is for records made after the fact.
    """
    with writing():
        held = serving.hold([plan.pk])[plan.pk]
        if refusal := _barred(plan, held, person, f"link run {number} to `{milestone_id[:64]}`", at):
            return refusal
        milestone = held.milestone(milestone_id)
        if milestone is None:
            return NotLinked("not-in-plan", "The plan has no such milestone any more.", "milestone")
        run = Run.objects.visible_to(person).filter(number=number).select_related("version__artifact").first()
        if run is None:
            return NotLinked("not-visible", f"There is no run {number}, or it is not yours to see.", "run")
        if refusal := _unfit(run):
            return refusal
        Delivery.objects.create(run=run, plan=plan, milestone=milestone.id, nth=_nth(held, milestone, run))
        note(Kind.RUN_LINKED, person, plan, detail=f"run {run.number} delivers {milestone.id}", at=at)
    return run


def unlink(plan: Artifact, number: int, person: Person, at: datetime | None = None) -> Run | NotLinked:
    """Let the run no longer count for the plan. The run itself goes on."""
    with writing():
        held = serving.hold([plan.pk])[plan.pk]
        if refusal := _barred(plan, held, person, f"take run {number} off", at):
            return refusal
        mine = Run.objects.visible_to(person).filter(number=number, delivery__plan=plan)
        run = mine.select_related("delivery").first()
        if run is None:
            return NotLinked("not-visible", f"No run {number} that you may see delivers this plan.", "run")
        detail = f"run {run.number} delivered {run.delivery.milestone}"
        run.delivery.delete()
        note(Kind.RUN_UNLINKED, person, plan, detail=detail, at=at)
    return run


def _barred(plan: Artifact, held: Held, person: Person, act: str, at: datetime | None) -> NotLinked | None:
    if held.plan is None:
        return NotLinked("not-published", "This plan is not published any more.")
    verdict = guard.may_keep_plan(person, plan, owners.look_up([held.plan.owner])[held.plan.owner])
    if verdict:
        return None
    note(Kind.REFUSED, person, plan, detail=f"{act}: {verdict.sentence}", at=at)
    return NotLinked(verdict.code, verdict.sentence)


def _unfit(run: Run) -> NotLinked | None:
    delivers = Delivery.objects.filter(run=run).select_related("plan").first()
    if delivers is not None:
        where = f"“{delivers.milestone}” of {delivers.plan.slug}"
        return NotLinked("delivered", f"Run {run.number} delivers {where} already, and counts once.", "run")
    if run.status not in RUN_OPEN and run.status != RunStatus.COMPLETED:
        ended = RunStatus(run.status).value.replace("_", " ")
        return NotLinked("already-ended", f"Run {run.number} ended as {ended}: it delivers nothing.", "run")
    return None


def _nth(held: Held, milestone: Milestone, run: Run) -> int:
    """Return which of the milestone's runs this one is; the next number that is free where none waits for it."""
    slots = held.slots(milestone)
    waiting = (slot.nth for slot in slots if slot.is_startable and slot.delivery.playbook == run.version.artifact.slug)
    used = [one.nth for one in held.runs if one.milestone == milestone.id]
    return next(waiting, max([len(slots), *(nth + 1 for nth in used)]))
