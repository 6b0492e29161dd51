"""Decide by a link in a mail: one gate, one person, once, without signing in.

GET shows what is asked and changes nothing, however often and by whatever it is opened; only the form decides. The
page leads nowhere else, tells no other page its address, and is kept by no cache and no search engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboards import consequences, deciding, delegating, gates, quorums, visits
from dashboards.attachments import Held
from dashboards.deciding import Typed
from dashboards.visits import Seen
from engine.lifecycles import GateStatus
from engine.machine.commands import Refusal
from runs import decision_links, definitions, directory, guard, security_log
from runs.clock import database_clock
from runs.models import DecisionLink, Run
from runs.outcomes import Accepted

View = Callable[..., HttpResponse]


class FromNoReferrer(CsrfViewMiddleware):
    """The proof of origin for a page that sends no referrer, and so, as browsers have it, the origin `null`.

    The token in the form and the one in the cookie must still belong together.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        return request.META.get("HTTP_ORIGIN") == "null" or super()._origin_verified(request)


def private(view: View) -> View:
    """Let nobody keep, index or learn the address of this page."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return wrapped


@csrf_exempt  # the middleware's own check, which asks for an origin; the one below is made instead
@decorator_from_middleware(FromNoReferrer)
@private
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, token: str) -> HttpResponse:
    """Show the gate of this link; a POST decides in the name of the person whom it was sent to."""
    link = decision_links.find(token)
    if link is None:
        return _over(request, None, Refusal("not-open", "This link is none of ours, or it was copied in part."), 404)
    with timezone.override(link.person.zone):
        return _of(request, link)


def _of(request: HttpRequest, link: DecisionLink) -> HttpResponse:
    """Answer for one link: by whether it is good, was used, and its gate is still asked as the mail said."""
    if link.used_at or decision_links.answer_of(link):
        return _answered(request, link)
    refusal = decision_links.ended(link, database_clock())
    if refusal is not None:
        if request.method == "POST":
            security_log.note(link.person, "vote", link.step.run, link.step.name, refusal)
        return _over(request, link, refusal, 410)
    try:
        seen = visits.fetch(link.person, link.step.run.number, link.step.number, "gate")
    except Http404:
        gone = Refusal(guard.NOT_VISIBLE.code, guard.NOT_VISIBLE.sentence)
        if request.method == "POST":
            security_log.note(link.person, "vote", link.step.run, link.step.name, gone)
        return _over(request, link, gone, 409)
    if request.method == "POST":
        return _cast(request, link, seen)
    return _page(request, link, seen)


def _cast(request: HttpRequest, link: DecisionLink, seen: Seen) -> HttpResponse:
    """Decide as typed, on what the mail was about whatever the form says, and under the link's own key."""
    given = replace(deciding.typed(request.POST), digest=link.digest, key=decision_links.key_of(link))
    evidence = deciding.attached(given)
    if isinstance(evidence, Refusal):
        return _page(request, link, seen, evidence, given)
    answer = deciding.cast(seen, link.person, replace(given, evidence=evidence))
    if isinstance(answer, Accepted):
        decision_links.use(link, database_clock())
        return _answered(request, link, seen, answer)
    refusal = answer if isinstance(answer, Refusal) else Refusal("not-open")
    return _page(request, link, visits.fetch(link.person, seen.run.number, seen.step.number, "gate"), refusal, given)


def _page(
    request: HttpRequest, link: DecisionLink, seen: Seen, refusal: Refusal | None = None, given: Typed | None = None
) -> HttpResponse:
    """The question with its form, or why this person cannot decide it any more."""
    asking = seen.visit.asking if seen.visit else None
    may = guard.may(link.person, "vote", run=seen.run, visit=seen.step.number)
    if asking is None or not may:
        why = refusal or Refusal(may.code, may.sentence)
        return _over(request, link, why, 409, given)
    if asking.digest != link.digest:
        sentence = "What is asked has changed since this mail was sent. Sign in to see what it is now."
        told = refusal if refusal and refusal.code != "old-digest" else Refusal("old-digest", sentence)
        return _over(request, link, told, 409, given)
    log = gates.history(seen)
    earlier = gates.before(seen, log)
    known = gates.people(seen, [seen.visit, earlier], link.person)
    handing = delegating.of(seen, link.person, known, given.on_behalf_of if given else "")
    marked = gates.compared(seen, asking, earlier.asking if earlier else None, Held(seen.run))
    wrong = deciding.FIELDS.get(refusal.code, "") if refusal else ""
    context: dict[str, Any] = {
        "link_of": link,
        "seen": seen,
        "asking": asking,
        "earlier": earlier,
        "rows": marked,
        "missing": quorums.missing(seen.definition, seen.visit, gates.names(known)) if seen.visit else "",
        "handing": handing,
        "buttons": gates.buttons(seen, link.person, known, timezone.now(), handing.votes_for[0]),
        "requires": gates.spec(seen).require,
        "given": given,
        "comment": given.comment if given else "",
        "link": given.link if given else "",
        "refusal": refusal,
        "wrong": wrong,
    }
    return render(request, "decide/decide.html", context, status=200 if not refusal else 422 if wrong else 409)


def _answered(
    request: HttpRequest, link: DecisionLink, seen: Seen | None = None, accepted: Accepted | None = None
) -> HttpResponse:
    """Say how the person decided by the link, now or when it was used first."""
    happened = ""
    if seen is not None and accepted is not None:
        state = definitions.state_of(Run.objects.get(pk=seen.run.pk))
        happened = consequences.happened(seen.definition, accepted.moves, state.visits)
    context = {
        "link_of": link,
        "answer": decision_links.answer_of(link),
        "now": accepted is not None and not accepted.repeated,
        "happened": happened,
    }
    return render(request, "decide/answered.html", context)


def _over(
    request: HttpRequest, link: DecisionLink | None, refusal: Any, status: int, given: Typed | None = None
) -> HttpResponse:
    """Say why nothing can be decided here, and what to do instead."""
    context = {"link_of": link, "refusal": refusal, "given": given}
    gate = link.step.gate if link is not None and hasattr(link.step, "gate") else None
    if gate is not None and gate.status != GateStatus.OPEN:
        names = directory.look_up([gate.decided_by])
        context |= {"gate": gate, "by": names.name(gate.decided_by), "by_rule": gate.decided_by.startswith("rung:")}
    return render(request, "decide/over.html", context, status=status)


urlpatterns = [path("decide/<str:token>/", decide, name="decide")]
