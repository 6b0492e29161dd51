"""Several runs at once: a page that says what an act will do to each, then what came of it for each."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboards.board import together
from runs.operate import NO_REASON

WRONG = 422


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """Say what will be done to which run and ask why; a POST does it and shows the result of each."""
    asked = request.POST if request.method == "POST" else request.GET
    kind = next((kind for kind in together.ACTS if kind.name == asked.get("act")), None)
    runs = together.read(request.user, asked.getlist("run"))
    offered = together.offered(runs, kind.name) if kind and kind.asks else ()
    to = asked.get("to", "") if asked.get("to", "") in dict(offered) else ""
    is_asking = bool(kind and kind.asks and not to)
    lines = together.preview(request.user, runs, kind.name, to) if kind and not is_asking else ()
    context = {
        "section": "runs",
        "kind": kind,
        "lines": lines,
        "chosen": runs,
        "offered": offered,
        "to": to,
        "is_asking": is_asking,
        "some": any(line.may for line in lines),
        "reason": asked.get("reason", ""),
        "key": asked.get("key") or uuid4().hex,
    }
    if request.method != "POST" or kind is None or is_asking:
        return render(request, "runs/bulk.html", context, status=200 if kind and runs else WRONG)
    if not asked.get("reason", "").strip():
        return render(request, "runs/bulk.html", context | {"error": NO_REASON.sentence}, status=WRONG)
    done = together.perform(request.user, kind.name, asked.getlist("target"), asked["reason"], context["key"], to)
    return render(request, "runs/bulk_done.html", context | {"lines": done})


urlpatterns = [path("runs/bulk/", bulk, name="runs-bulk")]
