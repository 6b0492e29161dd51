"""What an operator may do to a run has a page that names the consequence and asks for the reason; a POST does it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboards import attaching
from dashboards.course import acts, looking, reading, repairs
from dashboards.course import meanwhile as overtaken
from dashboards.course.forms_of_acts import Repair
from dashboards.course.reading import Seen
from engine.machine.commands import Refusal
from runs import rules
from runs.outcomes import Accepted, FieldErrors

REFUSED, WRONG = 409, 422


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def operate(request: HttpRequest, number: int, act: str, visit: int | None = None) -> HttpResponse:
    """Ask for what the act needs; a POST does it, or with `look` says first what it would do."""
    seen, repair = _read(request, number, act, visit)
    if request.method != "POST":
        return _page(request, seen, repair)
    post, wrong = attaching.posted(request, seen.run, repair.act.step)
    if post.get("look"):
        return _page(request, seen, repair, errors=wrong if isinstance(wrong, FieldErrors) else None, post=post)
    answer = wrong or repairs.perform(repair, post)
    if isinstance(answer, Accepted):
        messages.success(request, f"{repair.act.verb}: done, and kept in the log under your name.")
        return redirect("run", number)
    if isinstance(answer, FieldErrors):
        return _page(request, seen, repair, errors=answer, post=post)
    refusal = answer if isinstance(answer, Refusal) else Refusal("not-open", "This step has changed meanwhile.")
    if refusal.code.startswith("field:"):
        return _page(request, seen, repair, errors={refusal.code.removeprefix("field:"): refusal.sentence}, post=post)
    return _page(request, *_read(request, number, act, visit), refusal, post=post)


def _read(request: HttpRequest, number: int, act: str, visit: int | None) -> tuple[Seen, Repair]:
    seen = reading.fetch(request.user, number)
    step = next((step for step in seen.steps if step.number == visit), None)
    if visit is not None and step is None:
        raise Http404("no such visit")
    to = request.POST.get("to", "") if act == "migrate" else ""
    return seen, Repair(acts.named(request.user, seen, act, step, to), seen.definition, seen.state, request.user)


def _page(
    request: HttpRequest,
    seen: Seen,
    repair: Repair,
    refusal: Refusal | None = None,
    errors: Mapping[str, str] | None = None,
    post: QueryDict | None = None,
) -> HttpResponse:
    tried = None if refusal or errors or not repair.act.verdict else looking.at(seen, repair, post)
    errors = errors or (tried.errors if tried and post is not None else None)
    form = repairs.ask(repair, post, errors)
    moved = (*form.moving.controls, *form.moving.values) if form.moving else ()
    at_controls = {control.name for _, controls in form.groups for control in controls if control.error}
    at_controls |= {control.name for control in moved if control.error}
    asked = {"reason", *at_controls, *(["to"] if form.targets or "role" in at_controls else [])}
    since = repairs.seen_of(post) if refusal and post is not None else None
    meanwhile = None if since is None else overtaken.of(request.user, seen, repair.act.step, since)
    context = {
        "section": "runs",
        "run": repair.act.run,
        "act": repair.act,
        "form": form,
        "chosen": request.POST.get("to", ""),
        "undo": request.POST.get("undo") == "true",
        "reason": request.POST.get("reason", ""),
        "errors": errors or {},
        "elsewhere": [says for name, says in (errors or {}).items() if name not in asked],
        "refusal": refusal,
        "rule": rules.of(refusal.code if refusal else repair.act.verdict.code),
        "tried": tried,
        "meanwhile": meanwhile,
        "seen": seen.run.seq,
        "key": uuid4().hex if refusal else request.POST.get("key") or uuid4().hex,
    }
    status = REFUSED if refusal else WRONG if errors else 200
    return render(request, "run/operate.html", context, status=status)


urlpatterns = [
    *(path(f"runs/<int:number>/{act}/", operate, {"act": act}, name=f"run-{act}") for act in acts.OF_RUN),
    *(
        path(f"runs/<int:number>/visits/<int:visit>/{act}/", operate, {"act": act}, name=f"run-{act}")
        for act in acts.OF_STEP
    ),
]
