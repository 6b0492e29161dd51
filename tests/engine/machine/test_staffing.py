"""Whether an open gate can still be met today, and who would help."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from engine.definition import GateSpec, Quorum
from engine.lifecycles import Choice
from engine.machine import quorum, staffing
from engine.machine.staffing import Today
from engine.machine.state import Asking, Delegation, Seat, Vote

NOW = datetime(2026, 6, 18, tzinfo=UTC)
SPEC = GateSpec(approvers=("manager", "security"), quorum=Quorum(per_role={"manager": 1, "security": 1}))
SEATS = (Seat("mia", ("manager",)), Seat("max", ("manager",)), Seat("dana", ("security",)))
HELD = {"mia": ("manager",), "max": ("manager",), "dana": ("security",), "sub": ("user:sub",)}


def asking(**changes: object) -> Asking:
    made = Asking("Go on?", {}, "d", seats=SEATS, bar=quorum.bar(SPEC, SEATS))
    return replace(made, **changes)


def vote(person: str, choice: Choice = Choice.APPROVE) -> Vote:
    return Vote(person, choice, "", NOW, "d", HELD[person])


def unmet(today: Today, **changes: object) -> list[tuple[str, ...]]:
    return [slot.roles for slot in staffing.unmet(SPEC, asking(**changes), today)]


def test_who_has_left_the_role_is_missed_and_so_is_whoever_has_refused() -> None:
    assert unmet(Today(HELD)) == []
    assert unmet(Today({**HELD, "dana": ()})) == [("security",)]
    assert unmet(Today(HELD), votes=(vote("dana", Choice.ABSTAIN),)) == [("security",)]
    assert unmet(Today({**HELD, "dana": ()}), votes=(vote("dana"),)) == [("security",)], "a vote of a leaver"
    assert unmet(Today(HELD, barred=frozenset({"dana"}))) == [("security",)]


def test_who_is_away_is_missed_unless_somebody_acts_for_them() -> None:
    away = Today(HELD, away=frozenset({"dana"}))
    assert unmet(away) == [("security",)]
    assert unmet(replace(away, handed={"dana": "sub"})) == []
    assert unmet(replace(away, handed={"dana": "sub"}, barred=frozenset({"sub"}))) == [("security",)]
    assert unmet(replace(away, handed={"dana": "gone"})) == [("security",)], "whoever is not there acts for nobody"
    # who has a vote of their own casts that one
    assert unmet(replace(away, handed={"dana": "mia"})) == [("security",)]
    assert unmet(away, delegations=(Delegation("dana", "sub", NOW),)) == []
    assert unmet(Today(HELD), delegations=(Delegation("dana", "mia", NOW),)) == [], "who is there may vote"


def test_who_would_help() -> None:
    short = Today({**HELD, "dana": ()})
    assert staffing.joining(SPEC, asking(), short) == (("security", 1),)
    both = Today(HELD, away=frozenset({"dana", "mia", "max"}))
    assert staffing.returning(SPEC, asking(), both, ("mia", "max", "dana")) == ("max", "dana")
    one = Today(HELD, away=frozenset({"dana", "mia"}))
    assert staffing.returning(SPEC, asking(), one, ("mia", "dana")) == ("dana",)
    assert staffing.returning(SPEC, asking(), short, ("mia",)) == ()
    assert staffing.waited_for(asking(votes=(vote("mia"),)), Today(HELD)) == ("dana", "max")
