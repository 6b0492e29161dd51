"""Gate: should I approve this?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboards import (
    attaching,
    consequences,
    deciding,
    delegating,
    followed,
    gates,
    ladders,
    limits,
    position,
    quorums,
    said,
    visits,
)
from dashboards.attaching import Offer
from dashboards.attachments import Held
from dashboards.deciding import Typed
from dashboards.visits import Seen
from engine.lifecycles import Choice
from engine.machine.commands import Refusal
from engine.machine.rights import vote_of
from engine.machine.state import Vote
from runs import definitions, guard, openings
from runs import delegate as delegations
from runs import vote as votes
from runs.models import Run
from runs.outcomes import Accepted


@never_cache
@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def gate(request: HttpRequest, run: int, visit: int) -> HttpResponse:
    """Show the gate; a POST casts or changes the reader's vote."""
    seen = visits.fetch(request.user, run, visit, "gate")
    if request.method != "POST":
        return _page(request, seen)
    given, answer = deciding.decide(request, seen, request.user)
    if isinstance(answer, Accepted):
        return _accepted(request, seen, answer, f"Your vote is kept: {_verb(given.choice)}.")
    fresh = visits.fetch(request.user, run, visit, "gate")
    refusal = answer if isinstance(answer, Refusal) else Refusal("not-open")
    # what the voter can mend on this page; every other refusal means that things are not as they were shown
    return _page(request, fresh, refusal, status=422 if refusal.code in deciding.FIELDS else 409, given=given)


@login_required
@require_POST
def opened(request: HttpRequest, run: int, visit: int) -> HttpResponse:
    """Keep that the reader has the gate before them; the page says so once it stands on the screen.

    Of whoever only audits the unit nothing is kept: they decide on nothing.
    """
    seen = visits.fetch(request.user, run, visit, "gate")
    if guard.may_comment(request.user, seen.run):
        openings.note(seen.step, request.user, request.POST.get("digest", ""))
    return HttpResponse(status=204)


@login_required
@require_POST
def withdraw(request: HttpRequest, run: int, visit: int) -> HttpResponse:
    """Take the reader's vote back while the gate is open."""
    seen = visits.fetch(request.user, run, visit, "gate")
    answer = votes.withdraw(seen.run, visit, request.user, request.POST.get("key") or None)
    if isinstance(answer, Accepted):
        return _accepted(request, seen, answer, "Your vote is withdrawn. The log keeps that you had voted.")
    refusal = answer if isinstance(answer, Refusal) else Refusal("not-open")
    return _page(request, seen, refusal, status=409)


@login_required
@require_POST
def delegate(request: HttpRequest, run: int, visit: int) -> HttpResponse:
    """Hand the reader's vote to somebody, at this gate only."""
    seen = visits.fetch(request.user, run, visit, "gate")
    answer = delegations.delegate(
        seen.run, visit, request.user, request.POST.get("to", ""), request.POST.get("key") or None
    )
    if isinstance(answer, Accepted):
        words = "Your vote is delegated. Until it is cast you may still vote yourself, which ends the delegation."
        return _accepted(request, seen, answer, words)
    refusal = answer if isinstance(answer, Refusal) else Refusal("not-open")
    fresh = visits.fetch(request.user, run, visit, "gate")
    if refusal.code == "field:to":
        return _page(request, fresh, to_error=refusal.sentence, status=422)
    return _page(request, fresh, refusal, status=409, refused="Your vote was not delegated.")


@login_required
@require_POST
def take_back(request: HttpRequest, run: int, visit: int) -> HttpResponse:
    """End the reader's delegation."""
    seen = visits.fetch(request.user, run, visit, "gate")
    answer = delegations.take_back(seen.run, visit, request.user, request.POST.get("key") or None)
    if isinstance(answer, Accepted):
        return _accepted(request, seen, answer, "Your vote is yours again. The log keeps that you had delegated it.")
    refusal = answer if isinstance(answer, Refusal) else Refusal("not-open")
    fresh = visits.fetch(request.user, run, visit, "gate")
    return _page(request, fresh, refusal, status=409, refused="Your delegation was not ended.")


def _accepted(request: HttpRequest, seen: Seen, answer: Accepted, words: str) -> HttpResponse:
    """Go back to the page, which says what the vote set in motion."""
    state = definitions.state_of(Run.objects.get(pk=seen.run.pk))
    messages.success(request, f"{words} {consequences.happened(seen.definition, answer.moves, state.visits)}".strip())
    return redirect("gate", seen.run.number, seen.step.number)


def _verb(choice: str) -> str:
    return {"approve": "you approve", "reject": "you reject", "return": "you ask for changes"}.get(
        choice, "you abstain"
    )


def _page(
    request: HttpRequest,
    seen: Seen,
    refusal: Refusal | None = None,
    status: int = 200,
    refused: str = "Your vote was not counted.",
    to_error: str = "",
    given: Typed | None = None,
) -> HttpResponse:
    read = request.POST.get("digest") or request.GET.get("digest") or ""
    log = gates.history(seen, read)
    visit, earlier = gates.visit_of(seen, log), gates.before(seen, log)
    asking = visit.asking if visit else None
    known = gates.people(seen, [visit, earlier], request.user)
    may = guard.may(request.user, "vote", run=seen.run, visit=seen.step.number)
    held = Held(seen.run)
    marked = gates.compared(seen, asking, earlier.asking if earlier else None, held)
    stale = bool(asking and read and read != asking.digest)
    mine = vote_of(asking, request.user.username) if asking else None
    wanted = request.POST.get("for") or request.GET.get("for") or ""
    handing = delegating.of(seen, request.user, known, wanted, request.POST.get("to"), to_error)
    now = timezone.now()
    context: dict[str, Any] = {
        "section": "my-work",
        "seen": seen,
        "visit": visit,
        "asking": asking,
        "does": gates.spec(seen),
        "rows": marked,
        "changed": gates.changes(marked),
        "earlier": earlier,
        "earlier_votes": _reasons(earlier, known),
        "times_asked": sum(one.number <= seen.step.number for one in log.visits),
        "names": gates.names(known),
        "decided_by": known.name(asking.decided_by) if asking and asking.decided_by else "",
        "by_rule": bool(asking and asking.decided_by.startswith("rung:")),
        "voices": gates.voices(seen, visit, known, request.user),
        "places": quorums.places(seen.definition, visit, gates.names(known)) if visit else [],
        "missing": quorums.missing(seen.definition, seen.visit, gates.names(known)) if seen.visit else "",
        "mine": mine,
        "mine_for": known.name(mine.on_behalf_of) if mine and mine.on_behalf_of else "",
        "handing": handing,
        "may_vote": may,
        "may_withdraw": mine and seen.visit and guard.may(request.user, "withdraw", seen.run, seen.step.number),
        "buttons": gates.buttons(seen, request.user, known, now, handing.votes_for[0]) if may else [],
        "requires": gates.spec(seen).require,
        "given": given,
        "wrong": deciding.FIELDS.get(refusal.code, "") if refusal else "",
        "comment": given.comment if given else mine.comment if mine else "",
        "attach": _attach(request, seen, refusal, mine) if may else None,
        "key": uuid4().hex,
        "refusal": refusal,
        "refused": refused,
        "to_error": to_error,
        "stale": stale,
        "stale_rows": _since(seen, log, read, asking) if stale else [],
        "limits": limits.of(seen),
        "followed": followed.of(seen, log.moves.get(seen.step.number, ())) if seen.visit is None else None,
        "ladder": ladders.of(seen.definition, seen.state, seen.visit, now),
        "stands": position.of(seen),
        "held": held,
        "said": said.at(request, seen.run, held, seen.step.number),
        "fragment": bool(request.headers.get("HX-Request")),
    }
    return render(request, "gate/gate.html", context, status=status)


def _attach(request: HttpRequest, seen: Seen, refusal: Refusal | None, mine: Vote | None) -> Offer:
    """Lay out the evidence: what waits to be attached, and the link as typed, or of the vote that may be changed."""
    needed = "evidence" in deciding.requires(seen)
    offer = attaching.offer(request, seen.run, seen.step, refusal, needed)
    return offer if request.method == "POST" or mine is None else replace(offer, link=deciding.link_of(mine.evidence))


def _since(seen: Seen, log: gates.History, read: str, asking: Any) -> list[Any]:
    """What is different from what the reader had before them when they voted."""
    then = (log.by_digest or {}).get(read)
    return gates.changes(gates.compared(seen, asking, then)) if then else []


def _reasons(earlier: Any, known: Any) -> list[tuple[str, Any]]:
    """Who said no the last time, or asked for changes, with the comment."""
    if earlier is None or earlier.asking is None:
        return []
    against = [vote for vote in earlier.asking.votes if vote.choice in {Choice.REJECT, Choice.RETURN}]
    return [(delegating.said(vote.person, vote.on_behalf_of, gates.names(known)), vote) for vote in against]


urlpatterns = [
    path("runs/<int:run>/gates/<int:visit>/", gate, name="gate"),
    path("runs/<int:run>/gates/<int:visit>/opened/", opened, name="gate-opened"),
    path("runs/<int:run>/gates/<int:visit>/withdraw/", withdraw, name="gate-withdraw"),
    path("runs/<int:run>/gates/<int:visit>/delegate/", delegate, name="gate-delegate"),
    path("runs/<int:run>/gates/<int:visit>/take-back/", take_back, name="gate-take-back"),
]
