"""The same news for pages whose stream is blocked, and the answers of a server that cannot stream."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from dashboards.live import interest
from dashboards.live.missed import missed


def live(request: HttpRequest) -> HttpResponse:
    """Reached where no stream is served before (`dashboards.live.stream`): 204 tells the page to poll."""
    if request.method != "GET" or not request.user.is_authenticated:
        return HttpResponse(status=403)
    return HttpResponse(status=204)


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """What happened since the page last asked: 304 while nothing has changed since the last answer.

    Whoever is not signed in is told so: the page would take the sign-in page for an answer.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    since = request.GET.get("since", "")
    news = missed(request.user, interest.read(request.GET), since)
    etag = f'"{news.version[:32] or "now"}"'
    if request.headers.get("If-None-Match") == etag and since:
        response: HttpResponse = HttpResponse(status=304)
    else:
        response = JsonResponse(news.data())
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


urlpatterns = [
    path("live/", live, name="live"),
    path("live/changes/", changes, name="live-changes"),
]
