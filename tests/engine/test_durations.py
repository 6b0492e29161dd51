"""Durations: what is read, what is refused, and that what is written can be read again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import durations
from engine.durations import BusinessTime


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("4h", 14_400), ("2d", 172_800), ("1w", 604_800), ("1h30m", 5_400), ("0m", 0)],
)
def test_it_reads(text: str, seconds: int) -> None:
    assert durations.parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a duration"),
        ("5", "not a duration"),
        ("1.5h", "not a duration"),
        ("-1h", "not a duration"),
        ("1h 30m", "not a duration"),
        ("3y", "not a unit"),
        ("3H", "not a unit"),
        ("4bh", "calendar"),
        ("2bd", "calendar"),
        ("1h1h", "twice"),
        ("999999999w", "hundred years"),
        ("١h", "not a"),
    ],
)
def test_it_refuses_with_a_reason(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        durations.parse(text)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("4bh", BusinessTime(hours=4)),
        ("2bd", BusinessTime(days=2)),
        ("2bd4bh", BusinessTime(2, 4)),
        ("4bh2bd", BusinessTime(2, 4)),
        (" 0bd ", BusinessTime()),
        ("90s", timedelta(seconds=90)),
        ("2600bd", BusinessTime(days=2600)),
    ],
)
def test_it_reads_business_time_where_that_may_stand(text: str, length: durations.Length) -> None:
    assert durations.parse_length(text) == length


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1d4bh", "mixes"),
        ("4bh30m", "mixes"),
        ("4bh4bh", "twice"),
        ("4BH", "not a unit"),
        ("1.5bh", "not a duration"),
        ("2601bd", "ten years"),
        ("20801bh", "ten years"),
        ("999999999w", "hundred years"),
    ],
)
def test_it_refuses_business_time_with_a_reason(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        durations.parse_length(text)


@given(st.builds(BusinessTime, days=st.integers(0, 2_600), hours=st.integers(0, 20_800)))
def test_business_time_that_is_written_is_read_as_the_same(length: BusinessTime) -> None:
    assert durations.parse_length(durations.write(length)) == length
    assert durations.is_positive(length) is bool(length)


def test_lengths_can_be_put_in_order() -> None:
    written = ["4h", "4bh", "1d", "2bd", "3d"]
    assert sorted(map(durations.parse_length, reversed(written)), key=durations.roughly) == [
        durations.parse_length(text) for text in written
    ]


@given(st.integers(0, 36_500 * 86_400))
def test_what_is_written_is_read_as_the_same(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert durations.parse(durations.write(length)) == length


def test_people_read_words() -> None:
    assert durations.say(timedelta(hours=1, minutes=30)) == "1 h 30 min"
    assert durations.say(timedelta(days=90)) == "90 d"
    assert durations.say(timedelta(0)) == "0 min"
    assert durations.say(timedelta(minutes=-5)) == "-5 min"
    assert durations.say(BusinessTime(1, 4)) == "1 business day 4 business hours"
    assert durations.say(BusinessTime(hours=1)) == "1 business hour"
    assert durations.say(BusinessTime()) == "0 business hours"
