"""People: who is there, and what may they do? For administrators to change, for auditors and process owners to read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Group
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from dashboards.board.rows import group_name
from dashboards.people import acts, grouped, listed, logged, seen
from dashboards.people import asked as forms
from workflows import guard
from workflows.directory.changing import NotChanged
from workflows.models import Part, Person

REFUSED, WRONG = 403, 422


def for_readers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let administrators, auditors and process owners in; for others there is no such page."""

    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, **asked: str) -> HttpResponse:
        if not guard.may_read_directory(request.user):
            raise Http404("not for this person")
        return view(request, **asked)

    return guarded


@require_safe
@for_readers
def people(request: HttpRequest) -> HttpResponse:
    groups = list(Group.objects.order_by("name").values_list("name", flat=True))
    filters = listed.read(request.GET, groups)
    page = listed.page(filters)
    context = {
        "section": "people",
        "filters": filters,
        "page": page,
        "next": filters.query(after=page.after) if page.after else "",
        "first": filters.query(),
        "groups": [(name, group_name(name)) for name in groups],
        "parts": Part.Kind.choices,
        "shown": [(name, words) for name, (words, _) in listed.SHOWN.items()],
        "may_add": guard.may_change(request.user, "add"),
    }
    return render(request, "people/people.html", context)


@require_safe
@for_readers
def groups(request: HttpRequest) -> HttpResponse:
    page = grouped.page(request.user, request.GET.get("after", "")[:150])
    return render(request, "people/groups.html", {"section": "people", "page": page})


@require_safe
@for_readers
def log(request: HttpRequest) -> HttpResponse:
    return render(request, "people/log.html", {"section": "people", "log": logged.read(request.GET)})


@require_safe
@for_readers
def person(request: HttpRequest, username: str) -> HttpResponse:
    someone = _find(username)
    context = {
        "section": "people",
        "someone": someone,
        "seen": seen.read(someone, request.user, timezone.now()),
        "acts": acts.of(request.user, someone),
    }
    context["may_change"] = guard.is_administrator(request.user)
    return render(request, "people/person.html", context)


def _find(username: str) -> Person:
    someone = Person.objects.filter(username=username).first()
    if someone is None:
        raise Http404("nobody of that name")
    return someone


@never_cache
@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, username: str, name: guard.Change) -> HttpResponse:
    """Say what the act will do and ask for what it needs; a POST does it, with the rights of that instant."""
    if request.method != "POST" and not guard.is_administrator(request.user):
        raise Http404("not an administrator")
    chosen = acts.named(request.user, _find(username), name)
    if request.method != "POST":
        return _act_page(request, chosen)
    answer = acts.perform(chosen, request.user, request.POST)
    if isinstance(answer, NotChanged):
        _hide_from_strangers(request)
        return _act_page(request, chosen, answer)
    said = f"{chosen.person}: done, and kept in the log under your name." if answer else "It was so already."
    messages.success(request, said)
    return redirect("person", username)


def _hide_from_strangers(request: HttpRequest) -> None:
    """Who was refused stands in the log by now; whoever may not even read here learns nothing of whom it is about."""
    if not guard.may_read_directory(request.user):
        raise Http404("not for this person")


def _act_page(request: HttpRequest, chosen: acts.Act, answer: NotChanged | None = None) -> HttpResponse:
    asked = request.POST if answer else request.GET
    meant = asked.dict() if answer else {name: asked[name] for name in ("group", "part") if name in asked}
    errors = answer.errors if answer else {}
    context = {
        "section": "people",
        "act": chosen,
        "someone": chosen.person,
        "says": acts.consequences(chosen, asked),
        "controls": forms.controls(chosen.name, chosen.person, meant, errors),
        "refusal": answer if answer and not errors else None,
        "errors": errors,
    }
    status = (WRONG if errors else REFUSED) if answer else 200
    return render(request, "people/act.html", context, status=status)


@never_cache
@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Ask for the details of a new account; a POST makes it."""
    if request.method != "POST":
        if not guard.is_administrator(request.user):
            raise Http404("not an administrator")
        return render(request, "people/add.html", {"section": "people", "controls": forms.to_add({}, {})})
    answer = acts.add(request.user, request.POST)
    if isinstance(answer, NotChanged):
        _hide_from_strangers(request)
        context = {"section": "people", "controls": forms.to_add(request.POST.dict(), answer.errors)}
        context |= {"errors": answer.errors, "refusal": None if answer.errors else answer}
        return render(request, "people/add.html", context, status=WRONG if answer.errors else REFUSED)
    assert answer is not None, "an account that is there already is refused"
    messages.success(request, f"{answer.person} has an account. Now say what they are in.")
    return redirect("person", answer.person.username)


urlpatterns = [
    path("people/", people, name="people"),
    path("people/add/", add, name="person-add"),
    path("people/groups/", groups, name="groups"),
    path("people/log/", log, name="directory-log"),
    path("person/<str:username>/", person, name="person"),
    *(path(f"person/<str:username>/{name}/", act, {"name": name}, name=f"person-{name}") for name in acts.WORDS),
]
