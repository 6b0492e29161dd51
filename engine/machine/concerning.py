"""Whom an event concerns: the visit it is about, and the people whose rights at that instant belong to its facts.

Asked by whoever writes facts into events, on the server as in a rehearsal, so that both write the same: the facts'
`voters` hold, for each of these people, what they hold now. Those who have delegated to the actor beforehand belong to
them too (`Facts.delegators`): whoever knows the delegations adds them, at every visit, for an act on nobody's behalf as
well, since the question may be whether the actor may act for any of them.
"""

from __future__ import annotations

from dataclasses import replace

from engine.definition import Definition
from engine.machine import assigned
from engine.machine.events import Claim, Complete, Delegate, Event, Fire, Reassign
from engine.machine.exclusion import USER
from engine.machine.state import State


def visit_of(state: State | None, event: Event) -> int | None:
    """Return the visit that this event concerns, if it is one visit's."""
    if isinstance(event, Fire):
        timer = state.timers.get(event.timer) if state else None
        return timer.visit if timer else None
    return getattr(event, "visit", None)


def others_of(event: Event) -> tuple[str, ...]:
    """Return whom an act concerns beside the actor: for whom it is done, or to whom it hands something."""
    if isinstance(event, Reassign) and event.to.startswith(USER):
        return (event.to.removeprefix(USER),)
    if isinstance(event, Delegate) and event.to:
        return (event.to,)
    return (event.on_behalf_of,) if event.on_behalf_of else ()


def meant(definition: Definition, state: State | None, event: Event) -> Event:
    """Return the event with whose task it is, where somebody takes or hands in one that is theirs for another only.

    The facts must stand in it. Of several for whom the actor may do it, the one who delegated first. For whom a vote is
    cast, whoever casts it says.
    """
    if state is None or not isinstance(event, Claim | Complete) or event.on_behalf_of is not None:
        return event
    rule = assigned.to_claim if isinstance(event, Claim) else assigned.to_complete
    found = assigned.on_whose_behalf(rule, definition, state, event.visit, event.actor, event.facts)
    return replace(event, on_behalf_of=found) if found else event


def voters_of(state: State | None, visit: int | None) -> frozenset[str]:
    """Return who has voted at this gate, delegated or been delegated to; nobody where it is none."""
    here = state.visits.get(visit) if state is not None and visit is not None else None
    if here is None or here.asking is None:
        return frozenset()
    return here.asking.concerned
