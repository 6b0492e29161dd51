"""Task: what exactly is to be done, and how it is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dashboards import attaching, consequences, forms, ladders, position, said, tasks, visits
from dashboards.attachments import Held
from dashboards.course import undoing
from dashboards.views.signin import safe_next
from dashboards.visits import Seen
from engine import fields
from engine.machine.commands import Refusal
from runs import claim as claims
from runs import complete, definitions, guard, tick
from runs.draft import save as keep_draft
from runs.models import Draft, Run
from runs.outcomes import Accepted, FieldErrors, Stale

TOO_LATE = 409
WRONG = 422


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, run: int, visit: int) -> HttpResponse:
    """Show the task; a POST hands it in."""
    seen = visits.fetch(request.user, run, visit, "task")
    if request.method != "POST":
        return _page(request, seen)
    specs = tasks.spec(seen).form
    post, wrong = attaching.posted(request, seen.run, seen.step)
    typed = forms.typed(specs, post)
    key, outcome = request.POST.get("key") or None, request.POST.get("outcome") or None
    attached = attaching.read(request, seen.run, seen.step)
    if isinstance(attached, Refusal):
        wrong |= attaching.as_errors(attached)
        attached = ()
    given = forms.as_read(specs, typed)
    if wrong:
        errors = FieldErrors(fields.read_all(specs, given)[1] | wrong)
        return _page(request, seen, typed=typed, errors=errors, status=WRONG)
    whom = request.POST.get("for", "")
    answer = complete.complete(seen.run, visit, request.user, given, outcome, key, on_behalf_of=whom, files=attached)
    if isinstance(answer, Refusal) and answer.code == "evidence-required":
        answer = FieldErrors({"files": answer.sentence})
    if isinstance(answer, FieldErrors):
        return _page(request, seen, typed=typed, errors=answer, status=WRONG)
    if isinstance(answer, Refusal):
        return _page(request, seen, typed=typed, refusal=answer, status=TOO_LATE)
    messages.success(request, f"{seen.title}: handed in. {_set_in_motion(answer, seen)}".strip())
    return HttpResponseRedirect(safe_next(request, "my-work"))


def _set_in_motion(answer: Accepted, seen: Seen) -> str:
    """What the completion led to, with titles as the run filled them in."""
    state = definitions.state_of(Run.objects.get(pk=seen.run.pk))
    return consequences.happened(seen.definition, answer.moves, state.visits)


def _page(
    request: HttpRequest,
    seen: Seen,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    kept = Draft.objects.filter(step=seen.step, person=request.user).first()
    may = guard.may(request.user, "complete", run=seen.run, visit=seen.step.number)
    wanted = request.POST.get("for") or request.GET.get("for") or ""
    held = Held(seen.run)
    context: dict[str, Any] = {
        "section": "my-work",
        "seen": seen,
        "does": tasks.spec(seen),
        "handed_in": tasks.handed_in(seen, held),
        "key": request.POST.get("key") or uuid4().hex,
        "may_complete": may,
        "acts_for": tasks.acts_for(seen, request.user, wanted) if may else ("", ""),
        "may_claim": guard.may(request.user, "claim", run=seen.run, visit=seen.step.number),
        "may_release": guard.may(request.user, "release", run=seen.run, visit=seen.step.number),
        "kept": kept,
        "errors": errors or {},
        "refusal": refusal,
        "checklist": tasks.checklist(seen),
        "candidates": tasks.candidates(seen),
        "buttons": tasks.buttons(seen),
        "given": tasks.given(seen, held),
        "stands": position.of(seen),
        "afterwards": undoing.then(seen.definition, seen.state),
        "said": said.at(request, seen.run, held, seen.step.number),
        "ladder": ladders.of(seen.definition, seen.state, seen.visit, timezone.now()),
    }
    if seen.visit is not None:
        shown = typed if typed is not None else kept.form if kept else None
        context["controls"] = forms.controls(tasks.spec(seen).form, shown, errors, tasks.pickable(seen))
        context["wrong"] = [control for control in context["controls"] if control.error]
        context["elsewhere"] = [words for name, words in (errors or {}).items() if name not in _names(seen)]
        # a draft is saved while one types: what is uploaded goes with the form itself
        context["unsaved"] = ",".join(("files", *(spec.name for spec in tasks.spec(seen).form if spec.type == "file")))
        context["attach"] = attaching.offer(
            request,
            seen.run,
            seen.step,
            attaching.refusal_in(errors),
            "evidence" in tasks.spec(seen).require,
            besides=set((shown or {}).values()),
        )
    return render(request, "task/task.html", context, status=status)


def _names(seen: Seen) -> set[str]:
    return {field.name for field in tasks.spec(seen).form}


@login_required
@require_POST
def claim(request: HttpRequest, run: int, visit: int) -> HttpResponse:
    """Take the task."""
    seen = visits.fetch(request.user, run, visit, "task")
    whom = request.POST.get("for") or None
    answer = claims.claim(seen.run, visit, request.user, request.POST.get("key") or None, on_behalf_of=whom)
    if isinstance(answer, Accepted):
        messages.success(request, f"{seen.title} is yours.")
        return redirect("task", run, visit)
    return _refused(request, answer)


@login_required
@require_POST
def release(request: HttpRequest, run: int, visit: int) -> HttpResponse:
    """Give the task back to all who may do it."""
    seen = visits.fetch(request.user, run, visit, "task")
    answer = claims.release(seen.run, visit, request.user, request.POST.get("key") or None)
    if isinstance(answer, Accepted):
        messages.success(request, f"{seen.title} is given back. Whoever may do it finds it in My work.")
        return HttpResponseRedirect(safe_next(request, "my-work"))
    return _refused(request, answer)


def _refused(request: HttpRequest, answer: Refusal | Stale) -> HttpResponse:
    messages.error(request, answer.sentence if isinstance(answer, Refusal) else "This task has changed meanwhile.")
    return HttpResponseRedirect(safe_next(request, "my-work"))


@login_required
@require_POST
def tick_item(request: HttpRequest, run: int, visit: int) -> HttpResponse:
    """Save one tick. HTMX gets the checklist anew, a browser without script the page."""
    seen = visits.fetch(request.user, run, visit, "task")
    answer = tick.tick(seen.step, request.POST.get("item", ""), request.user, "done" in request.POST)
    sentence = answer.sentence if isinstance(answer, Refusal) else ""
    if request.headers.get("HX-Request"):
        may = guard.may(request.user, "complete", run=seen.run, visit=visit)
        context = {"seen": seen, "checklist": tasks.checklist(seen), "may_complete": may, "refused": sentence}
        return render(request, "task/task.html#checklist", context)
    if sentence:
        messages.error(request, sentence)
    return redirect("task", run, visit)


@login_required
@require_POST
def save_draft(request: HttpRequest, run: int, visit: int) -> HttpResponse:
    """Keep what has been typed so far."""
    seen = visits.fetch(request.user, run, visit, "task")
    post, wrong = attaching.posted(request, seen.run, seen.step)
    answer = keep_draft(seen.step, request.user, forms.typed(tasks.spec(seen).form, post))
    attached = attaching.read(request, seen.run, seen.step) if request.FILES else ()
    if wrong or isinstance(attached, Refusal):
        answer = attached if isinstance(attached, Refusal) else Refusal("field:files", " ".join(wrong.values()))
    refused = isinstance(answer, Refusal)
    if request.headers.get("HX-Request"):
        context = {"kept": None if refused else answer, "refused": answer.sentence if refused else ""}
        return render(request, "task/task.html#kept", context)
    if refused:
        messages.error(request, answer.sentence)
    else:
        messages.success(request, "Your draft is kept. Nothing was handed in.")
    return redirect("task", run, visit)


urlpatterns = [
    path("runs/<int:run>/tasks/<int:visit>/", task, name="task"),
    path("runs/<int:run>/tasks/<int:visit>/claim/", claim, name="task-claim"),
    path("runs/<int:run>/tasks/<int:visit>/release/", release, name="task-release"),
    path("runs/<int:run>/tasks/<int:visit>/tick/", tick_item, name="task-tick"),
    path("runs/<int:run>/tasks/<int:visit>/draft/", save_draft, name="task-draft"),
]
