"""Waiting for a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import values
from engine.definition import WaitSpec
from tests.engine.building import playbook, task, wait
from tests.engine.machine.playing import (
    BEGIN,
    HOUR,
    NAMES,
    accepted,
    began,
    data,
    incident,
    open_steps,
    skip,
    with_step,
)

PEOPLE = {"ann": "red", "bo": "red", "cy": "blue"}


@pytest.mark.parametrize(
    ("spec", "hours"),
    [
        (WaitSpec(length=HOUR), 1),
        (WaitSpec(until="timestamp('2026-03-02T11:00:00Z')"), 2),
        (WaitSpec(until="timestamp('2026-03-02T09:00:00Z')"), 0),
        (WaitSpec(until="timestamp('2020-03-02T11:00:00Z')"), 0),
        (WaitSpec(length=timedelta(0)), 0),
    ],
)
def test_a_wait_ends_at_its_time_and_at_once_in_the_past(spec: WaitSpec, hours: int) -> None:
    built = with_step(playbook(wait("hold", HOUR), task("after"), names=NAMES), "hold", does=spec)
    play = began(built)
    if hours:
        play.advance(hours * HOUR - timedelta(seconds=1))
        assert open_steps(play) == ["hold"]
        play.advance(timedelta(seconds=1))
    assert open_steps(play) == ["after"]
    assert data(play, "hold") == {"at": values.encode(BEGIN + hours * HOUR)}


def test_a_wait_for_what_is_no_time_is_an_incident() -> None:
    built = with_step(playbook(wait("hold", HOUR), task("after"), names=NAMES), "hold", does=WaitSpec(until="1 + 1"))
    play = began(built)
    assert incident(play, "hold") == "expression"
    accepted(skip(play, "hold"))
    assert open_steps(play) == ["after"]
