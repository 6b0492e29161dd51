"""How many must approve, by data: evaluated once, at the opening (semantics section 7, [quorum by data])."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import definition as definitions
from engine.definition import Definition, Quorum, Rung
from engine.lifecycles import RunStatus
from engine.machine.events import ChangeData
from engine.rehearsal.play import Play
from tests.engine.building import end, gate, playbook
from tests.engine.machine.playing import (
    HOUR,
    NAMES,
    OPERATOR,
    PEOPLE,
    N,
    accepted,
    asking,
    began,
    code,
    incident,
    open_steps,
    retry,
    roles,
    there,
    vote,
)


def by_data(written: str = "${inputs.n}", **fields: object) -> Definition:
    return playbook(
        gate("gate", approvers=("red", "green"), quorum=Quorum(by_data=written), **fields),
        end("done"),
        inputs=N,
        names=NAMES,
        roles=roles("red", "green", "blue"),
    )


def change(play: Play, n: int) -> None:
    accepted(play.apply(ChangeData(at=play.now, actor="operator", facts=OPERATOR, values={"inputs.n": n}, reason="so")))


@pytest.mark.parametrize(("n", "bar"), [(1, 1), (3, 3), (4, 4)])
def test_the_number_at_the_opening_is_the_bar(n: int, bar: int) -> None:
    play = began(by_data(), PEOPLE, n=n)
    assert (asking(play).bar.total, asking(play).count) == (bar, n)
    for person in ("ann", "bo", "cy", "di")[:bar]:
        assert open_steps(play) == ["gate"]
        accepted(vote(play, person))
    assert play.current.status is RunStatus.COMPLETED


def test_more_than_the_roster_is_the_incident_of_a_number() -> None:
    play = began(by_data(), PEOPLE, n=5)
    assert (asking(play).bar.total, incident(play, "gate")) == (5, "roster")


@pytest.mark.parametrize(
    ("written", "n", "says"),
    [
        ("${inputs.n}", 0, "`quorum`: `${inputs.n}` gives 0, and a whole number from 1 is needed."),
        ("${inputs.n - 9}", 2, "`quorum`: `${inputs.n - 9}` gives -7, and a whole number from 1 is needed."),
        ("${6 / inputs.n}", 0, "`quorum`: "),
        ("${dyn(2.5)}", 0, "`quorum`: `${dyn(2.5)}` gives 2.5, and a whole number from 1 is needed."),
        ("${dyn(true)}", 0, "`quorum`: `${dyn(true)}` gives true, and a whole number from 1 is needed."),
    ],
)
def test_what_is_no_number_from_1_opens_an_incident_and_nobody_votes(written: str, n: int, says: str) -> None:
    play = began(by_data(written), PEOPLE, n=n)
    found = there(play, "gate").incident
    assert found is not None
    assert (found.code, found.message[: len(says)]) == ("expression", says)
    assert code(vote(play, "ann")) == "not-open"


def test_a_retry_evaluates_again() -> None:
    play = began(by_data(), PEOPLE, n=0)
    accepted(retry(play, "gate"))
    assert incident(play, "gate") == "expression"
    change(play, 2)
    accepted(retry(play, "gate"))
    assert (incident(play, "gate"), asking(play).bar.total) == (None, 2)
    accepted(vote(play, "ann"))
    accepted(vote(play, "cy"))
    assert play.current.status is RunStatus.COMPLETED


def test_whoever_a_rung_adds_meanwhile_does_not_decide_and_stays() -> None:
    play = began(by_data(escalate=(Rung(after=HOUR, add="blue"),)), PEOPLE, n=0)
    play.advance(HOUR)
    assert code(vote(play, "ed")) == "not-open"
    change(play, 1)
    accepted(retry(play, "gate"))
    assert [seat.person for seat in asking(play).seats or ()] == ["ann", "bo", "cy", "di", "ed"]
    accepted(vote(play, "ed"))
    assert play.current.status is RunStatus.COMPLETED


def test_what_changes_afterwards_leaves_the_bar() -> None:
    play = began(by_data(), PEOPLE, n=2)
    change(play, 1)
    assert asking(play).bar.total == 2


def test_other_quorums_keep_their_digest() -> None:
    built = by_data()
    other = replace(built, steps={"gate": replace(built.steps["gate"], does=definitions.GateSpec())})
    assert "by_data" not in definitions.to_json(other)["steps"]["gate"]["does"]["quorum"]
    assert definitions.from_json(definitions.to_json(built)) == built
