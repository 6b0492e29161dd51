"""The checker of histories finds what was planted, and lets pass what can have happened."""

from __future__ import annotations

import random

import pytest

from tests.runs.linear import SOMEBODY, Operation, anomalies


def act(client: str, began: float, ended: float, came: str = "ok", saw: str | None = None) -> Operation:
    return Operation(1, client, "vote", began, ended, came, client if saw is None else saw)


def look(client: str, began: float, ended: float, saw: str = "") -> Operation:
    return Operation(1, client, "look", began, ended, "ok" if not saw else "fail", saw)


RIGHT = {
    "a loser is told": [act("mia", 0, 5), act("max", 1, 6, "fail", "mia")],
    "a loser is answered first": [act("mia", 0, 9), act("max", 1, 2, "fail", "mia")],
    "a loser is not told by whom": [act("mia", 0, 5), act("max", 1, 6, "fail", SOMEBODY)],
    "open and decided while it is under way": [act("mia", 0, 9), look("ann", 1, 4), look("ben", 2, 3, "mia")],
    "nobody answered, and it was done": [act("mia", 0, 1, "unknown", ""), look("ann", 5, 6, "mia")],
    "nobody answered, and it was not done": [act("mia", 0, 1, "unknown", ""), look("ann", 5, 6)],
    "nobody answered, and it was done later": [
        act("mia", 0, 1, "unknown", ""),
        look("ann", 5, 6),
        look("ann", 7, 8, "mia"),
    ],
    "one of two that nobody answered": [
        act("mia", 0, 1, "unknown", ""),
        act("max", 0, 5, "unknown", ""),
        look("ann", 7, 8, SOMEBODY),
    ],
}
WRONG = {
    "both were told": ([act("mia", 0, 5), act("max", 1, 6)], "both told"),
    "two names": ([act("mia", 0, 5), look("ann", 6, 7, "mia"), look("ben", 6, 7, "max")], "by max and by mia"),
    "the wrong name": ([act("mia", 0, 5), look("ann", 6, 7, "max")], "by max and by mia"),
    "nobody did": ([act("mia", 0, 5, "fail", SOMEBODY)], "who did not"),
    "their own decision is gone": ([act("mia", 0, 5), look("mia", 6, 7)], "mia saw it open after"),
    "seen and later gone": ([act("mia", 0, 9), look("ann", 1, 2, "mia"), look("ann", 3, 4)], "after their own"),
    "seen by one, gone for another": ([act("mia", 0, 9), look("ann", 1, 2, "mia"), look("ben", 3, 4)], "that ann saw"),
    "before it was begun": ([look("ann", 1, 2, "mia"), act("mia", 3, 4)], "before mia had begun"),
    "unknown, seen and gone": (
        [act("mia", 0, 1, "unknown", ""), look("ann", 5, 6, "mia"), look("ann", 7, 8)],
        "after their own",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_can_have_happened_passes(name: str) -> None:
    assert anomalies(RIGHT[name]) == []


@pytest.mark.parametrize("name", WRONG)
def test_what_was_planted_is_found(name: str) -> None:
    history, says = WRONG[name]
    found = anomalies(history)
    assert any(says in one for one in found), found


def test_it_agrees_with_trying_every_order() -> None:
    """On small histories by chance: right exactly when some instant of the decision suits everybody."""
    chance = random.Random(4)
    rights = 0
    for _ in range(3000):
        began = chance.randrange(6)
        winner = act("mia", began, began + chance.randrange(1, 6))
        looks = []
        for number in range(chance.randrange(1, 5)):
            first = chance.randrange(12)
            looks.append(look(f"l{number}", first, first + chance.randrange(1, 5), chance.choice(["", "mia"])))
        suits = any(
            all(one.ended >= instant if one.saw else one.began <= instant for one in looks)
            for instant in [step / 2 for step in range(2 * winner.began, 2 * winner.ended + 1)]
        )
        rights += suits
        assert (anomalies([winner, *looks]) == []) is suits, (winner, looks)
    assert 300 < rights < 2700
