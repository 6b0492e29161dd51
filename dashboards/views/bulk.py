"""Several runs at once: a page that says what an act will do to each, then one with what came of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dashboards.board import chosen, results, together
from dashboards.board.chosen import Chosen
from engine.machine.commands import Refusal
from runs import bulk_acts, guard, rules
from runs.apply import BATCH
from runs.models import BulkAct
from runs.outcomes import FieldErrors
from workflows.sheets import csv

REFUSED, WRONG = 403, 422


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """Say what will be done to which run and ask why; a POST has it done and leads to its page."""
    asked = request.POST if request.method == "POST" else request.GET
    again = _again(request, asked)
    kind = next((kind for kind in together.ACTS if kind.name == (again.act if again else asked.get("act"))), None)
    if request.method == "POST" and kind is not None:
        return _order(request, kind, asked)
    return _preview(request, kind, _chosen(request, asked, again), again)


def _order(request: HttpRequest, kind: together.Kind, post: QueryDict) -> HttpResponse:
    """Keep it once, and begin at once where it is short; the rest is the workers'."""
    targets = together.targets(post.getlist("target"))
    key = post.get("key") or uuid4().hex
    kept = bulk_acts.order(request.user, kind.name, post.get("to", ""), targets, post.get("reason", ""), key)
    if kept == bulk_acts.GONE:
        raise Http404(bulk_acts.GONE.sentence)
    if isinstance(kept, Refusal | FieldErrors):
        runs = chosen.by_numbers(request.user, [str(one.number) for one in targets])
        refusal = kept if isinstance(kept, Refusal) else None
        return _preview(request, kind, runs, None, None if refusal else kept, refusal)
    if len(targets) <= BATCH:
        bulk_acts.perform(kept)
    return redirect("runs-bulk-act", kept.pk)


def _preview(
    request: HttpRequest,
    kind: together.Kind | None,
    which: Chosen,
    again: BulkAct | None,
    errors: FieldErrors | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    verdict = guard.may_operate(request.user, {run.unit.path for run in which.runs})
    verdict = guard.Verdict(False, refusal.code, refusal.sentence) if refusal else verdict
    held = together.hold(which.runs) if verdict else []
    offered = together.offered(held, kind.name) if kind and kind.asks else ()
    wanted = again.to if again else asked.get("to", "")
    to = together.chosen(offered, kind.name, wanted) if kind else ""
    is_asking = bool(kind and kind.asks and not to)
    seconds = None if asked.get("thorough") or errors else together.SECONDS
    preview = together.Preview()
    if kind and verdict and not is_asking:
        preview = together.preview(request.user, held, kind.name, to, seconds)
    context = {
        "section": "runs",
        "kind": kind,
        "which": which,
        "verdict": verdict,
        "rule": rules.of(verdict.code) if not verdict else None,
        "most": bulk_acts.MOST,
        "preview": preview,
        "offered": offered,
        "to": to,
        "is_asking": is_asking,
        "kept_query": [(name, value) for name in _naming(asked) for value in asked.getlist(name)],
        "thorough": _thorough(request, to),
        "reason": asked.get("reason", again.reason if again else ""),
        "error": " ".join((errors or {}).values()),
        "key": asked.get("key") or uuid4().hex,
    }
    is_right = kind and which.runs and not errors
    may = verdict or request.method != "POST"
    return render(request, "runs/bulk.html", context, status=WRONG if not is_right else 200 if may else REFUSED)


def _naming(asked: QueryDict) -> tuple[str, ...]:
    """What of the address says which runs are meant."""
    return ("all", "filters") if asked.get("all") else ("again", "run")


def _thorough(request: HttpRequest, to: str) -> str:
    """The address of the same page with every run looked at, however long that takes."""
    query = request.GET.copy()
    query["thorough"], query["to"] = "1", to
    return f"?{query.urlencode()}"


def _chosen(request: HttpRequest, asked: QueryDict, again: BulkAct | None) -> Chosen:
    if again is not None:
        refused = results.lines(again, request.user).filter(status="refused")
        return chosen.by_numbers(request.user, [str(one) for one in refused.values_list("run__number", flat=True)])
    if asked.get("all"):
        return chosen.by_filters(request.user, asked.get("filters", ""), timezone.now())
    return chosen.by_numbers(request.user, asked.getlist("run"))


def _again(request: HttpRequest, asked: QueryDict) -> BulkAct | None:
    """An act whose refused runs are to be tried again."""
    pk = asked.get("again", "")
    return _fetch(request, int(pk)) if pk.isascii() and pk.isdecimal() and len(pk) < 18 else None


@never_cache
@require_safe
@login_required
def bulk_act(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, and what came of it for each run; for HTMX the live part alone."""
    act = _fetch(request, pk)
    shown = request.GET.get("shown", "")
    shown = shown if shown in results.SHOWN else ""
    after = request.GET.get("after", "")
    page, more = results.page(act, request.user, shown, int(after) if after.isdecimal() and len(after) < 18 else 0)
    progress = results.progress(act, request.user)
    context: dict[str, Any] = {
        "section": "runs",
        "bulk": act,
        "kind": results.kind(act),
        "to": together.in_words_of(act.act, act.to),
        "progress": progress,
        "results": page,
        "more": more,
        "shown": shown,
        "shows": [(name, words, progress.of(name)) for name, words in results.SHOWN.items()],
        "is_mine": act.by_id == request.user.pk,
        "gone": bulk_acts.GONE.sentence,
    }
    template = "runs/bulk_act.html#live" if request.headers.get("HX-Request") else "runs/bulk_act.html"
    return render(request, template, context)


@never_cache
@require_safe
@login_required
def bulk_act_as_csv(request: HttpRequest, pk: int) -> HttpResponse:
    act = _fetch(request, pk)
    text = csv.write(results.sheet(act, request.user))
    answer = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="bulk-{pk}.csv"'
    return answer


def _fetch(request: HttpRequest, pk: int) -> BulkAct:
    act = BulkAct.objects.visible_to(request.user).select_related("by").filter(pk=pk).first()
    if act is None:
        raise Http404("no such act, or not yours to see")
    return act


urlpatterns = [
    path("runs/bulk/", bulk, name="runs-bulk"),
    path("runs/bulk/<int:pk>/", bulk_act, name="runs-bulk-act"),
    path("runs/bulk/<int:pk>/results.csv", bulk_act_as_csv, name="runs-bulk-csv"),
]
