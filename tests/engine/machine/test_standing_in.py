"""Delegations until a date, as facts: whose right and whose task they lend, and to whom they lend nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.definition import Quorum, Rung
from engine.machine.commands import Advance, Refusal
from engine.machine.concerning import meant
from engine.machine.events import Claim, Complete, Facts, Fire, Jump, Release, SkipStep
from engine.machine.rights import to_complete_for_anybody, to_vote_for_anybody
from engine.machine.standings import Standing, standing
from engine.rehearsal.directory import Lent
from engine.rehearsal.play import Play
from tests.engine.building import end, gate, playbook, task
from tests.engine.machine.playing import (
    BEGIN,
    HOUR,
    OPERATOR,
    PEOPLE,
    accepted,
    asking,
    began,
    code,
    data,
    delegate,
    laddered,
    one_gate,
    roles,
    there,
    vote,
    withdraw,
)

CROWD = PEOPLE | {"flo": "", "gil": ""}
"""`ann bo` are red, `cy di` green and asked; `ed flo gil` are not."""


def lend(play: Play, by: str, to: str, hours: int = 24) -> None:
    play.directory.lend(Lent(by, to, play.now, play.now + hours * HOUR))


def stands(play: Play, **acting: tuple[str, ...]) -> dict[str, Standing]:
    held = {name: play.directory.roles_of(name) for name in CROWD}
    return {one.person: one for one in standing(play.definition, play.current, there(play, "gate"), held, acting)}


def test_a_right_is_lent_until_the_date_and_what_was_cast_by_it_counts_afterwards() -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    lend(play, "ann", "flo", hours=1)
    accepted(vote(play, "flo", on_behalf_of="ann"))
    play.now += HOUR
    assert code(vote(play, "flo", "reject", on_behalf_of="ann")) == "not-in-role"
    assert code(vote(play, "ann")) == "claimed-by"
    accepted(vote(play, "cy"))
    assert [(one["by"], one.get("on_behalf_of")) for one in data(play, "gate")["votes"]] == [
        ("flo", "ann"),
        ("cy", None),
    ]
    assert set(play.current.doers["gate"]) == {"ann", "flo", "cy"}


@pytest.mark.parametrize("who", ["ann", "flo"])
def test_it_counts_only_while_both_keep_their_rights(who: str) -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    lend(play, "ann", "flo")
    accepted(vote(play, "flo", on_behalf_of="ann"))
    play.directory.deactivate(who)
    accepted(vote(play, "cy"))
    assert there(play, "gate")
    accepted(vote(play, "di"))
    assert [one["by"] for one in data(play, "gate")["votes"]] == ["cy", "di"]


def test_what_is_lent_is_not_lent_on() -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    lend(play, "ann", "flo")
    lend(play, "flo", "gil")
    assert code(vote(play, "gil", on_behalf_of="ann")) == "not-in-role"
    assert code(vote(play, "gil", on_behalf_of="flo")) == "not-in-role"
    assert code(delegate(play, "flo", "gil")) == "not-in-role"


def test_the_page_is_told_who_may_vote_for_whom() -> None:
    play = began(one_gate(Quorum(count=2)), CROWD)
    lend(play, "ann", "flo")
    lend(play, "ann", "gil")
    lend(play, "bo", "cy")
    found = stands(play, flo=("ann",), gil=("ann",), cy=("bo",), ed=("sam",))
    assert (found["flo"].may, found["flo"].votes_for, found["flo"].beforehand) == (True, ("ann",), ("ann",))
    assert found["ann"].acted_for_by == ("flo", "gil")
    assert found["cy"].votes_for == ()
    assert "ed" not in found
    gate, facts = play.visit("gate"), play.facts("flo", play.visit("gate"))
    assert to_vote_for_anybody(play.definition, play.current, gate, "flo", facts) is None
    accepted(delegate(play, "ann", "gil"))
    found = stands(play, flo=("ann",), gil=("ann",))
    assert "flo" not in found
    assert (found["gil"].votes_for, found["gil"].beforehand) == (("ann",), ())
    accepted(vote(play, "gil", on_behalf_of="ann"))
    assert (found := stands(play, gil=("ann",)))["ann"].why == "has delegated to gil, who has voted"
    accepted(withdraw(play, "gil"))
    accepted(vote(play, "ann"))
    assert stands(play, flo=("ann",))["flo"].why == "would vote for ann, who has voted"


def tasks() -> Play:
    built = playbook(
        task("work", assign="red"),
        gate("gate", approvers=("green", "red"), exclude=("work",)),
        end("done"),
        roles=roles("red", "green", "blue"),
    )
    return began(built, CROWD)


def claim(play: Play, person: str, on_behalf_of: str | None = None) -> Advance | Refusal:
    visit = play.visit("work")
    facts = play.facts(person, visit, *((on_behalf_of,) if on_behalf_of else ()))
    return play.apply(Claim(at=play.now, actor=person, on_behalf_of=on_behalf_of, facts=facts, visit=visit))


def test_a_task_is_claimed_for_whoever_lent_it_and_they_may_take_it_back() -> None:
    play = tasks()
    lend(play, "ann", "flo")
    accepted(claim(play, "ann"))
    claimed = accepted(claim(play, "flo", "ann"))
    assert dict(claimed.moves[0].data) == {"by": "flo", "on_behalf_of": "ann"}
    assert (there(play, "work").claimed_by, there(play, "work").claimed_for) == ("flo", "ann")
    assert code(claim(play, "bo")) == "claimed-by"
    accepted(claim(play, "ann"))
    assert (there(play, "work").claimed_by, there(play, "work").claimed_for) == ("ann", None)
    accepted(claim(play, "flo"))
    release = Release(at=play.now, actor="ann", facts=play.facts("ann", play.visit("work")), visit=play.visit("work"))
    accepted(play.apply(release))
    assert there(play, "work").claimed_by is None


def test_whoever_does_a_task_that_is_lent_has_done_it_and_a_gate_excludes_both() -> None:
    play = tasks()
    lend(play, "ann", "flo")
    visit = play.visit("work")
    facts = play.facts("flo", visit)
    assert to_complete_for_anybody(play.definition, play.current, visit, "flo", facts) is None
    assert to_complete_for_anybody(play.definition, play.current, visit, "gil", play.facts("gil", visit)) is not None
    done = accepted(play.complete("work", "flo", {}))
    assert isinstance(play.events[-2], Complete)
    assert play.events[-2].on_behalf_of == "ann"
    assert dict(done.moves[0].data) == {"outcome": None, "by": "flo", "on_behalf_of": "ann"}
    assert (data(play, "work")["by"], set(play.current.doers["work"])) == ("flo", {"ann", "flo"})
    assert asking(play).barred == {"ann": "work"}
    lend(play, "cy", "flo")
    assert code(vote(play, "flo", on_behalf_of="cy")) == "excluded"
    lend(play, "ann", "gil")
    assert code(vote(play, "gil", on_behalf_of="ann")) == "excluded"


def test_of_several_the_first_whose_task_it_is_is_meant_and_ones_own_before_all() -> None:
    play = tasks()
    for by in ("cy", "bo", "ann"):
        lend(play, by, "flo")
    visit = play.visit("work")
    event = Claim(at=BEGIN, actor="flo", facts=play.facts("flo", visit), visit=visit)
    assert meant(play.definition, play.current, event).on_behalf_of == "bo"
    lend(play, "bo", "ann")
    own = Claim(at=BEGIN, actor="ann", facts=play.facts("ann", visit), visit=visit)
    assert meant(play.definition, play.current, own).on_behalf_of is None


def test_no_program_breaks_the_glass() -> None:
    play = began(one_gate(), CROWD)
    program = replace(OPERATOR, service=True)
    skip = SkipStep(at=play.now, actor="bot", facts=program, visit=play.visit("gate"), reason="quick")
    jump = Jump(at=play.now, actor="bot", facts=program, to="done", reason="quick")
    assert (code(play.apply(skip)), code(play.apply(jump))) == ("not-in-role", "not-in-role")
    other = began(laddered(), CROWD, n=1)
    visit = other.visit("task")
    accepted(other.apply(SkipStep(at=BEGIN, actor="bot", facts=program, visit=visit, reason="known")))


def test_a_rule_that_closes_a_gate_writes_no_vote_that_counts_no_more() -> None:
    rung = Rung(after=timedelta(hours=1), outcome="reject")
    play = began(one_gate(Quorum(count=3), escalate=(rung,), on_reject="other"), CROWD)
    accepted(vote(play, "ann"))
    accepted(vote(play, "cy"))
    play.directory.deactivate("ann")
    play.now += HOUR
    (timer,) = play.current.timers.values()
    facts = Facts(voters={"ann": (), "cy": play.directory.roles_of("cy")})
    fired = accepted(play.apply(Fire(at=play.now, timer=timer.key, facts=facts)))
    assert [move.data["people"] for move in fired.moves if move.kind == "voided"] == [["ann"]]
    assert next(move.data["code"] for move in fired.moves if move.kind == "decided") == "rung"
    assert [one["by"] for one in data(play, "gate")["votes"]] == ["cy"]
