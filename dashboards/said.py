"""What was said at a run, oldest first, and the form to say something more.

Takes the comments from the log and leaves votes' comments to the gate's page. Two queries, one more where somebody said
something at a step; none of it is asked twice a page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.http import HttpRequest
from django.urls import reverse

from dashboards.attaching import Offer
from dashboards.attachments import Held, Shown
from runs import guard, mentions
from runs.guard import Verdict
from runs.models import Entry, Run, Step
from workflows.models import Person

#: How many stand on a page, the newest; all are in the log.
SHOWN = 50


@dataclass(frozen=True)
class Comment:
    """`at_step` is the title of the step that it was said at, `address` that step's page where it has one.

    `parts` are the text, cut where it mentions somebody: (text, nobody) or (name, who it is).
    """

    by: Person | str
    at: datetime
    parts: Sequence[tuple[str, Person | None]]
    files: Sequence[Shown] = ()
    at_step: str = ""
    address: str = ""


@dataclass(frozen=True)
class Reply:
    """The form of a comment, empty or as it was typed. `next` is where it leads back to."""

    run: Run
    visit: int | None = None
    next: str = ""
    text: str = ""
    error: str = ""
    attach: Offer = field(default_factory=lambda: Offer(id="said"))
    key: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True)
class Said:
    comments: Sequence[Comment]
    more: int
    reply: Reply
    may_reply: Verdict


def at(request: HttpRequest, run: Run, held: Held, visit: int | None = None) -> Said:
    """Return what was said at this run, for its own page or (with `visit`) for that of a step.

    A run as of an earlier entry has what was said until then.
    """
    until = Entry.objects.filter(run=run, kind="comment", seq__lte=run.seq)
    entries = list(until.order_by("-seq")[: SHOWN + 1])
    more = until.count() - SHOWN if len(entries) > SHOWN else 0
    entries = entries[:SHOWN][::-1]
    events = [json.loads(entry.event) for entry in entries]
    called = {name for event in events for name in mentions.kept(event["text"])}
    people = Person.objects.filter(username__in={entry.actor for entry in entries} | called) if entries else ()
    named = {person.username: person for person in people}
    elsewhere = {event["visit"] for event in events} - {visit, None}
    steps = {step.number: step for step in Step.objects.filter(run=run, number__in=elsewhere)} if elsewhere else {}
    comments = [
        Comment(
            named.get(entry.actor, entry.actor),
            entry.at,
            _parts(event["text"], named),
            held.among(event["files"]),
            *_where(run, steps, event["visit"]),
        )
        for entry, event in zip(entries, events, strict=True)
    ]
    reply = Reply(run, visit, next=f"{request.path}#said")
    return Said(comments, more, reply, guard.may_comment(request.user, run))


def _parts(text: str, named: Mapping[str, Person]) -> list[tuple[str, Person | None]]:
    """Cut a text where it mentions people who are known; a role that is mentioned stays as it was written."""
    parts: list[tuple[str, Person | None]] = []
    last = 0
    for match in mentions.KEPT.finditer(text):
        person = named.get(match[1])
        if person is not None:
            parts += [(text[last : match.start()], None), (match[0], person)]
            last = match.end()
    return [part for part in (*parts, (text[last:], None)) if part[0]]


def _where(run: Run, steps: Mapping[int, Step], visit: int | None) -> tuple[str, str]:
    step = steps.get(visit or 0)
    if step is None:
        return "", ""
    return step.title, reverse(step.kind, args=[run.number, step.number]) if step.kind in ("task", "gate") else ""
