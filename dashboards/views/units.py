"""Units: how are we organised, and who holds what where? For everybody their own part of the tree; administrators
change it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dashboards.forms import Control
from dashboards.units import acts, seen, tree
from workflows import guard
from workflows.directory.changing import NotChanged
from workflows.models import Person, Unit

REFUSED, WRONG = 403, 422


@never_cache
@require_safe
@login_required
def units(request: HttpRequest) -> HttpResponse:
    context = {
        "section": "people",
        "rows": tree.read(request.user),
        "may_arrange": acts.may(request.user),
        "reads_directory": guard.may_read_directory(request.user),
    }
    return render(request, "units/units.html", context)


@never_cache
@require_safe
@login_required
def unit(request: HttpRequest, slug: str) -> HttpResponse:
    found = _find(request.user, slug)
    context = {
        "section": "people",
        "unit": found,
        "seen": seen.read(found, request.user),
        "may_arrange": acts.may(request.user),
        "reads_directory": guard.may_read_directory(request.user),
    }
    return render(request, "units/unit.html", context)


def _find(person: Person, slug: str) -> Unit:
    return get_object_or_404(Unit.objects.visible_to(person).select_related("parent"), slug=slug)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Ask for the details of a new unit; a POST makes it."""
    if request.method != "POST":
        _only_for_administrators(request)
        typed = {"parent": request.GET.get("below", acts.TOP)}
        return _page(request, "units/add.html", None, acts.to_add(typed, {}))
    answer = acts.add(request.user, request.POST)
    if isinstance(answer, NotChanged):
        _hide_from_strangers(request, answer)
        return _page(request, "units/add.html", None, acts.to_add(request.POST.dict(), answer.errors), answer)
    assert answer is not None, "a unit that is there already is refused"
    messages.success(
        request, f"{answer.unit} is part of the tree. Now say on people’s pages who holds which part in it."
    )
    return redirect("unit", answer.unit.slug)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for a unit's details as they are to be; a POST changes them."""
    return _act(request, slug, "units/change.html", acts.to_change, acts.change)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what moving a unit leads to and ask where to; a POST moves it."""
    return _act(request, slug, "units/move.html", acts.to_move, acts.move)


def _act(
    request: HttpRequest,
    slug: str,
    template: str,
    laid_out: Callable[..., list[Control]],
    perform: Callable[..., object],
) -> HttpResponse:
    found = _find(request.user, slug)
    if request.method != "POST":
        _only_for_administrators(request)
        return _page(request, template, found, laid_out(found, {}, {}))
    answer = perform(found, request.user, request.POST)
    if isinstance(answer, NotChanged):
        _hide_from_strangers(request, answer)
        return _page(request, template, found, laid_out(found, request.POST.dict(), answer.errors), answer)
    said = f"{found}: done, and kept in the log under your name." if answer else "It was so already."
    messages.success(request, said)
    return redirect("unit", slug)


def _only_for_administrators(request: HttpRequest) -> None:
    if not acts.may(request.user):
        raise Http404("not an administrator")


def _hide_from_strangers(request: HttpRequest, answer: NotChanged) -> None:
    """Who was refused stands in the log by now; for whoever may not read the directory there is no such form."""
    if not answer.errors and not guard.may_read_directory(request.user):
        raise Http404("not for this person")


def _page(
    request: HttpRequest,
    template: str,
    unit: Unit | None,
    controls: list[Control],
    answer: NotChanged | None = None,
) -> HttpResponse:
    errors = answer.errors if answer else {}
    context = {
        "section": "people",
        "unit": unit,
        "controls": controls,
        "says": acts.of_moving(unit) if unit and template == "units/move.html" else [],
        "errors": errors,
        "refusal": answer if answer and not errors else None,
    }
    return render(request, template, context, status=(WRONG if errors else REFUSED) if answer else 200)


urlpatterns = [
    path("units/", units, name="units"),
    path("add-unit/", add, name="unit-add"),
    path("units/<slug:slug>/", unit, name="unit"),
    path("units/<slug:slug>/change/", change, name="unit-change"),
    path("units/<slug:slug>/move/", move, name="unit-move"),
]
