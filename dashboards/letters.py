"""What mails and chats say: what is asked and for which run, with all that is needed to decide, in the reader's zone.

`runs.notices.sending` asks for it immediately before it sends, so everything is as it is then. Values that a gate
shows stand in mails alone, a secret as everywhere as `***`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from dashboards import gates, ladders, notified, quorums
from dashboards.ladders import Line
from dashboards.shown import Row
from dashboards.visits import Seen
from engine.definition import GateSpec
from engine.machine.state import Visit
from runs import decision_links, definitions, directory
from runs.models import Channel, Notice
from runs.notices.letters import Words
from workflows.models import Person

Kind = Notice.Kind


@dataclass(frozen=True)
class Asked:
    """What a step asks for: the values a gate shows, until when, what is missing, and what happens by itself."""

    rows: Sequence[Row] = ()
    due_at: datetime | None = None
    missing: str = ""
    coming: Sequence[Line] = ()


@dataclass(frozen=True)
class Told:
    """One notice in a letter; `verb` is what the link says, `decide` a link that decides without signing in, if any."""

    notice: Notice
    address: str
    verb: str
    run: str
    asked: Asked
    decide: str = ""


def mail(person: Person, notices: Sequence[Notice]) -> Words:
    with timezone.override(person.zone):
        told = [_told(notice, with_values=len(notices) == 1) for notice in notices]
        context = {
            "person": person,
            "told": told,
            "preferences": _absolute(reverse("notices-preferences")),
            "my_work": _absolute(reverse("my-work")),
            "subject": _subject(told),
        }
        name = "one" if len(told) == 1 else "several"
        text = render_to_string(f"mail/{name}.txt", context)
        html = render_to_string(f"mail/{name}.html", context)
    return Words(context["subject"], text, html)


def chat(channel: Channel, notices: Sequence[Notice]) -> Words:
    """In a role's channel only what and where; in one's own also what was said."""
    lines = []
    for notice in notices:
        parts = [notice.title if len(notices) > 1 else "", _run(notice), notice.body if channel.person_id else ""]
        lines.append("\n".join(filter(None, (*parts, _absolute(notified.address(notice))))))
    subject = notices[0].title if len(notices) == 1 else f"{len(notices)} notices"
    return Words(subject, "\n\n".join(lines))


class _Writer:
    """What PENSTOCK_LETTERS names."""

    mail = staticmethod(mail)
    chat = staticmethod(chat)


writer = _Writer()


def _subject(told: Sequence[Told]) -> str:
    first = told[0]
    runs = {one.run for one in told}
    where = f" · {first.run}" if first.run and len(runs) == 1 else ""
    if len(told) == 1:
        # the end of a run names it by itself
        return first.notice.title + (where if first.notice.kind != Kind.ENDED else "")
    asking = sum(one.notice.kind in Notice.ASKING for one in told)
    if asking == len(told):
        return f"{asking} notices ask for something{where}"
    return f"{len(told)} notices, {asking or 'none'} of them ask{'s' if asking == 1 else ''} for something{where}"


def _told(notice: Notice, with_values: bool) -> Told:
    if notice.kind == Kind.REVIEW:
        verb = "Read and review" if notice.matter.review_id else "Read and decide"
        return Told(notice, _absolute(notified.address(notice)), verb, "", Asked())
    asks = notice.kind in {Kind.ASKED, Kind.TASK, Kind.OFFERED, Kind.REWORK, Kind.REMINDER, Kind.OVERDUE}
    is_gate = notice.step is not None and notice.step.kind == "gate"
    verb = ("Read and decide" if is_gate else "Open the task") if asks and notice.step else "Open"
    return Told(
        notice,
        _absolute(notified.address(notice)),
        verb,
        _run(notice),
        _asked(notice, with_values) if asks else Asked(),
        _decide(notice) if asks and is_gate and with_values else "",
    )


def _decide(notice: Notice) -> str:
    """A link of this person alone, where the unit wants them; one mail has one, and a list of gates none."""
    path = decision_links.address(notice.step, notice.person) if notice.step else None
    return _absolute(path) if path else ""


def _asked(notice: Notice, with_values: bool) -> Asked:
    if notice.run is None or notice.step is None:
        return Asked()
    state = definitions.state_of(notice.run)
    definition, visit = definitions.by_digest(state.definition), state.visits.get(notice.step.number)
    if visit is None:
        return Asked()
    seen = Seen(notice.run, notice.step, definition, state, visit)
    is_gate = isinstance(seen.spec.does, GateSpec)
    coming = ladders.of(definition, state, visit, timezone.now())
    return Asked(
        gates.rows(seen, visit.asking) if is_gate and with_values else (),
        visit.due_at,
        quorums.missing(definition, visit, _names(visit)) if is_gate else "",
        [line for line in coming if line.when == "next"] if with_values else (),
    )


def _names(visit: Visit) -> dict[str, str]:
    asking = visit.asking
    people = {seat.person for seat in asking.seats or ()} | asking.concerned if asking else set()
    return gates.names(directory.look_up(people))


def _run(notice: Notice) -> str:
    return f"Run {notice.run.number}, {notice.run.title}" if notice.run else ""


def _absolute(address: str) -> str:
    return address if "://" in address else f"{settings.PENSTOCK_ADDRESS}{address}"
