"""Whom an event concerns: the visit it is about, and the people whose rights at that instant belong to its facts.

Asked by whoever writes facts into events, on the server as in a rehearsal, so that both write the same: the facts'
`voters` hold, for each of these people, what they hold now. Those who have delegated to the actor beforehand belong to
them too (`Facts.delegators`): whoever knows the delegations adds them, at every visit, for an act on nobody's behalf as
well, since the question may be whether the actor may act for any of them.
"""

from __future__ import annotations

from engine.machine.events import Delegate, Event, Fire, Reassign
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


def voters_of(state: State | None, visit: int | None) -> frozenset[str]:
    """Return who has voted at this gate, delegated or been delegated to; nobody where it is none."""
    here = state.visits.get(visit) if state is not None and visit is not None else None
    if here is None or here.asking is None:
        return frozenset()
    return here.asking.concerned
