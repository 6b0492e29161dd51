"""What is done with what is published: found still right, handed to another owner, retired. Each says what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboards.forms import Control
from dashboards.reviews.page import open_runs
from dashboards.shelf import keeping
from engine.lifecycles import VERSION_OUT
from workflows import confirming, guard, retiring
from workflows.governing import Refused
from workflows.guard import Verdict
from workflows.models import Artifact, Person, Version

REFUSED, WRONG = 409, 422


@dataclass(frozen=True)
class Act:
    """One thing that may be done: what it is called, what follows, and what it asks for."""

    name: str
    verb: str
    icon: str
    follows: tuple[str, ...]
    controls: tuple[Control, ...]
    verdict: Verdict
    hindrance: str = ""
    is_danger: bool = False
    leads_to: str = ""
    """Where what hinders it is put right."""


def _view(
    lay_out: Callable[[HttpRequest, Artifact, Version], Act],
    do: Callable[[HttpRequest, Artifact, Version], object],
) -> Callable[..., HttpResponse]:
    """Make the page of an act, which says what it does; a POST does it, with the rights of that instant."""

    @never_cache
    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, slug: str) -> HttpResponse:
        artifact, version = _fetch(request, slug)
        refusal, status = None, 200
        if request.method == "POST":
            answer = do(request, artifact, version)
            if not isinstance(answer, Refused):
                messages.success(request, "Done, and kept in the log under your name.")
                return redirect("playbook", slug)
            refusal, status = answer, WRONG if answer.field else REFUSED
        act = _with_error(lay_out(request, artifact, version), refusal)
        context = {"section": "library", "artifact": artifact, "version": version, "refusal": refusal, "act": act}
        return render(request, "library/keep.html", context, status=status)

    return view


def _with_error(act: Act, refusal: Refused | None) -> Act:
    """Say what is wrong at the field where it is."""
    if refusal is None or not refusal.field:
        return act
    told = (replace(one, error=refusal.sentence) if one.name == refusal.field else one for one in act.controls)
    return replace(act, controls=tuple(told))


def _fetch(request: HttpRequest, slug: str) -> tuple[Artifact, Version]:
    """Read what is published, or the version asked for. Raises Http404."""
    visible = Artifact.objects.visible_to(request.user).select_related("unit", "owner")
    artifact = get_object_or_404(visible, slug=slug)
    number = request.POST.get("version") or request.GET.get("version", "")
    known = artifact.versions.filter(status__in=VERSION_OUT).select_related("artifact__unit")
    if number.isdecimal() and len(number) < 10:
        return artifact, get_object_or_404(known, number=int(number))
    if artifact.published is None:
        raise Http404("nothing of it is published")
    return artifact, known.get(pk=artifact.published.pk)


def _confirm(request: HttpRequest, artifact: Artifact, version: Version) -> Act:
    due = f" It is asked again in {version.review_days} days." if version.review_days else ""
    follows = (f"You say that version {version.number}, as it is published now, is still right.{due}",)
    box = Control("note", "field-note", "What you looked at", "area", request.POST.get("note", ""), required=False)
    verdict = guard.may_confirm(request.user, artifact)
    return Act("confirm", "It is still right", "done", follows, (box,), verdict)


def _owner(request: HttpRequest, artifact: Artifact, version: Version) -> Act:
    now = f"{artifact.owner} owns it now." if artifact.owner else "Nobody owns it now."
    follows = (now, "Its owner is asked to look at it again when that is due. Rights are not changed by it.")
    choices = keeping.possible_owners(artifact)
    chosen = request.POST.get("owner", artifact.owner.username if artifact.owner else "")
    box = Control("owner", "field-owner", "Owner", "select", chosen, choices=choices)
    verdict = guard.may(request.user, "hand-over", artifact.unit)
    if artifact.owner_id == request.user.pk and request.user.is_active:
        verdict = Verdict(True)
    return Act("owner", "Change its owner", "person", follows, (box,), verdict)


def _retire(request: HttpRequest, artifact: Artifact, version: Version) -> Act:
    if version == artifact.published:
        follows = ("Nothing starts on it any more, and no version takes its place.", "Its runs and its versions stay.")
    else:
        follows = (f"Nothing starts on version {version.number} any more: no call that names it, no adaptation.",)
    hindrance = retiring.what_forbids(version, open_runs)
    box = Control("reason", "field-reason", "Why", "area", request.POST.get("reason", ""))
    verdict = guard.may(request.user, "retire", artifact.unit)
    says = hindrance.sentence if hindrance else ""
    move = reverse("move", args=[artifact.slug]) if hindrance and hindrance.code == "open-runs" else ""
    verb = f"Retire version {version.number}"
    return Act("retire", verb, "x", follows, (box,), verdict, says, is_danger=True, leads_to=move)


def _do_confirm(request: HttpRequest, artifact: Artifact, version: Version) -> object:
    return confirming.confirm(artifact, request.user, request.POST.get("note", ""))


def _do_owner(request: HttpRequest, artifact: Artifact, version: Version) -> object:
    owner = Person.objects.filter(username=request.POST.get("owner", "")).first()
    if owner is None:
        return Refused("bad-value", "Choose somebody.", "owner")
    return confirming.hand_over(artifact, owner, request.user)


def _do_retire(request: HttpRequest, artifact: Artifact, version: Version) -> object:
    return retiring.retire(version, request.user, request.POST.get("reason", ""), open_runs)


urlpatterns = [
    path("library/<slug:slug>/confirm/", _view(_confirm, _do_confirm), name="confirm"),
    path("library/<slug:slug>/owner/", _view(_owner, _do_owner), name="owner"),
    path("library/<slug:slug>/retire/", _view(_retire, _do_retire), name="retire"),
]
