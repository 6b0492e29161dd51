"""Which track of its channel each stretch of an arrow takes: short ones nearest to the nodes, none over another.

Arrows to the same target may share a track: they merge as they arrive; so may those that fork from one source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.diagrams.routing import JOIN, Leg, Route


@dataclass(frozen=True)
class Tracks:
    """Which track each leg has in its channel, counted from the top or the left, and how many there are."""

    of: Mapping[tuple[int, int], int]
    """(number of the route, number of its leg) -> track"""
    across: Mapping[int, int]
    """channel H -> how many tracks"""
    down: Mapping[tuple[int, int], int]
    """channel V -> how many tracks"""


def share_out(routes: Sequence[Route]) -> Tracks:
    """Give the legs of every channel their tracks."""
    channels: dict[int | tuple[int, int], list[tuple[int, int]]] = {}
    for number, route in enumerate(routes):
        for at, leg in enumerate(route.legs):
            channels.setdefault(leg.channel, []).append((number, at))
    of: dict[tuple[int, int], int] = {}
    across: dict[int, int] = {}
    down: dict[tuple[int, int], int] = {}
    for channel, members in channels.items():
        upper = [member for member in members if isinstance(channel, int) and _hangs(routes[member[0]], member[1])]
        lower = [member for member in members if member not in set(upper)]
        above, below = _colour(routes, upper), _colour(routes, lower)
        for member, track in above.items():
            of[member] = track
        depth = max(above.values(), default=-1) + 1
        whole = depth + max(below.values(), default=-1) + 1
        for member, track in below.items():
            of[member] = whole - 1 - track
        if isinstance(channel, int):
            across[channel] = whole
        else:
            down[channel] = whole
    return Tracks(of, across, down)


def _hangs(route: Route, at: int) -> bool:
    """Say whether this leg belongs to the row above its channel (it touches a node's bottom)."""
    return (at == 0 and route.out == "bottom") or (at == len(route.legs) - 1 and route.into == "bottom")


def _colour(routes: Sequence[Route], members: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Colour the legs, short ones first, so that none overlap but those which may share."""
    rows: list[list[tuple[int, int]]] = []
    found: dict[tuple[int, int], int] = {}

    def leg(member: tuple[int, int]) -> Leg:
        return routes[member[0]].legs[member[1]]

    def length(member: tuple[int, int]) -> float:
        begin, end = leg(member).span
        return end - begin

    def fits(member: tuple[int, int], other: tuple[int, int]) -> bool:
        mine, theirs = routes[member[0]], routes[other[0]]
        if mine.target == theirs.target and mine.target != JOIN:
            return True
        if leg(member).across:
            line = leg(member).line
            if line is None or line != leg(other).line:
                return False
        elif mine.source == theirs.source:
            return True
        (begin, end), (other_begin, other_end) = leg(member).span, leg(other).span
        return end <= other_begin or other_end <= begin

    for member in sorted(members, key=length):
        for number, row in enumerate(rows):
            if all(fits(member, other) for other in row):
                row.append(member)
                found[member] = number
                break
        else:
            rows.append([member])
            found[member] = len(rows) - 1
    return found
