"""Library: is there a playbook for this, and which one fits? A playbook's own page; its start form is beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards import proofs
from dashboards.adapting.standing import late_for
from dashboards.course import picture
from dashboards.policies import page as policy_page
from dashboards.shelf import beginnings, keeping, practice, prose, search, sheet
from dashboards.views import start
from engine.definition import Definition
from engine.lifecycles import VersionStatus
from runs import definitions, guard, sight
from workflows import decisions, rolling_out
from workflows.models import POLICY, Artifact, Person, Version
from workflows.policies import preview


@require_safe
@login_required
def library(request: HttpRequest) -> HttpResponse:
    asked = search.read(request.GET)
    shelf = search.find(request.user, sight.read(request.user).runs, asked, timezone.now())
    chips = [
        (f"{search.FACETS[name].lower()}: {value}", asked.address(**{name: ""})) for name, value in asked.chosen.items()
    ]
    context = {"section": "library", "asked": asked, "shelf": shelf, "chips": chips, "days": practice.DAYS}
    return render(request, "library/library.html", context)


@dataclass(frozen=True)
class Book:
    """One version of a playbook or decision, and the versions beside it."""

    artifact: Artifact
    version: Version
    versions: tuple[Version, ...]

    @property
    def previous(self) -> int:
        """The number of the version before this one; of the first, of the one after."""
        older = [one.number for one in self.versions if one.number < self.version.number]
        return max(older, default=self.versions[-2].number if len(self.versions) > 1 else self.version.number)


def fetch(person: Person, slug: str, number: str = "") -> Book:
    """Read the version asked for, or the one that runs start on, or the newest. Raises Http404."""
    known = Version.objects.visible_to(person).out().defer("source", "definition")
    known = known.select_related("published_by", "author").order_by("-number")
    artifacts = Artifact.objects.visible_to(person).select_related("unit", "owner")
    artifact = get_object_or_404(artifacts.prefetch_related(Prefetch("versions", known)), slug=slug)
    versions = tuple(artifact.versions.all())
    if not versions:
        raise Http404("nothing of it was ever published")
    if number:
        wanted = int(number) if number.isdecimal() and len(number) < 10 else 0
        return Book(artifact, get_object_or_404(known, artifact=artifact, number=wanted), versions)
    published = next((one for one in versions if one.status == VersionStatus.PUBLISHED), versions[0])
    return Book(artifact, published, versions)


@require_safe
@login_required
def playbook(request: HttpRequest, slug: str) -> HttpResponse:
    """One version of a playbook: in a picture, in prose, as source; what was proven; how it does in practice."""
    now = timezone.now()
    book = fetch(request.user, slug, request.GET.get("version", ""))
    if book.version.is_plan:
        return redirect("plan", slug)
    if book.version.is_decision:
        return _decision(request, book)
    if book.version.kind == POLICY:
        return show_policy(request, book)
    definition = definitions.of_version(book.version)
    is_current = book.version.status == VersionStatus.PUBLISHED
    policies = policy_page.of_playbook(book.version, now) if is_current else ()
    whole, by_version = practice.of_playbook(sight.read(request.user).runs, book.artifact, now)
    context: dict[str, Any] = {
        "section": "library",
        "book": book,
        "version": book.version,
        "definition": definition,
        "parents": _parents(request.user, definition),
        "is_current": is_current,
        "may_start": guard.may(request.user, "start", version=book.version),
        "picture": picture.of_definition(definition, lambda step: prose.who_does(definition, step)),
        "prose": prose.tell(definition),
        "at_once": prose.at_once(definition),
        "gates": sum(step.kind == "gate" for step in definition.steps.values()),
        "proven": proofs.proven(book.version),
        "policies": policies,
        "is_broken": any(one.state == "broken" for one in policies),
        "beginnings": beginnings.of_playbook(book.artifact, definition, request.user, now) if is_current else (),
        "practice": whole,
        "versions": [(one, by_version.get(one.number, practice.Practice())) for one in book.versions],
        "days": practice.DAYS,
        "behind": late_for(request.user, book.version) if is_current else None,
        "source": book.version.source.splitlines(),
        "rollout": rolling_out.under_way(book.artifact),
        "kept": keeping.of(book.artifact, request.user, book.versions, now),
    }
    return render(request, "library/playbook.html", context)


def _parents(person: Person, definition: Definition) -> list[tuple[str, str]]:
    """Name what it adapts, the nearest first, each with its title, which is empty where the reader does not find it."""
    names = [parent.playbook for parent in definition.extends]
    if not names:
        return []
    found = Version.objects.visible_to(person).out().filter(artifact__slug__in=names).order_by("number")
    titles = dict(found.values_list("artifact__slug", "title"))
    return [(name, titles.get(name, "")) for name in names]


def _decision(request: HttpRequest, book: Book) -> HttpResponse:
    """One version of a decision: its table, what was proven of it, who asks it."""
    table = decisions.of_version(book.version)
    context = {
        "section": "library",
        "book": book,
        "version": book.version,
        "is_current": book.version.status == VersionStatus.PUBLISHED,
        "sheet": sheet.lay_out(table),
        "asked_by": sheet.asked_by(request.user, table),
        "proven": proofs.proven(book.version),
        "source": book.version.source.splitlines(),
        "kept": keeping.of(book.artifact, request.user, book.versions, timezone.now()),
        "versions": [(one, None) for one in book.versions],
    }
    return render(request, "library/decision.html", context)


def show_policy(request: HttpRequest, book: Book, text: str | None = None) -> HttpResponse:
    """One version of a policy: what it demands, who keeps it; and what another `text` of it would mean."""
    now, unit = timezone.now(), book.artifact.unit
    bound = policy_page.bound_of(book.version)
    context = {
        "section": "library",
        "book": book,
        "version": book.version,
        "is_current": book.version.status == VersionStatus.PUBLISHED,
        "told": policy_page.tell(bound.policy),
        "units_below": policy_page.units_below(unit),
        "rows": policy_page.held(bound, request.user, now),
        "excepted": policy_page.of_policy(book.artifact, request.user, now),
        "preview": None if text is None else preview.preview(text, unit, now),
        "text": book.version.source if text is None else text,
        "source": book.version.source.splitlines(),
        "kept": keeping.of(book.artifact, request.user, book.versions, now),
        "versions": [(one, None) for one in book.versions],
    }
    return render(request, "policies/policy.html", context)


urlpatterns = [
    path("library/", library, name="library"),
    path("library/<slug:slug>/", playbook, name="playbook"),
    *start.urlpatterns,
]
