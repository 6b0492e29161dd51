"""The page of a run: what its sections are given, of the run as it is and of any moment of its past alike.

Takes the run as read (`reading`) and who reads; leaves the context of the templates. What an operator may do, and what
can be said, is offered of the present alone.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

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
    moments,
    papers,
    picture,
    roles,
    timeline,
    undoing,
)
from dashboards.course.moments import Asked
from dashboards.course.reading import Seen
from dashboards.course.timeline import Timeline
from dashboards.course.under import Scene
from dashboards.planning.served import purpose
from dashboards.templatetags.times import ordinal
from engine.lifecycles import RunStatus
from runs import places
from runs.incidents import OF_PEOPLE, SENTENCES
from runs.models import Run, Step
from workflows.models import Person


def context(request: HttpRequest, seen: Seen, today: Seen, asked: Asked) -> dict[str, Any]:
    """Give the sections what they show. `seen` is the run as asked for, `today` as it is: often the same."""
    as_of = seen.as_of
    now = as_of.at if as_of else timezone.now()
    slider = moments.of(today)
    pauses = moments.until(slider.pauses, now)

    def page_of(step: Step) -> str:
        if step.number in seen.called:
            return reverse("run", args=[seen.called[step.number].number])
        if step.kind in ("task", "gate"):
            return reverse(step.kind, args=[seen.run.number, step.number])
        return f"#visit-{step.number}" if step.kind not in timeline.TIMELESS else ""

    offered, held = () if as_of else acts.of(request.user, seen), Held(seen.run)
    told, more = ahead.of(seen, page_of)
    book = logbook.of(request.GET, seen, held, reverse("run", args=[seen.run.number]))
    scene = Scene(seen.definition, seen.state, seen.stuck, now, seen.called, as_of is not None)
    each = items.of(seen.definition, seen.state, {step.number: step for step in seen.steps}, page_of)
    return {
        "section": "runs",
        "run": seen.run,
        "seen": seen,
        "caller": children.caller_of(seen.run, request.user),
        "purpose": purpose(seen.run, request.user),
        "now": now,
        "picture": picture.of_run(scene, seen.run, seen.steps, page_of, each),
        "items": each,
        "timeline": _timeline(seen, now, pauses),
        "book": book,
        "incidents": _incidents(seen, offered),
        "acts": offered,
        "pause": _pause(seen),
        "queue": None if as_of else _queue(request.user, seen),
        "may_operate": any(act.verdict for act in offered),
        "ahead": told,
        "more_ahead": more,
        "future": future.of(seen, now),
        "kept": ahead.kept(seen) if seen.state.kept or seen.state.held else ((), 0),
        "undoing": undoing.under_way(seen.definition, seen.state),
        "held": len(seen.state.held),
        "data": data.of(seen, held, book.acts),
        "papers": papers.of(seen, held, book.acts),
        "roles": () if as_of else roles.of(seen.definition),
        "doers": doers.of(seen, book.acts, as_of.at if as_of else None),
        "said": said.at(request, seen.run, held),
        "as_of": as_of,
        "moment": logbook.line(seen, held) if as_of else None,
        "asked": asked,
        "slider": slider,
        "is_part": bool(request.headers.get("HX-Request")),
    }


def _timeline(seen: Seen, now: datetime, pauses: tuple[moments.Pause, ...]) -> Timeline:
    def name_of(step: Step) -> str:
        return called.told(step, seen.definition)

    return timeline.of(seen.run, seen.steps, seen.troubles, now, name_of, pauses, seen.state.timers.values())


def _incidents(seen: Seen, offered: tuple[acts.Act, ...]) -> list[dict[str, Any]]:
    """What needs an operator: each with a sentence, what can be done there, and who would help where people lack."""
    lacks = any(one.code in OF_PEOPLE for one in seen.incidents)
    is_asked = lacks and seen.as_of is None
    shortages = {row.step_id: row for row in seen.run.shortages.filter(resolved_at=None)} if is_asked else {}
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
    found = seen.run.entries.filter(kind="pause", seq__lte=seen.run.seq).order_by("-seq")
    entry = found.first() if seen.run.paused else None
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
