"""One run: where is it, why, and what now? What an operator may do to it is `dashboards.views.operate`'s."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards import called, said
from dashboards.attachments import Held
from dashboards.course import (
    acts,
    ahead,
    children,
    data,
    doers,
    future,
    items,
    logbook,
    picture,
    roles,
    timeline,
    undoing,
)
from dashboards.course.reading import Seen, fetch
from dashboards.fresh import unchanged
from dashboards.templatetags.times import ordinal
from dashboards.views import operate
from engine.lifecycles import RunStatus
from runs import places
from runs.incidents import OF_PEOPLE, SENTENCES
from runs.models import Run, Step
from workflows.models import Person


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
        if step.number in seen.called:
            return reverse("run", args=[seen.called[step.number].number])
        if step.kind in ("task", "gate"):
            return reverse(step.kind, args=[seen.run.number, step.number])
        return f"#visit-{step.number}" if step.kind not in timeline.TIMELESS else ""

    offered, held = acts.of(request.user, seen), Held(seen.run)
    told, more = ahead.of(seen, page_of)
    book = logbook.of(request.GET, seen, held, reverse("run", args=[seen.run.number]))
    each = items.of(seen.definition, seen.state, {step.number: step for step in seen.steps}, page_of)
    return {
        "section": "runs",
        "run": seen.run,
        "seen": seen,
        "caller": children.caller_of(seen.run, request.user),
        "now": now,
        "picture": picture.of_run(seen.definition, seen.run, seen.steps, seen.stuck, page_of, now, each),
        "items": each,
        "timeline": timeline.of(seen.run, seen.steps, seen.stuck, now, lambda step: called.told(step, seen.definition)),
        "book": book,
        "incidents": _incidents(seen, offered),
        "acts": offered,
        "pause": _pause(seen),
        "queue": _queue(request.user, seen),
        "may_operate": any(act.verdict for act in offered),
        "ahead": told,
        "more_ahead": more,
        "future": future.of(seen, now),
        "kept": ahead.kept(seen) if seen.state.kept or seen.state.held else ((), 0),
        "undoing": undoing.under_way(seen.definition, seen.state),
        "held": len(seen.state.held),
        "data": data.of(seen, held, book.acts),
        "roles": roles.of(seen.definition),
        "doers": doers.of(seen, book.acts),
        "said": said.at(request, seen.run, held),
    }


def _incidents(seen: Seen, offered: tuple[acts.Act, ...]) -> list[dict[str, Any]]:
    """What needs an operator: each with a sentence, what can be done there, and who would help where people lack."""
    lacks = any(one.code in OF_PEOPLE for one in seen.incidents)
    shortages = {row.step_id: row for row in seen.run.shortages.filter(resolved_at=None)} if lacks else {}
    return [
        {
            "incident": one,
            "says": SENTENCES.get(one.code, ""),
            "acts": _acts_at(offered, one.step),
            "shortage": shortages.get(one.step_id) if one.code in OF_PEOPLE else None,
        }
        for one in seen.incidents
    ]


def _pause(seen: Seen) -> tuple[str, str] | None:
    """Who paused the run and why, while it is paused."""
    entry = seen.run.entries.filter(kind="pause").order_by("-seq").first() if seen.run.paused else None
    if entry is None:
        return None
    person = Person.objects.filter(username=entry.actor).first()
    return str(person or entry.actor), str(json.loads(entry.event).get("reason") or "")


def _queue(reader: Person, seen: Seen) -> dict[str, Any] | None:
    """Where a run that waits for a place stands, and which runs hold it that the reader may see."""
    if seen.run.status != RunStatus.QUEUED:
        return None
    before, holding = places.before(seen.run)
    holders = Run.objects.visible_to(reader).filter(pk__in=holding).order_by("number")
    nth = ordinal(before + 1)
    return {"before": before, "nth": nth, "key": seen.state.place, "held": len(holding), "holders": list(holders)}


def _acts_at(offered: tuple[acts.Act, ...], step: Step | None) -> list[acts.Act]:
    """What helps where something went wrong: the step's own acts, and putting its data right."""
    at_step = [act for act in offered if step is not None and act.step == step and act.name in ("retry", "skip")]
    return at_step + [act for act in offered if act.name == "change" and at_step]


urlpatterns = [
    path("runs/<int:number>/", run, name="run"),
    *operate.urlpatterns,
]
