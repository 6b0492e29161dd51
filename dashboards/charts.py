"""A chart as plain values: where its columns, lines and bands lie, and what its axes say.

Takes numbers by part of time (a day, a week); leaves the drawing to templates/components/chart.html, which
stretches an SVG without words over a plot of WIDTH by HEIGHT units. Each part owns an equal slot of the
width, so columns, points and the labels below them agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1200, 200
LINES = 4
LABELS = 7

COUNTS = tuple(base * 10**power for power in range(9) for base in (1, 2, 3, 4, 5, 6, 8))
_MIN, _HOUR, _DAY = 60, 3_600, 86_400
SECONDS = (
    *(1, 5, 15),
    *(_MIN * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 6, 12)),
    *(_DAY * n for n in (1, 2, 3, 5, 7, 14, 30, 60, 90, 180, 365, 1000, 10_000)),
)


@dataclass(frozen=True)
class Axis:
    """`labels` read from the top down; the top is `top`, the bottom 0."""

    top: float
    labels: tuple[str, ...]

    def height(self, value: float) -> float:
        """Return how high a value stands above the base, in units of the plot."""
        return round(HEIGHT * value / self.top, 1)


def axis(highest: float, steps: Sequence[int], say: Callable[[int], str]) -> Axis:
    """Return the axis whose LINES equal steps, of one of these sizes, hold the highest value."""
    step = next((size for size in steps if size * LINES >= highest), steps[-1])
    return Axis(step * LINES, (*(say(step * line) for line in range(LINES, 0, -1)), "0"))


@dataclass(frozen=True)
class Column:
    """`kind` ends the CSS class `column--…`; `says` is read when the pointer rests on it."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    says: str


@dataclass(frozen=True)
class Line:
    """One stretch of a series without a gap; a lone point is a short dash."""

    kind: str
    points: str


@dataclass(frozen=True)
class Key:
    """One entry of the legend: `kind` is the CSS class of the key, `words` what it stands for."""

    kind: str
    words: str


@dataclass(frozen=True)
class Table:
    """The same figures in words: the first cell of each row names it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """`reading` says in one sentence what the chart shows; `definition` how its figure is made."""

    name: str
    title: str
    reading: str
    definition: str
    alt: str
    axis: Axis
    labels: tuple[str, ...]
    legend: tuple[Key, ...]
    table: Table
    columns: tuple[Column, ...] = ()
    lines: tuple[Line, ...] = ()
    bands: tuple[Line, ...] = ()

    @property
    def few(self) -> bool:
        """Every part has its label, so each stands in the middle of its slot."""
        return all(self.labels)

    @property
    def grid(self) -> tuple[int, ...]:
        """The heights of the thin lines behind the figures."""
        return tuple(HEIGHT * line // LINES for line in range(LINES))


@dataclass(frozen=True)
class Bar:
    """What stacks up in one part: (kind, value, words), the lowest first."""

    stack: tuple[tuple[str, float, str], ...]


def columns(parts: Sequence[Sequence[Bar]], scale: Axis) -> tuple[Column, ...]:
    """Place the bars of each part side by side in its slot."""
    slot = WIDTH / max(len(parts), 1)
    placed = []
    for index, bars in enumerate(parts):
        width = slot * 0.72 / max(len(bars), 1)
        for nth, bar in enumerate(bars):
            top = float(HEIGHT)
            for kind, value, says in bar.stack:
                height = scale.height(value)
                top -= height
                x = round(slot * (index + 0.14) + nth * width, 1)
                if value:
                    placed.append(Column(kind, x, round(top, 1), round(width * 0.94, 1), height, says))
    return tuple(placed)


def line(kind: str, values: Sequence[float | None], scale: Axis) -> tuple[Line, ...]:
    """Draw a series through the middles of its slots, interrupted where there is no value."""
    slot = WIDTH / max(len(values), 1)
    stretches: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            stretches.append([])
        else:
            stretches[-1].append((slot * (index + 0.5), HEIGHT - scale.height(value)))
    drawn = []
    for stretch in filter(None, stretches):
        if len(stretch) == 1:
            (x, y), half = stretch[0], min(slot / 3, 12)
            stretch = [(x - half, y), (x + half, y)]
        drawn.append(Line(kind, _points(stretch)))
    return tuple(drawn)


def band(kind: str, values: Sequence[float], scale: Axis) -> Line:
    """Fill from the base up to the values, edge to edge."""
    slot = WIDTH / max(len(values), 1)
    tops = [(slot * (index + 0.5), HEIGHT - scale.height(value)) for index, value in enumerate(values)]
    edge = [(0.0, tops[0][1]), *tops, (float(WIDTH), tops[-1][1])]
    return Line(kind, _points([*edge, (float(WIDTH), float(HEIGHT)), (0.0, float(HEIGHT))]))


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def labels(parts: Sequence[str]) -> tuple[str, ...]:
    """Return one label a part: all of them where they fit, else of every few parts, the rest empty."""
    every = 1 if len(parts) <= LABELS else -(-len(parts) // (LABELS - 1))
    last = len(parts) - every / 2 if every > 1 else len(parts)
    return tuple(words if index % every == 0 and index <= last else "" for index, words in enumerate(parts))
