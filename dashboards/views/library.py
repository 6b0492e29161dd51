"""Library: is there a playbook for this, and which one fits? A playbook's own page, and its start form beside it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from workflows.models import Artifact


@require_safe
@login_required
def library(request: HttpRequest) -> HttpResponse:
    return render(request, "library/library.html", {"section": "library"})


@require_safe
@login_required
def playbook(request: HttpRequest, slug: str) -> HttpResponse:
    artifact = get_object_or_404(Artifact.objects.visible_to(request.user), slug=slug)
    return render(request, "library/playbook.html", {"section": "library", "artifact": artifact})


urlpatterns = [
    path("library/", library, name="library"),
    path("library/<slug:slug>/", playbook, name="playbook"),
]
