"""Delegation on a gate's page: for whom the reader votes, to whom the reader delegated, and to whom they may.

Takes the open visit and the directory of today; leaves the rules to the engine and the verdict to the guard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboards import forms
from dashboards.forms import Control
from dashboards.visits import Seen
from engine.definition import FieldSpec, GateSpec
from engine.machine import refusing, rights, voting
from engine.machine.state import Asking, State
from runs import directory, guard
from runs.directory import Directory
from runs.guard import Verdict
from workflows.models import Person

_FIELD = FieldSpec(
    "to",
    "user",
    title="To whom",
    help="They vote with your right as you hold it then. Both names are kept in the log.",
)


@dataclass(frozen=True)
class Handing:
    """What the page says of delegations to the reader and by the reader.

    votes_for: username and name of whoever's right the reader votes with; empty where it is their own. others: further
    delegators, of whom the reader may choose one instead. unused: names of delegators whose right the reader cannot
    use, having a vote of their own. to: the name of the reader's own delegate.
    """

    votes_for: tuple[str, str] = ("", "")
    others: tuple[tuple[str, str], ...] = ()
    unused: tuple[str, ...] = ()
    to: str = ""
    may: Verdict = guard.NOT_VISIBLE
    control: Control | None = None


def of(
    seen: Seen, reader: Person, known: Directory, wanted: str = "", typed: str | None = None, error: str = ""
) -> Handing:
    """Say how the reader stands to delegations at this gate. `wanted` is the delegator the reader would vote for."""
    asking = seen.visit.asking if seen.visit else None
    if asking is None:
        return Handing()
    me = reader.username
    may = guard.may(reader, "delegate", seen.run, seen.step.number)
    facts = known.facts(seen.definition, seen.run.unit.path, seen.state, me, seen.step.number)
    handed = rights.delegators(asking, me, facts)
    has_own = voting.seat_of(asking, me, known.roles(seen.definition, me)) is not None
    whom = "" if has_own else _chosen(seen, reader, known, handed, wanted)
    return Handing(
        votes_for=(whom, known.name(whom)) if whom else ("", ""),
        others=tuple((name, known.name(name)) for name in handed if name != whom) if whom else (),
        unused=tuple(known.name(name) for name in handed) if has_own else (),
        to=next((known.name(one.to) for one in asking.delegations if one.by == me), ""),
        may=may,
        control=_control(seen, reader, asking, typed, error) if may else None,
    )


def _chosen(seen: Seen, reader: Person, known: Directory, handed: tuple[str, ...], wanted: str) -> str:
    """Return for whom the reader votes: whom they want, else for whom they have voted, else the first they may."""
    assert seen.visit is not None
    assert seen.visit.asking is not None
    vote = rights.vote_of(seen.visit.asking, reader.username)
    facts = known.facts(seen.definition, seen.run.unit.path, seen.state, reader.username, seen.visit.number)
    may = [
        name
        for name in handed
        if rights.to_speak(seen.definition, seen.state, seen.visit.number, reader.username, facts, name) is None
    ]
    cast = vote.on_behalf_of if vote is not None else None
    return next((name for name in (wanted, cast, *may) if name and name in handed), "")


def _control(seen: Seen, reader: Person, asking: Asking, typed: str | None, error: str) -> Control:
    """Lay out the choice of a person: those whom the gate does not exclude, and who have not got it already."""
    people = [person for person in Person.objects.filter(is_active=True) if person != reader]
    if len(people) <= forms.PICKABLE_PEOPLE:
        barred = _barred(seen, (person.username for person in people))
        there = {one.to for one in asking.delegations if one.by == reader.username}
        people = sorted((one for one in people if one.username not in barred | there), key=str)
    (control,) = forms.controls([_FIELD], {"to": typed or ""}, {"to": error} if error else {}, people)
    return control


def _barred(seen: Seen, usernames: Iterable[str]) -> set[str]:
    state: State = seen.state
    gate = seen.spec.does
    assert isinstance(gate, GateSpec)
    held = directory.look_up(usernames)
    return {
        name
        for name in held.members
        if refusing.excluded(seen.definition, gate, state, name, held.roles(seen.definition, name), seen.step.number)
    }


def voters(asking: Asking | None, names: Mapping[str, str]) -> dict[str, str]:
    """Return for each right that was used who used it, in words: `Dan Doe for Mia Moss`."""
    votes = asking.votes if asking is not None else ()
    return {vote.right: said(vote.person, vote.on_behalf_of, names) for vote in votes}


def said(person: str, on_behalf_of: str | None, names: Mapping[str, str]) -> str:
    """Name who voted, and for whom."""
    name = names.get(person, person)
    return f"{name} for {names.get(on_behalf_of, on_behalf_of)}" if on_behalf_of else name
