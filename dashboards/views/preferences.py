"""How I am told, with my channels; and for administrators the channels of roles and what does not arrive."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Group
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboards import preferences as chosen
from runs.models import Channel, Letter
from runs.notices import channels, faults
from workflows.models import Person

SHOWN = 100
WRONG = 422


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _mine(request)
    refused = chosen.keep(request.user, request.POST)
    if refused is not None:
        return _mine(request, refused)
    messages.success(request, "Kept. It counts from the next notice on.")
    return redirect("notices-preferences")


def _mine(
    request: HttpRequest, choices: chosen.Choices | None = None, title: str = "", error: str = ""
) -> HttpResponse:
    context = {
        "section": "notices",
        "choices": choices or chosen.kept(request.user),
        "channels": _with_tests(request.user.channels.order_by("pk")),
        "sends_mail": settings.PENSTOCK_SENDS_MAIL,
        "add": "notices-channel-add",
        "title": title,
        "error": error,
        "services": list(dict.fromkeys(channels.SERVICES.values())),
    }
    wrong = bool(error or (choices and choices.errors))
    return render(request, "notices/preferences.html", context, status=WRONG if wrong else 200)


def _with_tests(found: Iterable[Channel]) -> list[tuple[Channel, str, Letter | None]]:
    """Channels, each with what its service is called, and its last test."""
    named = channels.SERVICES
    return [(one, named.get(one.service, one.service), one.letters.filter(notice=None).last()) for one in found]


@login_required
@require_POST
@sensitive_post_parameters("address")
def add(request: HttpRequest) -> HttpResponse:
    """Keep a channel and have it tested."""
    title, address = request.POST.get("title", ""), request.POST.get("address", "")
    try:
        channels.test(channels.add(request.user, title, address))
    except channels.BadAddress as fault:
        return _mine(request, title=title[:100], error=str(fault))
    messages.success(request, "Kept. A test is on its way; once it has arrived there, so do your notices.")
    return redirect("notices-preferences")


@login_required
@require_POST
def test(request: HttpRequest, channel: int) -> HttpResponse:
    found = _channel(request.user, channel)
    channels.test(found)
    messages.success(request, f"A test is on its way to “{found}”.")
    return redirect(_back(found))


@login_required
@require_POST
def remove(request: HttpRequest, channel: int) -> HttpResponse:
    found = _channel(request.user, channel)
    channels.remove(found)
    messages.success(request, f"“{found}” is removed. Nothing is sent there any more.")
    return redirect(_back(found))


def _channel(person: Person, pk: int) -> Channel:
    """One's own channel, or for an administrator one of a role; anybody else's is not there."""
    found = get_object_or_404(Channel, pk=pk)
    if found.person_id != person.pk and not (found.group_id and person.is_superuser):
        raise Http404("no such channel, or not yours")
    return found


def _back(channel: Channel) -> str:
    return "notices-preferences" if channel.person_id else "notices-administration"


@never_cache
@require_safe
@login_required
def administration(request: HttpRequest) -> HttpResponse:
    return _administration(request)


def _administration(request: HttpRequest, group: str = "", title: str = "", error: str = "") -> HttpResponse:
    _only_administrators(request.user)
    given_up = faults.undelivered()
    context = {
        "section": "notices",
        "faults": list(faults.standing().order_by("opened_at")),
        "given_up": given_up[:SHOWN],
        "given_up_count": given_up.order_by().count(),
        "channels": _with_tests(Channel.objects.filter(group__isnull=False).select_related("group").order_by("pk")),
        "groups": Group.objects.order_by("name"),
        "sends_mail": settings.PENSTOCK_SENDS_MAIL,
        "add": "notices-role-channel-add",
        "group": group,
        "title": title,
        "error": error,
        "services": list(dict.fromkeys(channels.SERVICES.values())),
    }
    return render(request, "notices/administration.html", context, status=WRONG if error else 200)


@login_required
@require_POST
@sensitive_post_parameters("address")
def add_to_role(request: HttpRequest) -> HttpResponse:
    _only_administrators(request.user)
    name, title, address = (request.POST.get(key, "") for key in ("group", "title", "address"))
    group = Group.objects.filter(name=name).first()
    try:
        if group is None:
            raise channels.BadAddress("Choose the group whose channel this is.")
        channels.test(channels.add(group, title, address))
    except channels.BadAddress as fault:
        return _administration(request, name, title[:100], str(fault))
    messages.success(request, "Kept. A test is on its way; once it has arrived there, so does what that role is asked.")
    return redirect("notices-administration")


@login_required
@require_POST
def send_again(request: HttpRequest) -> HttpResponse:
    _only_administrators(request.user)
    count = faults.send_again()
    messages.success(request, f"{count} letter{'' if count == 1 else 's'} will be sent again, as far as still news.")
    return redirect("notices-administration")


def _only_administrators(person: Person) -> None:
    if not person.is_superuser:
        raise Http404("for administrators")


urlpatterns = [
    path("notices/preferences/", preferences, name="notices-preferences"),
    path("notices/channels/", add, name="notices-channel-add"),
    path("notices/channels/<int:channel>/test/", test, name="notices-channel-test"),
    path("notices/channels/<int:channel>/remove/", remove, name="notices-channel-remove"),
    path("notices/administration/", administration, name="notices-administration"),
    path("notices/administration/channels/", add_to_role, name="notices-role-channel-add"),
    path("notices/administration/again/", send_again, name="notices-send-again"),
]
