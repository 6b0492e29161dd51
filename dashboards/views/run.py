"""One run: where is it, why, and what now? What an operator may do to it has a page that names the consequence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dashboards import ladders, shown
from dashboards.course import acts, log, picture, roles, timeline
from dashboards.fresh import unchanged
from engine.definition import Definition
from engine.lifecycles import INCIDENTS, VISIT_OPEN, IncidentStatus
from engine.machine.commands import Refusal
from engine.machine.state import State
from runs import definitions
from runs.models import Incident, Run, Step
from runs.outcomes import Accepted
from workflows.models import Person

REFUSED, WRONG = 409, 422


@dataclass(frozen=True)
class Seen:
    """A run that the reader may see, with all its visits and its open incidents."""

    run: Run
    state: State
    definition: Definition
    steps: tuple[Step, ...]
    incidents: tuple[Incident, ...]

    @property
    def stuck(self) -> dict[int, Incident]:
        """The open incidents by the visit they are at."""
        return {incident.step.number: incident for incident in self.incidents if incident.step}


def fetch(person: Person, number: int) -> Seen:
    """Read the run, or raise Http404: absent and foreign look alike."""
    related = ("version__artifact__unit", "started_by", "unit")
    run = get_object_or_404(Run.objects.visible_to(person).select_related(*related), number=number)
    state = definitions.state_of(run)
    steps = run.steps.select_related("claimed_by", "ended_by", "gate").order_by("number")
    incidents = run.incidents.filter(status=IncidentStatus.OPEN.value).select_related("step").order_by("opened_at")
    return Seen(run, state, definitions.by_digest(state.definition), tuple(steps), tuple(incidents))


@require_safe
@login_required
def run(request: HttpRequest, number: int) -> HttpResponse:
    """The page, and for HTMX its live part alone."""
    fresh = unchanged(request, Run.objects.visible_to(request.user).filter(number=number))
    if fresh.answer is not None:
        return fresh.answer
    seen = fetch(request.user, number)
    template = "run/run.html#live" if request.headers.get("HX-Request") else "run/run.html"
    return fresh.mark(render(request, template, _context(request, seen, timezone.now())))


def _context(request: HttpRequest, seen: Seen, now: datetime) -> dict[str, Any]:
    def page_of(step: Step) -> str:
        if step.kind in ("task", "gate"):
            return reverse(step.kind, args=[seen.run.number, step.number])
        return f"#visit-{step.number}" if step.kind not in timeline.TIMELESS else ""

    offered = acts.of(request.user, seen.run, seen.definition, seen.steps, seen.stuck)
    titles = {step.number: step.title for step in seen.steps}
    return {
        "section": "runs",
        "run": seen.run,
        "seen": seen,
        "now": now,
        "picture": picture.of_run(seen.definition, seen.run, seen.steps, seen.stuck, page_of, now),
        "timeline": timeline.of(seen.run, seen.steps, seen.stuck, now),
        "log": log.read(seen.run, seen.definition, titles, before=_number(request.GET.get("before", ""))),
        "incidents": [(one, INCIDENTS.get(one.code, ""), _acts_at(offered, one.step)) for one in seen.incidents],
        "acts": offered,
        "may_operate": any(act.verdict for act in offered),
        "ahead": [
            (step, page_of(step), _ladder(seen, step, now), _goes_on_at(seen, step))
            for step in seen.steps
            if step.status in VISIT_OPEN
        ],
        "inputs": shown.rows(seen.definition, {"inputs": seen.state.inputs}),
        "results": _results(seen),
        "outputs": shown.rows(seen.definition, {"outputs": seen.state.outputs} if seen.state.outputs else {}),
        "roles": roles.of(seen.definition),
    }


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _acts_at(offered: tuple[acts.Act, ...], step: Step | None) -> list[acts.Act]:
    return [act for act in offered if step is not None and act.step == step]


def _ladder(seen: Seen, step: Step, now: datetime) -> list[ladders.Line]:
    return ladders.of(seen.definition, seen.state, seen.state.visits.get(step.number), now)


def _goes_on_at(seen: Seen, step: Step) -> datetime | None:
    """When a wait is over, or an action is tried again."""
    timers = (timer for timer in seen.state.timers.values() if timer.visit == step.number)
    return next((timer.due_at for timer in timers if timer.kind in ("wait", "retry")), None)


def _results(seen: Seen) -> list[tuple[str, Step, list[shown.Row]]]:
    """What each step's last completed visit left: (title, that visit, rows), the oldest first."""
    last = {step.name: step for step in seen.steps if step.ended_at}
    values = seen.state.values.get("", {})
    found = []
    for name, step in sorted(last.items(), key=lambda pair: pair[1].number):
        kept = {key: value for key, value in values.get(name, {}).items() if key not in ("by", "at") and value != {}}
        rows = shown.rows(seen.definition, {f"steps.{name}": kept})
        if rows:
            found.append((step.title, step, rows))
    return found


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def operate(request: HttpRequest, number: int, act: str, visit: int | None = None) -> HttpResponse:
    """Ask for the reason and name the consequence; a POST does it."""
    seen = fetch(request.user, number)
    step = next((step for step in seen.steps if step.number == visit), None)
    if visit is not None and step is None:
        raise Http404("no such visit")
    chosen = acts.named(request.user, seen.run, seen.definition, act, step, seen.steps, seen.stuck)
    if request.method != "POST":
        return _form(request, seen, chosen)
    reason = request.POST.get("reason", "")
    outcome = acts.perform(chosen, request.user, seen.run, reason, request.POST.get("key") or None)
    if isinstance(outcome, Accepted):
        messages.success(request, f"{chosen.verb}: done, and kept in the log under your name.")
        return redirect("run", number)
    if not isinstance(outcome, Refusal):
        outcome = Refusal("not-open", "This step has changed meanwhile.")
    return _form(request, seen, chosen, reason, outcome)


def _form(
    request: HttpRequest, seen: Seen, act: acts.Act, reason: str = "", refusal: Refusal | None = None
) -> HttpResponse:
    at_field = refusal is not None and refusal.code == "field:reason"
    context = {
        "section": "runs",
        "run": seen.run,
        "act": act,
        "reason": reason,
        "error": refusal.sentence if refusal and at_field else "",
        "refusal": refusal if not at_field else None,
        "key": request.POST.get("key") or uuid4().hex,
    }
    status = 200 if refusal is None else WRONG if at_field else REFUSED
    return render(request, "run/operate.html", context, status=status)


urlpatterns = [
    path("runs/<int:number>/", run, name="run"),
    path("runs/<int:number>/cancel/", operate, {"act": "cancel"}, name="run-cancel"),
    path("runs/<int:number>/visits/<int:visit>/retry/", operate, {"act": "retry"}, name="run-retry"),
    path("runs/<int:number>/visits/<int:visit>/skip/", operate, {"act": "skip"}, name="run-skip"),
]
