"""The text of a version in review: what is to be read, and what is folded away."""

from __future__ import annotations

from dashboards.reviews.source import Block, Line, blocks


def told(found: tuple[Block, ...]) -> list[tuple[int, int, bool]]:
    """The first and the last line of each block, and whether it is folded away."""
    return [(block.lines[0].number, block.lines[-1].number, block.is_folded) for block in found]


def test_what_is_as_it_was_is_folded_away_but_around_changes_and_remarks() -> None:
    before = [f"line {n}" for n in range(1, 41)]
    after = [*before[:9], "changed", *before[10:]]
    lines = tuple(Line(n, text, is_asked=n == 30) for n, text in enumerate(after, 1))
    assert told(blocks(lines, "\n".join(before))) == [
        (1, 6, True),
        (7, 13, False),
        (14, 26, True),
        (27, 33, False),
        (34, 40, True),
    ]


def test_what_was_taken_away_leaves_its_place_open_and_a_first_version_is_read_whole() -> None:
    before = [f"line {n}" for n in range(1, 21)]
    lines = tuple(Line(n, text) for n, text in enumerate([*before[:9], *before[10:]], 1))
    assert told(blocks(lines, "\n".join(before))) == [(1, 6, True), (7, 12, False), (13, 19, True)]
    assert told(blocks(lines, None)) == [(1, 19, False)]
