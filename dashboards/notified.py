"""Notices as pages and letters show them: where one leads, its icon, what became of it, and nothing that vanished."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from runs.models import Notice, Run
from runs.notices import overtaken
from runs.notices.sight import Sight

Kind = Notice.Kind

ICONS = {
    Kind.ASKED: "gate",
    Kind.TASK: "task",
    Kind.OFFERED: "people",
    Kind.REWORK: "return",
    Kind.REMINDER: "waiting",
    Kind.OVERDUE: "overdue",
    Kind.DECIDED: "done",
    Kind.ENDED: "end",
    Kind.INCIDENT: "attention",
    Kind.MENTION: "comment",
    Kind.DELEGATION: "delegate",
    Kind.STAFFING: "people",
    Kind.REVIEW: "gate",
    Kind.REVIEWED: "comment",
    Kind.OWNED: "library",
    Kind.ADMINISTRATION: "attention",
}


@dataclass(frozen=True)
class Line:
    """One notice for the reader; `overtaken` says why it asks for nothing any more. One that vanished leads nowhere.

    `run` is what it is about, unless that is not the reader's to see.
    """

    notice: Notice
    icon: str
    address: str
    overtaken: str
    title: str
    body: str
    run: Run | None = None


VANISHED = "You do not find this any more"
_WHY = "It was about something that is not yours to see now."
_WHICH_RUN = "It was about a run that is not visible to you now."


def lines(notices: Iterable[Notice], sight: Sight) -> list[Line]:
    """Notices that `runs.notices.overtaken.with_what_became` has read, as lines; `sight` is their reader's."""
    return [_line(one) if sight.finds(one) else _vanished(one) for one in notices]


def _line(notice: Notice) -> Line:
    became = overtaken.words(notice)
    return Line(notice, ICONS[Kind(notice.kind)], address(notice), became, notice.title, notice.body, notice.run)


def _vanished(notice: Notice) -> Line:
    return Line(notice, "none", "", "", VANISHED, _WHY if notice.run_id is None else _WHICH_RUN)


def address(notice: Notice) -> str:
    """Where the notice leads: what it names, else its step where that has a page, else its run."""
    if notice.url:
        return notice.url
    if notice.run is None:
        return reverse("notices")
    there = step_address(notice.run, notice)
    return f"{there}#said" if notice.kind == Kind.MENTION else there


def step_address(run: Run, notice: Notice) -> str:
    step = notice.step
    if step is not None and step.kind in {"gate", "task"} and notice.kind != Kind.INCIDENT:
        return reverse(step.kind, args=[run.number, step.number])
    return reverse("run", args=[run.number])
