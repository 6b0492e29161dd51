"""What a person does in their own right, on the command line: vote, hand a vote on, take a task and hand it in.

And what a vote is bound to: `show` prints what is put before the approvers, with its digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError

from engine import values
from engine.attachments import Attachment
from engine.lifecycles import Choice
from engine.machine.state import Visit, step_of
from runs import claim, definitions, delegate, guard, stances, vote
from runs.management.operating import Answer, complete_for
from runs.management.steps import visit_of
from runs.models import Run
from workflows.models import Person

#: act -> what it does, and the arguments it takes beside the runs' numbers
ACTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "show": ("say what is open, and what a gate puts before its approvers, with the digest of it", ()),
    "vote": ("vote at a gate, or change one's vote", ("step", "choice", "--seen", "--for", "--comment", "--link")),
    "withdraw": ("take one's vote back while the gate is open", ("step",)),
    "delegate": ("let somebody vote with one's right at this gate", ("step", "--to")),
    "take-back": ("end one's delegation at this gate", ("step",)),
    "claim": ("take a task", ("step",)),
    "release": ("give a task back to all who may do it", ("step",)),
    "complete": ("hand in a task: one's own, or for somebody", ("step", "--for", "--field", "--outcome", "--ticked")),
}
CHOICES = [choice.value for choice in Choice]


def do(act: str, run: Run, person: Person, given: dict[str, Any]) -> Answer:
    """Do it by its verb, which asks the guard."""
    visit = visit_of(run, given["step"])
    match act:
        case "vote":
            return vote.vote(
                run,
                visit,
                person,
                given["choice"],
                given["comment"],
                given["seen"],
                on_behalf_of=given["on_behalf_of"],
                evidence=tuple(_link(address) for address in given["link"]),
            )
        case "withdraw":
            return vote.withdraw(run, visit, person)
        case "delegate":
            return delegate.delegate(run, visit, person, given["to"])
        case "take-back":
            return delegate.take_back(run, visit, person)
        case "claim":
            return claim.claim(run, visit, person)
        case "release":
            return claim.release(run, visit, person)
    return complete_for(run, person, given)


def _link(address: str) -> Attachment:
    if not address.startswith(("https://", "http://")):
        raise CommandError(f"A link begins with https://, not {address}.")
    return Attachment(address)


def show(run: Run, person: Person) -> Iterable[str]:
    """Say where the run stands, line by line. Raises CommandError where it is not this person's to see."""
    verdict = guard.may(person, "see", run=run)
    if not verdict:
        raise CommandError(f"Refused ({verdict.code}): {verdict.sentence}")
    state, definition = definitions.state_of(run), definitions.of(run)
    yield f"Run {run.number}, {run.title}: {run.get_status_display()}"
    for visit in sorted(state.visits.values(), key=lambda one: one.number):
        yield f"{visit.address}: {step_of(definition, visit).kind}, {visit.status.value}"
        yield from _gate(run, visit)


def _gate(run: Run, visit: Visit) -> Iterable[str]:
    asking = visit.asking
    if asking is None:
        return
    yield f"  {asking.question}"
    for name, value in asking.shown.items():
        yield f"  {name}: {json.dumps(values.decode(value), ensure_ascii=False, default=str)}"
    lacks = stances.missing(run, visit.number)
    yield f"  missing: {', '.join(lacks) or 'nothing'}"
    yield f"  seen: {asking.digest}"
