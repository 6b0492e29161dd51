"""Saved views of the Runs page: keep one, change, share or remove it; a page with all one may open."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboards.board import filters as asked
from dashboards.board import saved, tabs
from dashboards.board.known import Known
from dashboards.models import SavedView
from engine.machine.commands import Refusal
from runs.outcomes import FieldErrors

WRONG, REFUSED = 422, 409


@never_cache
@require_safe
@login_required
def views(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: HttpRequest, errors: FieldErrors | None = None, changed: SavedView | None = None, refusal: str = ""
) -> HttpResponse:
    """Draw the page; with errors, the form that was sent stands in it as it was typed."""
    known = Known(request.user)
    told = tabs.told(tabs.saved_views(request.user), known)
    typed = asked.read_query(request.POST.get("query", ""), known)
    context = {
        "section": "runs",
        "own": [one for one in told if one.view.owner_id == request.user.pk],
        "shared": [one for one in told if one.view.owner_id != request.user.pk],
        "most": saved.MOST,
        "units": known.own_units,
        "errors": errors or {},
        "changed": changed,
        "refusal": refusal,
        "typed": request.POST,
        "typed_words": typed.words(known),
        "typed_query": typed.query(),
    }
    status = WRONG if errors else REFUSED if refusal else 200
    return render(request, "runs/views.html", context, status=status)


@login_required
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the filters of an address: as a new view, or instead of those of one's own."""
    post = request.POST
    if post.get("over"):
        return _changed(request, _view(request, post["over"]), query=post.get("query", ""))
    answer = saved.keep(request.user, post.get("name", ""), post.get("query", ""), post.get("unit", ""))
    if isinstance(answer, FieldErrors):
        return _page(request, answer)
    whom = f" Whoever has a part in {answer.unit} finds it over the table." if answer.unit else ""
    messages.success(request, f"Kept as “{answer}”.{whom}")
    return redirect(reverse("runs") + answer.query)


@login_required
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one's own view another name, or share it with another unit or with none."""
    return _changed(request, _view(request, str(pk)), request.POST.get("name", ""), unit=request.POST.get("unit", ""))


def _changed(
    request: HttpRequest, view: SavedView, name: str | None = None, query: str | None = None, unit: str | None = None
) -> HttpResponse:
    answer = saved.change(view, request.user, name, query, unit)
    if isinstance(answer, Refusal):
        return _page(request, refusal=answer.sentence)
    if isinstance(answer, FieldErrors):
        return _page(request, answer, view)
    if query is not None:
        messages.success(request, f"“{answer}” now shows what you see here.")
        return redirect(reverse("runs") + answer.query)
    messages.success(request, f"Kept as “{answer}”.")
    return redirect("runs-views")


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    view = _view(request, str(pk))
    refusal = saved.remove(view, request.user)
    if refusal is not None:
        return _page(request, refusal=refusal.sentence)
    messages.success(request, f"“{view}” is removed. The runs it showed stay as they are.")
    return redirect("runs-views")


def _view(request: HttpRequest, pk: str) -> SavedView:
    """A view that the reader sees; anybody else's is not there."""
    number = int(pk) if pk.isdecimal() and len(pk) < 19 else 0
    return get_object_or_404(SavedView.objects.visible_to(request.user).select_related("owner", "unit"), pk=number)


urlpatterns = [
    path("runs/views/", views, name="runs-views"),
    path("runs/views/keep/", keep, name="runs-view-keep"),
    path("runs/views/<int:pk>/change/", change, name="runs-view-change"),
    path("runs/views/<int:pk>/remove/", remove, name="runs-view-remove"),
]
