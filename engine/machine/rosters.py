"""Whom a gate asks: what the directory is asked for, who is seated, who stays outside, and when they are too few.

The first answer of the directory fixes the bar; later ones add people by a rung of the ladder, or by an
operator who asks again after an incident (semantics [roster]). The directory never closes a gate.
"""

from __future__ import annotations

from dataclasses import replace

from engine.definition import GateSpec
from engine.machine import exclusion, quorum, refusing
from engine.machine.commands import NeedRoster, Refusal
from engine.machine.events import Roster
from engine.machine.state import Asking, Seat, StandIn, Visit
from engine.machine.turn import Turn

#: The need of the roster itself, beside those of rungs (Asking.needs).
ROSTER = -1


def spec_of(turn: Turn, visit: Visit) -> GateSpec:
    spec = turn.spec(visit).does
    assert isinstance(spec, GateSpec)
    return spec


def asking_of(visit: Visit) -> Asking:
    assert visit.asking is not None
    return visit.asking


def ask_roster(turn: Turn, visit: Visit, rung: int | None = None, name: str | None = None) -> None:
    """Ask the directory for the roster, or whom a rung adds."""
    spec, asking = spec_of(turn, visit), asking_of(visit)
    names = exclusion.asked_names(turn.definition, spec, (name,) if name else spec.approvers)
    need = ROSTER if rung is None else rung
    turn.change(visit, asking=replace(asking, needs=tuple(dict.fromkeys((*asking.needs, need)))))
    turn.commands.append(NeedRoster(visit.number, names, rung))


def roster(turn: Turn, event: Roster) -> Refusal | None:
    """Take the directory's answer: seat whom it names."""
    visit = turn.visits.get(event.visit)
    if visit is None:
        return refusing.gone(turn.definition, turn.base, event.visit)
    need = ROSTER if event.rung is None else event.rung
    if visit.asking is None or need not in visit.asking.needs:
        return Refusal("not-open", "Nobody asked for these people.")
    asking = replace(visit.asking, needs=tuple(other for other in visit.asking.needs if other != need))
    spec = spec_of(turn, visit)
    asking, new = _seated(turn, spec, asking, _offers(turn, visit, spec, event), event)
    if event.rung is None and not asking.votes:
        asking = replace(asking, bar=quorum.bar(spec, asking.seats or (), asking.count))
    visit = turn.change(visit, asking=asking)
    if event.rung is None:
        turn.move("roster", visit, people=new, barred=dict(asking.barred), bar=asking.bar.total)
    else:
        turn.move("added", visit, name=turn.spec(visit).escalate[event.rung].add, people=new, rung=event.rung)
    watch(turn, visit)
    return None


def _offers(turn: Turn, visit: Visit, spec: GateSpec, event: Roster) -> list[Seat]:
    """Return a seat for everybody the directory named: as approver, or as somebody who may stand in."""
    if event.rung is not None:
        rung = turn.spec(visit).escalate[event.rung]
        stand_in = StandIn(event.rung, rung.add or "", rung.stand_in)
        return [Seat(person, stands_in=(stand_in,)) for person in sorted(event.people.get(stand_in.name, ()))]
    named = {person for role in spec.approvers for person in event.people.get(role, ())}
    return [
        Seat(person, tuple(role for role in spec.approvers if person in event.people.get(role, ())))
        for person in sorted(named)
    ]


def _seated(turn: Turn, spec: GateSpec, asking: Asking, offers: list[Seat], event: Roster) -> tuple[Asking, list[str]]:
    """Seat or bar everybody offered; whoever has a seat keeps it. Return who is new as well."""
    seats = {seat.person: seat for seat in asking.seats or ()}
    barred = dict(asking.barred)
    did = exclusion.doers(turn.doers, turn.visits, event.visit)
    new: list[str] = []
    for offer in offers:
        holds = tuple(role for role, people in event.people.items() if offer.person in people)
        entry = exclusion.excluded_by(turn.definition, spec, turn.base.started_by, did, offer.person, holds)
        there = seats.get(offer.person)
        if entry is not None:
            barred[offer.person] = entry
        elif there is None:
            new.append(offer.person)
            seats[offer.person] = offer
        else:
            roles, stands_in = there.roles or offer.roles, there.stands_in + offer.stands_in
            seats[offer.person] = replace(there, roles=roles, stands_in=stands_in)
    return replace(asking, seats=tuple(seats[person] for person in sorted(seats)), barred=barred), new


def watch(turn: Turn, visit: Visit, tally: quorum.Tally | None = None) -> None:
    """Open or resolve the gate's own incidents: too few people (`roster`), or nothing decided (`undecided`).

    Those are asked whose turn it is by the votes that count now.
    """
    asking = asking_of(visit)
    if asking.seats is None:
        return
    tally = tally or quorum.tally(spec_of(turn, visit), asking)
    if tally.stage != asking.stage:
        visit = turn.change(visit, asking=replace(asking, stage=tally.stage))
    undecided = tally.everybody and not tally.small
    wanted = "undecided" if undecided else "roster" if tally.short else None
    there = visit.incident.code if visit.incident is not None else None
    if there in ("roster", "undecided") and there != wanted:
        visit = turn.resolve(visit, "overtaken")
        there = None
    if wanted is not None and there in (None, "escalated"):
        turn.incident(visit, wanted)
