"""A status is a word, an icon and a colour, never one of them alone.

{% status "waiting" "Waiting for a release manager" %}   a look of ours with words of the page
{% run_status run %}                                     what a run's row says, attention first
{% visit_status step %}                                  what one visit of a step says
{% vote_status "approve" %}                              what somebody voted
{% look of_a_run %}                                      a look that was found before
{% version_status version %}                             where a version is in its life
{% opinion_status "changes" %}                           what a reviewer said of it
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards import called
from dashboards.templatetags.icons import icon
from engine.lifecycles import Choice, GateStatus, RunStatus, VersionStatus, VisitStatus
from runs.models import Run, Step
from workflows.models import Opinion, Version

register = template.Library()


@dataclass(frozen=True)
class Look:
    """`kind` is the end of the CSS class `status--…`."""

    kind: str
    icon: str
    word: str


LOOKS = {
    "running": Look("running", "running", "Running"),
    "waiting": Look("waiting", "waiting", "Waiting"),
    "attention": Look("attention", "attention", "Needs attention"),
    "overdue": Look("failed", "overdue", "Overdue"),
    "done": Look("done", "done", "Done"),
    "paused": Look("paused", "paused", "Paused"),
    "failed": Look("failed", "failed", "Failed"),
    "rolled-back": Look("rolled-back", "rollback", "Rolled back"),
    "not-needed": Look("paused", "next", "Not needed"),
}

RUNS = {
    RunStatus.QUEUED: Look("paused", "next", "Queued"),
    RunStatus.RUNNING: Look("running", "running", "Running"),
    RunStatus.ROLLING_BACK: Look("rolled-back", "rollback", "Rolling back"),
    RunStatus.COMPLETED: Look("done", "done", "Completed"),
    RunStatus.FAILED: Look("failed", "failed", "Failed"),
    RunStatus.CANCELLED: Look("paused", "x", "Cancelled"),
    RunStatus.ROLLED_BACK: Look("rolled-back", "rollback", "Rolled back"),
}

VISITS = {
    VisitStatus.WAITING: Look("paused", "wait", "Not open yet"),
    VisitStatus.OPEN: Look("waiting", "waiting", "Waiting"),
    VisitStatus.ACTIVE: Look("running", "running", "In progress"),
    VisitStatus.COMPLETED: Look("done", "done", "Done"),
    VisitStatus.SKIPPED: Look("paused", "skip", "Skipped"),
    VisitStatus.FAILED: Look("failed", "failed", "Failed"),
    VisitStatus.CANCELLED: Look("paused", "x", "Cancelled"),
    VisitStatus.UNDONE: Look("rolled-back", "rollback", "Undone"),
}

GATES = {
    GateStatus.OPEN: Look("waiting", "waiting", "Waiting for votes"),
    GateStatus.APPROVED: Look("done", "done", "Approved"),
    GateStatus.REJECTED: Look("failed", "failed", "Rejected"),
    GateStatus.RETURNED: Look("attention", "return", "Sent back for changes"),
    GateStatus.OVERRIDDEN: Look("attention", "attention", "Overridden by an operator"),
    GateStatus.CANCELLED: Look("paused", "x", "No longer asked"),
}

VERSIONS = {
    VersionStatus.DRAFT: Look("paused", "pencil", "Draft"),
    VersionStatus.IN_REVIEW: Look("waiting", "waiting", "In review"),
    VersionStatus.APPROVED: Look("running", "done", "Approved"),
    VersionStatus.PUBLISHED: Look("done", "done", "Published"),
    VersionStatus.DEPRECATED: Look("paused", "next", "Deprecated"),
    VersionStatus.RETIRED: Look("paused", "x", "Retired"),
}
REJECTED = Look("failed", "failed", "Rejected")
OPINIONS = {
    Opinion.Choice.APPROVE: Look("done", "done", "Approved"),
    Opinion.Choice.CHANGES: Look("attention", "return", "Wants changes"),
    Opinion.Choice.REJECT: Look("failed", "failed", "Rejected"),
}

VOTES = {
    Choice.APPROVE: Look("done", "done", "Approved"),
    Choice.REJECT: Look("failed", "failed", "Rejected"),
    Choice.RETURN: Look("attention", "return", "Asked for changes"),
    Choice.ABSTAIN: Look("paused", "abstain", "Abstained"),
}


def of_run(run: Run) -> Look:
    """What matters most about a run: needs attention, stands still, waits for somebody, or its status."""
    if run.is_open and run.incident_count:
        return LOOKS["attention"]
    if run.is_open and run.paused:
        return LOOKS["paused"]
    if run.status == RunStatus.RUNNING and run.waiting:
        return LOOKS["waiting"]
    return RUNS[RunStatus(run.status)]


@lru_cache(1024)
def draw(look: Look, words: str = "", soft: bool = False) -> SafeString:
    kind = f"status status--{look.kind}" + (" status--soft" if soft else "")
    return format_html('<span class="{}">{}{}</span>', kind, icon(look.icon), words or look.word)


@register.simple_tag
def status(name: str, words: str = "", soft: bool = False) -> SafeString:
    """One of the looks above by its name, with words of the page."""
    return draw(LOOKS[name], words, soft)


@register.simple_tag
def run_status(run: Run, soft: bool = False) -> SafeString:
    return draw(of_run(run), soft=soft)


@register.simple_tag
def visit_status(step: Step, words: str = "", soft: bool = False) -> SafeString:
    """What one visit says; a machine at work is `Running`, not `Waiting`."""
    look = VISITS[VisitStatus(step.status)]
    if step.status == VisitStatus.OPEN and step.kind == "action":
        look = LOOKS["running"]
    return draw(look, words, soft)


@register.simple_tag
def look(found: Look, words: str = "", soft: bool = False) -> SafeString:
    """Draw a look that was found before, where the run itself may not be shown."""
    return draw(found, words, soft)


@register.filter
def item(scope: str) -> str:
    """`item 1` for the scope `regions[0]`."""
    return called.item(scope)


@register.simple_tag
def gate_status(value: str, words: str = "", soft: bool = False) -> SafeString:
    return draw(GATES[GateStatus(value)], words, soft)


@register.simple_tag
def version_status(version: Version, soft: bool = False) -> SafeString:
    """Where a version is in its life; one that was rejected was never published."""
    is_rejected = version.status == VersionStatus.RETIRED and version.published_at is None
    return draw(REJECTED if is_rejected else VERSIONS[VersionStatus(version.status)], soft=soft)


@register.simple_tag
def opinion_status(choice: str) -> SafeString:
    return draw(OPINIONS[Opinion.Choice(choice)])


@register.simple_tag
def vote_status(choice: str) -> SafeString:
    return draw(VOTES[Choice(choice)])
