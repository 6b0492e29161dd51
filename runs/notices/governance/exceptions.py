"""Exceptions: asked of whoever may grant them, decided for whoever asked, and about to end for whoever needs them."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from engine.lifecycles import ExceptionStatus
from runs import periods
from runs.notices.governance.piece import Happened, Kind, Piece, lines, quoted
from workflows.models import Artifact, GovernanceEntry, PolicyException
from workflows.policies.exceptions import deciders

_DECIDED = {
    GovernanceEntry.Kind.EXCEPTION_GRANTED: "Exception granted",
    GovernanceEntry.Kind.EXCEPTION_REFUSED: "Exception refused",
    GovernanceEntry.Kind.EXCEPTION_REVOKED: "Exception ended before its date",
}


def asked(happened: Happened) -> Iterator[Piece]:
    """An exception is asked of everybody who may grant it, unless that is decided already. Dates as each reads them."""
    found = _exception(happened)
    if found is None or found.status != ExceptionStatus.ASKED:
        return
    for person in deciders(found.policy, found.asked_by):
        until = f"For “{found.requirement}”, until {periods.until(found.ends_at, person)}."
        yield Piece(
            Kind.REVIEW,
            [person],
            f"Your decision is asked: an exception for {_between(found)}",
            reverse("exception", args=[found.pk]),
            lines(quoted(found.asked_by, found.reason), until),
            exception=found,
        )


def decided(happened: Happened) -> Iterator[Piece]:
    """What became of it, for whoever asked; that it has ended also for whoever owns the playbook."""
    found = _exception(happened)
    if found is None:
        return
    kind = GovernanceEntry.Kind(happened.entry.kind)
    owner = found.playbook.owner if kind == GovernanceEntry.Kind.EXCEPTION_REVOKED else None
    yield Piece(
        Kind.REVIEWED,
        (found.asked_by, owner),
        f"{_DECIDED[kind]}: {_between(found)}",
        reverse("exception", args=[found.pk]),
        happened.quoted(happened.entry.detail) or f"{happened.doer} decided it.",
        exception=found,
    )


def ending(happened: Happened) -> Iterator[Piece]:
    """An exception is about to end, for whoever asked for it and whoever owns the playbook, if it still counts."""
    found = _exception(happened)
    if found is None or found.status != ExceptionStatus.GRANTED:
        return
    for person in {found.asked_by, found.playbook.owner} - {None}:
        yield Piece(
            Kind.OWNED,
            [person],
            f"An exception ends {periods.until(found.ends_at, person)}: {_between(found)}",
            reverse("exception", args=[found.pk]),
            f"From then on runs keep “{found.requirement}”, or do not start.",
            exception=found,
        )


def _exception(happened: Happened) -> PolicyException | None:
    related = ("policy__unit", "playbook__unit", "playbook__owner", "asked_by")
    return PolicyException.objects.select_related(*related).filter(pk=happened.of).first()


def _between(exception: PolicyException) -> str:
    return f"{_title(exception.playbook)} from {_title(exception.policy)}"


def _title(artifact: Artifact) -> str:
    newest = artifact.versions.order_by("-number").values_list("title", flat=True).first()
    return newest or artifact.slug
