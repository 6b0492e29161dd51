"""What a gate's page shows: what is approved and what changed, who decides and why, and what each vote would do.

Takes the state of the run, its log where the gate is closed or was asked before, and the directory of today; leaves
the rules to the engine and the verdict to the guard. A consequence is found by trying the vote in memory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone

from dashboards import consequences, quorums, shown, standing_in
from dashboards.attachments import Held
from dashboards.shown import Row
from dashboards.visits import Seen
from engine.attachments import Attachment
from engine.definition import GateSpec
from engine.lifecycles import Choice
from engine.machine import events
from engine.machine.advance import advance
from engine.machine.commands import Advance, Move
from engine.machine.events import CastVote
from engine.machine.standings import Standing, standing
from engine.machine.state import Asking, State, Visit, Vote
from runs import definitions, directory
from runs import stances as today
from runs.directory import Directory
from runs.models import Entry
from runs.stances import Stance
from workflows.models import Person


@dataclass(frozen=True)
class History:
    """All askings of one gate in one run: each visit in its last form, and each thing shown by its digest.

    `moves` are those of the event that closed a visit, by its number.
    """

    visits: tuple[Visit, ...] = ()
    by_digest: Mapping[str, Asking] | None = None
    moves: Mapping[int, tuple[Move, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Voice:
    """One person at a gate: `roles` in words, and `why` not, as a sentence.

    `votes_for` names whose right the person votes with, `delegate` to whom the person has delegated here; `note` says
    that they are away, and who acts for them.
    """

    standing: Standing
    name: str
    roles: str
    why: str
    me: bool
    votes_for: str = ""
    delegate: str = ""
    note: str = ""

    @property
    def vote(self) -> Vote | None:
        return self.standing.vote


@dataclass(frozen=True)
class Voices:
    voted: list[Voice]
    may: list[Voice]
    may_not: list[Voice]


@dataclass(frozen=True)
class Button:
    """One choice: what its button says, and what follows from it when it is pressed now."""

    choice: Choice
    words: str
    icon: str
    follows: str


def spec(seen: Seen) -> GateSpec:
    does = seen.spec.does
    if not isinstance(does, GateSpec):
        raise TypeError(f"{seen.step} is no gate")
    return does


def history(seen: Seen, read: str = "") -> History:
    """Read all askings of this gate, for its item, from the log, by folding it.

    Nothing is read where there is one and it is open, and shows what it showed when it was read (the digest `read`).
    """
    asking = seen.visit.asking if seen.visit is not None else None
    is_first = seen.state.counts.get(seen.step.scope, {}).get(seen.step.name, 0) <= 1
    if seen.visit is not None and is_first and (not read or asking is None or read == asking.digest):
        return History((seen.visit,), {asking.digest: asking} if asking else {})
    state: State | None = None
    definition = definitions.by_digest(definitions.first_of(seen.run))
    visits: dict[int, Visit] = {}
    by_digest: dict[str, Asking] = {}
    moves: dict[int, tuple[Move, ...]] = {}
    for text in Entry.objects.filter(run=seen.run).order_by("seq").values_list("event", flat=True).iterator():
        step = definitions.take(definition, state, events.from_json(json.loads(text)))
        if not isinstance(step, Advance):
            break
        state = step.state
        if state.definition != definition.digest:
            definition = definitions.by_digest(state.definition)
        for visit in step.touched:
            if (visit.step, visit.scope) == (seen.step.name, seen.step.scope) and visit.asking is not None:
                visits[visit.number] = visit
                by_digest[visit.asking.digest] = visit.asking
        moves |= {move.visit: step.moves for move in step.moves if move.kind == "decided" and move.visit in visits}
    return History(tuple(visits[number] for number in sorted(visits)), by_digest, moves)


def visit_of(seen: Seen, log: History) -> Visit | None:
    """This visit: from the state while it is open, from the log afterwards."""
    return seen.visit or next((visit for visit in log.visits if visit.number == seen.step.number), None)


def before(seen: Seen, log: History) -> Visit | None:
    """The asking before this one, if there was one."""
    return max((one for one in log.visits if one.number < seen.step.number), key=lambda one: one.number, default=None)


def rows(seen: Seen, asking: Asking | None, held: Held | None = None) -> list[Row]:
    """What is approved, in the order in which the playbook shows it; without `show` the inputs stand for it."""
    if asking is None:
        return []
    names = spec(seen).show
    if not names:
        return shown.rows(seen.definition, {"inputs": dict(seen.state.inputs)}, held)
    return shown.rows(seen.definition, {name: asking.shown[name] for name in names if name in asking.shown}, held)


def compared(seen: Seen, asking: Asking | None, earlier: Asking | None, held: Held | None = None) -> list[Row]:
    """What is approved, marked against what was shown before."""
    now = rows(seen, asking, held)
    return shown.compared(now, rows(seen, earlier)) if earlier is not None else now


def changes(marked: Sequence[Row]) -> list[Row]:
    return [row for row in marked if row.mark in {"changed", "new", "gone"}]


def people(seen: Seen, visits: Sequence[Visit | None], reader: Person) -> Directory:
    """Look up everybody whom these visits name, and the reader."""
    names = {reader.username, seen.state.started_by}
    for visit in visits:
        if visit is not None and visit.asking is not None:
            names |= {seat.person for seat in visit.asking.seats or ()} | set(visit.asking.barred)
            names |= visit.asking.concerned | {visit.asking.decided_by}
    named = [name for name in names if not name.startswith("rung:")]
    return directory.look_up(named, [reader.username], timezone.now())


def voices(seen: Seen, visit: Visit | None, known: Directory, reader: Person) -> Voices:
    """Everybody in three groups: of an open gate as the guard sees them today, of a closed one as it was closed."""
    if visit is None or visit.asking is None:
        return Voices([], [], [])
    if seen.visit is not None:
        stances = today.stances(seen.run, visit.number)
    else:
        closed = standing(seen.definition, seen.state, visit)
        stances = tuple(Stance(known.name(one.person), one, one.why and f"{_capital(one.why)}.") for one in closed)
    silent = [stance.standing.person for stance in stances if not stance.standing.vote] if seen.visit else []
    notes = standing_in.notes(silent, seen.definition.playbook, reader, timezone.now()) if silent else {}
    found = [
        Voice(
            stance.standing,
            stance.name,
            " and ".join(shown.role(role) for role in stance.standing.roles if not role.startswith(directory.USER)),
            stance.sentence,
            stance.standing.person == reader.username,
            " or ".join(known.name(name) for name in stance.standing.votes_for),
            known.name(stance.standing.delegate) if stance.standing.delegate else "",
            notes.get(stance.standing.person, ""),
        )
        for stance in stances
    ]
    return Voices(
        [voice for voice in found if voice.vote],
        [voice for voice in found if not voice.vote and voice.standing.may],
        [voice for voice in found if not voice.vote and not voice.standing.may],
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def names(known: Directory) -> dict[str, str]:
    return {username: member.name for username, member in known.members.items()}


_LOOKS = {
    Choice.APPROVE: ("Approve", "check"),
    Choice.RETURN: ("Ask for changes", "return"),
    Choice.REJECT: ("Reject", "x"),
    Choice.ABSTAIN: ("Abstain", "abstain"),
}


def buttons(seen: Seen, reader: Person, known: Directory, now: datetime, votes_for: str = "") -> list[Button]:
    """The choices this person has, each tried on the state as it is; one that would be refused is not offered.

    Tried with all that the gate may want besides: comment, evidence and proof of who votes are for the form to ask.

    `votes_for` is whose right the person votes with, where it is not their own.
    """
    visit = seen.visit
    if visit is None or visit.asking is None:
        return []
    facts = known.facts(seen.definition, seen.run.unit.path, seen.state, reader.username, visit.number)
    facts = replace(facts, reauthenticated=True)
    found = []
    for choice, (words, icon) in _LOOKS.items():
        vote = CastVote(
            at=now,
            actor=reader.username,
            on_behalf_of=votes_for or None,
            facts=facts,
            visit=visit.number,
            choice=choice,
            comment="-",
            digest=visit.asking.digest,
            evidence=(Attachment("https://localhost/"),),
        )
        step = advance(seen.definition, seen.state, vote)
        if isinstance(step, Advance):
            words, follows = _said(seen, visit, choice, words, step, names(known))
            found.append(Button(choice, words, icon, follows))
    return found


def _said(
    seen: Seen, visit: Visit, choice: Choice, words: str, step: Advance, known: Mapping[str, str]
) -> tuple[str, str]:
    """The words on the button and what follows, from the moves that the vote would make."""
    decided = any(move.kind == "decided" and move.visit == visit.number for move in step.moves)
    if not decided:
        still = quorums.missing(seen.definition, step.state.visits[visit.number], known)
        kept = "Does not lower the bar" if choice is Choice.ABSTAIN else "Your vote is kept"
        return words, f"{kept}; still missing: {still}." if still else f"{kept}."
    follows = consequences.happened(seen.definition, step.moves, step.state.visits)
    titles = consequences.opened(seen.definition, step.moves, step.state.visits)
    if choice is Choice.APPROVE and len(titles) == 1:
        words = f"Approve and continue to {titles[0]}"
    elif choice is Choice.APPROVE and any(move.kind == "ended" for move in step.moves):
        words = "Approve and complete the run"
    return words, follows
