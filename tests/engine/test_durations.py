"""Durations: what is read, what is refused, and that what is written can be read again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import durations


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


@given(st.integers(0, 36_500 * 86_400))
def test_what_is_written_is_read_as_the_same(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert durations.parse(durations.write(length)) == length


def test_people_read_words() -> None:
    assert durations.say(timedelta(hours=1, minutes=30)) == "1 h 30 min"
    assert durations.say(timedelta(days=90)) == "90 d"
    assert durations.say(timedelta(0)) == "0 min"
    assert durations.say(timedelta(minutes=-5)) == "-5 min"
