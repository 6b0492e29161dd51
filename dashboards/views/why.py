"""Why not me, and who could? For every button of a run, and for the start of a playbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboards import called
from dashboards.views.library import fetch
from runs import definitions, explaining
from runs.explaining import Could
from runs.guard import Act
from runs.models import Run, Step
from workflows.models import Person

#: Each act after “Who may …?”. Of a visit the step's title follows.
WORDS: dict[Act, str] = {
    "see": "see this run",
    "start": "start runs of",
    "claim": "take",
    "release": "give back",
    "complete": "hand in",
    "vote": "vote at",
    "withdraw": "take back a vote at",
    "delegate": "delegate their vote at",
    "cancel": "cancel this run",
    "rollback": "roll this run back",
    "signal": "send this run a signal",
    "pause": "pause this run",
    "resume": "resume this run",
    "jump": "let this run jump to another step",
    "change": "change the data of this run",
    "migrate": "move this run to another version",
    "retry": "retry",
    "skip": "skip",
    "complete-for": "hand in for somebody",
    "reassign": "reassign",
}
MOST = 200
"""More people than this are not listed one by one."""


@dataclass(frozen=True)
class Told:
    """People in two lists; `alike` is the one sentence that all who may not would read, where it is one."""

    may: list[Could]
    may_not: list[Could]
    alike: str = ""
    more: int = 0


@never_cache
@login_required
@require_safe
def of_run(request: HttpRequest, number: int) -> HttpResponse:
    """Say who may do this act on this run, and why others may not."""
    runs = Run.objects.visible_to(request.user).select_related("unit", "version", "started_by")
    run = runs.filter(number=number).first()
    act = _act(request.GET.get("act", ""))
    visit = _number(request.GET.get("visit", ""))
    if run is None or act == "start" or (act in explaining.OF_VISIT) != (visit is not None):
        raise Http404("no such run, or not yours; or no such act")
    step = Step.objects.filter(run=run, number=visit).first() if visit is not None else None
    if visit is not None and step is None:
        raise Http404("no such visit")
    if step is not None:
        step.run = run
    whom = _whom(request)
    could = explaining.who_could(run, act, visit, request.GET.get("to", ""), (request.user, *whom))
    what = f"{WORDS[act]} {_title(step)}" if step is not None else WORDS[act]
    back = (
        reverse(step.kind, args=[number, visit])
        if step and step.kind in {"task", "gate"}
        else reverse("run", args=[number])
    )
    context = {"section": "runs", "crumb": f"Run {run.number}, {run.title}", "crumb_to": reverse("run", args=[number])}
    return _page(request, what, could, whom, context | {"back": back})


@never_cache
@login_required
@require_safe
def of_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Say who may start runs of this playbook."""
    book = fetch(request.user, slug, request.GET.get("version", ""))
    whom = _whom(request)
    could = explaining.who_could_start(book.version, (request.user, *whom))
    back = reverse("playbook", args=[slug])
    context = {"section": "library", "crumb": book.version.title, "crumb_to": back, "back": back}
    return _page(request, f"{WORDS['start']} {book.version.title}", could, whom, context)


def _page(
    request: HttpRequest, what: str, could: Sequence[Could], whom: Sequence[Person], context: dict[str, Any]
) -> HttpResponse:
    mine = next((one for one in could if one.person == request.user), None)
    chosen = next((one for one in could if whom and one.person == whom[0]), None)
    context |= {
        "what": what,
        "mine": mine,
        "told": _told(could),
        "chosen": chosen,
        "person": request.GET.get("person", ""),
    }
    context["kept"] = [(name, request.GET[name]) for name in ("act", "visit", "to", "version") if request.GET.get(name)]
    context["unknown"] = bool(context["person"]) and not whom
    return render(request, "why/why.html", context)


def _told(could: Sequence[Could]) -> Told:
    may = [one for one in could if one.verdict]
    may_not = [one for one in could if not one.verdict]
    sentences = {one.verdict.sentence for one in may_not}
    alike = sentences.pop() if len(sentences) == 1 and not may else ""
    more = max(0, len(may) - MOST) + max(0, len(may_not) - MOST)
    return Told(may[:MOST], may_not[:MOST], alike, more)


def _whom(request: HttpRequest) -> tuple[Person, ...]:
    """The other person who is asked about, by username or full name."""
    name = request.GET.get("person", "").strip()
    if not name:
        return ()
    found = Person.objects.filter(username=name).first()
    first, _, last = name.partition(" ")
    found = found or Person.objects.filter(first_name__iexact=first, last_name__iexact=last.strip()).first()
    return (found,) if found else ()


def _act(name: str) -> Act:
    if name not in explaining.ACTS:
        raise Http404("no such act")
    return cast("Act", name)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _title(step: Step) -> str:
    """The step's title, with its item where it has one."""
    state = definitions.state_of(step.run)
    return called.named(step, definitions.by_digest(state.definition), state)


urlpatterns = [
    path("runs/<int:number>/why/", of_run, name="why"),
    path("library/<slug:slug>/why/", of_start, name="why-start"),
]
