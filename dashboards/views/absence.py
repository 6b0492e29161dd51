"""Absence and delegations: who acts for me when I cannot, and for whom do I act? One page with its two forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboards.absence import asking, page, sheet
from dashboards.absence.asking import AWAY, HAND_OVER, Typed
from dashboards.shelf.titles import titles
from engine.machine.commands import Refusal
from runs import appoint, appointing, be_away, periods
from runs.feed.bring_in import bring_in
from runs.feed.reading import MOST_BYTES
from runs.models import Absence, Delegation
from runs.outcomes import FieldErrors
from workflows.models import Person

WRONG, REFUSED = 422, 409


@never_cache
@require_safe
@login_required
def absence(request: HttpRequest) -> HttpResponse:
    person = _whose(request, request.GET.get("person", ""))
    changed = _change(request, request.GET.get("change", ""))
    return _page(request, changed.person if changed else person, changed)


@login_required
@require_POST
def away(request: HttpRequest) -> HttpResponse:
    """Put down an absence, or change one."""
    person = _whose(request, request.POST.get("person", ""))
    changed = _change(request, request.POST.get("absence", ""))
    if changed is not None:
        person = changed.person
    typed = asking.read(AWAY, request.POST)
    if typed.errors:
        return _page(request, person, changed, away=typed, status=WRONG)
    starts_at, ends_at = typed.starts_at(person, changed), typed.ends_at(person, changed)
    if changed is None:
        answer = be_away.be_away(person, starts_at, ends_at, request.user, typed.somebody, typed.reason)
    else:
        answer = be_away.change(changed, starts_at, ends_at, request.user, typed.somebody, typed.reason)
    if not isinstance(answer, be_away.Away):
        return _page(request, person, changed, away=typed, answer=answer)
    kept = answer.absence
    who = "You are" if person == request.user else f"{person} is"
    acts = f" {kept.substitute} acts then, and is told." if kept.substitute else ""
    messages.success(request, f"{who} away {periods.said(kept.starts_at, kept.ends_at, request.user)}.{acts}")
    return _done(request, person, answer.warnings)


@login_required
@require_POST
def hand_over(request: HttpRequest) -> HttpResponse:
    """Let somebody act."""
    person = _whose(request, request.POST.get("person", ""))
    typed = asking.read(HAND_OVER, request.POST, titles(request.user))
    if typed.errors:
        return _page(request, person, handed=typed, status=WRONG)
    answer = appoint.appoint(
        person,
        typed.somebody,
        typed.starts_at(person),
        typed.ends_at(person),
        request.user,
        typed.playbooks,
        typed.reason,
    )
    if not isinstance(answer, appoint.Appointed):
        return _page(request, person, handed=typed, answer=answer)
    given = answer.delegation
    whom = "you" if person == request.user else str(person)
    when = periods.said(given.starts_at, given.ends_at, request.user)
    messages.success(request, f"{given.to} acts for {whom} {when}, and is told.")
    return _done(request, person, answer.warnings)


@login_required
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """End a delegation: as who made it, or, declining, as who was to act."""
    found = Delegation.objects.visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    answer = appoint.take_back(found, request.user)
    if isinstance(answer, Refusal):
        messages.error(request, answer.sentence)
    elif answer.to == request.user:
        messages.success(request, f"You no longer act for {answer.person}, who is told.")
    else:
        messages.success(request, f"{answer.to} no longer acts for {answer.person}, and is told.")
    return _done(request, found.person if appointing.is_administrator(request.user) else request.user)


@login_required
@require_POST
def come_back(request: HttpRequest, pk: int) -> HttpResponse:
    """End an absence."""
    found = Absence.objects.visible_to(request.user).select_related("person").filter(pk=pk).first()
    if found is None:
        raise Http404
    answer = be_away.come_back(found, request.user)
    if isinstance(answer, Refusal):
        messages.error(request, answer.sentence)
    else:
        who = "You are" if found.person == request.user else f"{found.person} is"
        messages.success(request, f"{who} no longer down as away.")
    return _done(request, found.person if appointing.is_administrator(request.user) else request.user)


@login_required
@require_POST
def usual(request: HttpRequest) -> HttpResponse:
    """Name who usually acts."""
    person = _whose(request, request.POST.get("person", ""))
    username = request.POST.get("usual", "").strip()
    to = Person.objects.filter(username=username).first() if username else None
    if username and to is None:
        return _page(request, person, usual_error=f"There is nobody called {username[:80]}.", status=WRONG)
    answer = be_away.name_substitute(person, to, request.user)
    if isinstance(answer, Refusal | FieldErrors):
        sentence = answer.sentence if isinstance(answer, Refusal) else " ".join(answer.values())
        return _page(request, person, usual_error=sentence, status=WRONG)
    messages.success(request, f"{to} usually acts for {person}." if to else f"Nobody usually acts for {person}.")
    return _done(request, person)


@never_cache
@require_safe
@login_required
def log(request: HttpRequest) -> HttpResponse:
    """The log as a CSV file."""
    answer = HttpResponse(sheet.write(request.user).encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="delegations.csv"'
    return answer


@login_required
@require_POST
def calendar(request: HttpRequest) -> HttpResponse:
    """Bring a calendar in, or only look what it would change; the answer is the report."""
    if not appointing.is_administrator(request.user):
        raise Http404
    uploaded = request.FILES.get("file")
    if uploaded is None:
        return _page(request, request.user, calendar_error="Choose a file that ends in .ics.", status=WRONG)
    raw = uploaded.read(MOST_BYTES + 1)
    name = request.POST.get("feed", "").strip()
    report = bring_in(raw, request.user, name, dry_run="look" in request.POST)
    if isinstance(report, Refusal):
        return _page(request, request.user, calendar_error=report.sentence, status=WRONG)
    return render(request, "absence/calendar.html", {"section": "absence", "report": report})


def _whose(request: HttpRequest, username: str) -> Person:
    """Whose page it is: the reader's, or for administrators that of anybody."""
    if not username or username == request.user.username:
        return request.user
    found = Person.objects.filter(username=username).first()
    if found is None or not appointing.is_administrator(request.user):
        raise Http404
    return found


def _change(request: HttpRequest, pk: str) -> Absence | None:
    """The absence that is changed, if one is."""
    if not pk:
        return None
    visible = Absence.objects.visible_to(request.user).standing().select_related("person", "substitute")
    found = visible.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
    if found is None or not appointing.to_change(request.user, found):
        raise Http404
    return found


def _done(request: HttpRequest, person: Person, warnings: tuple[str, ...] = ()) -> HttpResponse:
    for warning in warnings:
        messages.warning(request, warning)
    here = reverse("absence")
    return redirect(here if person == request.user else f"{here}?person={person.username}")


def _page(
    request: HttpRequest,
    person: Person,
    changed: Absence | None = None,
    away: Typed | None = None,
    handed: Typed | None = None,
    answer: Refusal | FieldErrors | None = None,
    usual_error: str = "",
    calendar_error: str = "",
    status: int = 200,
) -> HttpResponse:
    reader, now = request.user, timezone.now()
    playbooks = titles(reader)
    shown = page.of(reader, person, playbooks, now)
    people = page.pickable(person)
    said: Mapping[str, str] = answer if isinstance(answer, FieldErrors) else {}
    away_errors = {**(away.errors if away else {}), **(said if away else {})}
    hand_errors = {**(handed.errors if handed else {}), **(said if handed else {})}
    default = {"substitute": shown.usual.username if shown.usual else ""}
    in_away = away.texts if away else asking.of_absence(changed) if changed else default
    controls = asking.lay_out(AWAY, "away", in_away, away_errors, people)
    hand_controls = asking.lay_out(HAND_OVER, "hand", handed.texts if handed else {}, hand_errors, people)
    known = {control.name for control in (controls if away else hand_controls)}
    context: dict[str, Any] = {
        "section": "absence",
        "shown": shown,
        "person": person,
        "is_own": person == reader,
        "changed": changed,
        "away_controls": controls,
        "hand_controls": hand_controls,
        "wrong": [control for control in [*controls, *hand_controls] if control.error],
        "elsewhere": [words for name, words in said.items() if name not in known],
        "refusal": answer if isinstance(answer, Refusal) else None,
        "playbooks": playbooks,
        "chosen": {artifact.slug for artifact in handed.playbooks} if handed else set(),
        "people": people,
        "usual_error": usual_error,
        "calendar_error": calendar_error,
        "feed": request.POST.get("feed", ""),
        "is_administrator": appointing.is_administrator(reader),
        "everybody": sorted(Person.objects.filter(is_active=True, is_service=False), key=str)
        if appointing.is_administrator(reader)
        else [],
    }
    if answer is not None:
        status = WRONG if isinstance(answer, FieldErrors) else REFUSED
    return render(request, "absence/absence.html", context, status=status)


urlpatterns = [
    path("absence/", absence, name="absence"),
    path("absence/away/", away, name="absence-away"),
    path("absence/away/<int:pk>/end/", come_back, name="absence-end"),
    path("absence/delegations/", hand_over, name="absence-hand-over"),
    path("absence/delegations/<int:pk>/end/", take_back, name="absence-take-back"),
    path("absence/usual/", usual, name="absence-usual"),
    path("absence/calendar/", calendar, name="absence-calendar"),
    path("absence/log.csv", log, name="absence-log"),
]
