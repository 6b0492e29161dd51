"""Several gates decided in one go: each read before, each with its own vote, each with what came of it.

Takes what the reader has opened (`runs.openings`): what nobody has read, nobody decides here. Every vote goes the way
of a single one, under the digest that its preview showed and a key of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from django.http import Http404

from dashboards import consequences, deciding, delegating, gates, quorums, visits
from dashboards.deciding import Typed
from dashboards.gates import Button
from dashboards.shown import Row
from dashboards.visits import Seen
from dashboards.worklist import Item
from engine.lifecycles import Choice
from engine.machine.commands import Refusal
from runs import definitions, guard, openings, reauthenticate, security_log
from runs.models import Run
from runs.outcomes import Accepted
from workflows.models import Person

MOST = 50
"""So many gates at most are decided in one go."""

CHOICES = {
    Choice.APPROVE: ("Approve", "check"),
    Choice.RETURN: ("Ask for changes", "return"),
    Choice.REJECT: ("Reject", "x"),
    Choice.ABSTAIN: ("Abstain", "abstain"),
}


@dataclass(frozen=True)
class Line:
    """One gate of the preview: what follows from the choice there, or why it cannot be made.

    `digest` is what its vote will name, `key` the vote's own.
    """

    seen: Seen
    question: str
    digest: str
    rows: Sequence[Row] = ()
    missing: str = ""
    votes_for: tuple[str, str] = ("", "")
    button: Button | None = None
    refusal: Refusal | None = None
    key: str = ""

    @property
    def name(self) -> str:
        """How a form names the gate, with what was shown and the key of its vote."""
        return f"{self.address}.{self.digest}.{self.key}"

    @property
    def address(self) -> str:
        return f"{self.seen.run.number}.{self.seen.step.number}"


@dataclass(frozen=True)
class Result:
    """What came of one vote."""

    line: Line
    happened: str = ""
    refusal: Refusal | None = None


def selectable(person: Person, items: Iterable[Item]) -> frozenset[int]:
    """Return those of these gates that the person has opened with what they show now."""
    items = list(items)
    if not items:
        return frozenset()
    read = openings.opened(person, [item.step for item in items])
    return frozenset(item.step.pk for item in items if (item.step.pk, item.digest) in read)


def preview(person: Person, names: Iterable[str], choice: Choice, now: datetime) -> tuple[Line, ...]:
    """Lay out what the choice would do at each of these gates; what is not the person's to see is left out."""
    found = [_named(name) for name in list(dict.fromkeys(names))[:MOST]]
    return tuple(line for one in found if one and (line := _line(person, *one, choice, now)))


def _named(name: str) -> tuple[int, int, str, str] | None:
    """Read `run.visit`, or `run.visit.digest.key` of a form that comes back."""
    run, visit, digest, key = [*name.split("."), "", "", ""][:4]
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in (run, visit)):
        return None
    return int(run), int(visit), digest, key


def _line(person: Person, run: int, visit: int, digest: str, key: str, choice: Choice, now: datetime) -> Line | None:
    try:
        seen = visits.fetch(person, run, visit, "gate")
    except Http404:
        return None
    asking = seen.visit.asking if seen.visit else None
    line = Line(seen, asking.question if asking else seen.title, digest or (asking.digest if asking else ""))
    line = replace(line, key=key or uuid4().hex)
    may = guard.may(person, "vote", run=seen.run, visit=visit)
    if not may:
        return replace(line, refusal=Refusal(may.code, may.sentence))
    refusal = not_opened(seen, person, line.digest)
    if refusal is not None or asking is None:
        return replace(line, refusal=refusal)
    known = gates.people(seen, [seen.visit], person)
    handing = delegating.of(seen, person, known)
    offered = gates.buttons(seen, person, known, now, handing.votes_for[0])
    button = next((one for one in offered if one.choice is choice), None)
    return replace(
        line,
        rows=gates.rows(seen, asking),
        missing=quorums.missing(seen.definition, seen.visit, gates.names(known)) if seen.visit else "",
        votes_for=handing.votes_for,
        button=button,
        refusal=None if button else _not_offered(choice),
    )


def _not_offered(choice: Choice) -> Refusal:
    code = "abstain-under-all" if choice is Choice.ABSTAIN else "return-not-offered"
    return Refusal(code) if choice in {Choice.ABSTAIN, Choice.RETURN} else Refusal("not-open")


def not_opened(seen: Seen, person: Person, digest: str) -> Refusal | None:
    """Refuse a decision on what the person has not read: as it is now, and as the form says it was."""
    if (seen.step.pk, digest) in openings.opened(person, [seen.step]):
        return None  # what has changed since, the vote is refused for
    return Refusal("not-opened", f"Open it first: what “{seen.title}” asks now you have not had before you.")


def lacking(lines: Sequence[Line], choice: Choice, given: Typed) -> Refusal | None:
    """Return what the form lacks for any of these gates, before a single vote is cast."""
    wanted = {need for line in lines for need in deciding.requires(line.seen)}
    if not given.comment.strip() and (choice is Choice.RETURN or "comment" in wanted):
        return Refusal("comment-required", "One of these votes needs a comment.")
    if "evidence" in wanted and not given.evidence:
        return Refusal("evidence-required")
    if "reauthenticate" in wanted and not given.password:
        return Refusal("reauthenticate", "One of these gates wants your password.")
    return None


def prove(lines: Sequence[Line], person: Person, given: Typed) -> Refusal | None:
    """Prove once for all who votes, where any of these gates wants it."""
    wanting = next((line for line in lines if "reauthenticate" in deciding.requires(line.seen)), None)
    if wanting is None:
        return None
    return reauthenticate.prove(person, given.password, wanting.seen.run, wanting.seen.step.name)


def cast(lines: Sequence[Line], person: Person, choice: Choice, given: Typed) -> tuple[Result, ...]:
    """Vote at each gate, one after the other. `given` holds what is common to all; `prove` has been asked."""
    return tuple(_cast(line, person, choice, given) for line in lines)


def _cast(line: Line, person: Person, choice: Choice, given: Typed) -> Result:
    seen = line.seen
    vote = replace(given, choice=choice, digest=line.digest, key=line.key, on_behalf_of=line.votes_for[0], password="")
    refusal = line.refusal
    if refusal is not None and refusal.code == "not-opened":
        return Result(line, refusal=security_log.note(person, "vote", seen.run, seen.step.name, refusal))
    answer = deciding.cast(seen, person, vote, proved=True)
    if not isinstance(answer, Accepted):
        return Result(line, refusal=answer if isinstance(answer, Refusal) else Refusal("not-open"))
    state = definitions.state_of(Run.objects.get(pk=seen.run.pk))
    said = consequences.happened(seen.definition, answer.moves, state.visits)
    return Result(line, said or "Your vote is kept.")
