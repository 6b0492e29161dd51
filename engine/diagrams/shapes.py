"""What a node looks like: its size, its lines of text and its outline. The shape says the kind.

Task round, action with cut corners, gate between two posts, decision a diamond, wait a pill, set square, a called
playbook has two edges, an end a ring; a region is a frame around what stands in it. Sizes are px of the drawing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.diagrams import words

TITLE, NOTE = 13.0, 11.0
LINE, NOTE_LINE = 16.0, 13.0
GLYPH = 18.0
WIDEST = 168.0
CAPTION_WIDEST = 120.0
HEAD_X = 34.0
"""Where the words at the top of a frame begin."""
LEAST_FRAME = 200.0


@dataclass(frozen=True)
class Box:
    """A node before it has a place. `caption` is drawn under it instead of inside; `room` is the width it asks for.

    A region is one too (`is_frame`): then `lines` and `note` are its head, `at` is where arrows meet it, from its top,
    and `exits` has the x of every exit in its lower edge.
    """

    kind: str
    title: str
    w: float
    h: float
    lines: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()
    note: tuple[str, ...] = ()
    at: float | None = None
    exits: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_frame(self) -> bool:
        return self.at is not None

    @property
    def headroom(self) -> float:
        """How much is kept free above it in its row."""
        return (self.height - self.h) / 2

    @property
    def axis(self) -> float:
        """Where in its height the middle of its row runs."""
        return self.height / 2 if self.at is None else self.at

    @property
    def room(self) -> float:
        return max([self.w, *(words.width(line, NOTE) + 8 for line in self.caption)])

    @property
    def height(self) -> float:
        """How high its row must be: the caption is kept free above too, so that the row has one middle."""
        return self.h + 2 * (len(self.caption) * NOTE_LINE + 4 if self.caption else 0)


def box(kind: str, title: str) -> Box:
    """Measure a node."""
    if kind == "decide":
        return Box(kind, title, 48, 48, caption=words.lines(title, CAPTION_WIDEST, NOTE, most=4))
    if kind in ("end", "fail", "rollback", "leave"):
        return Box(kind, title, 22, 22, caption=words.lines(title, CAPTION_WIDEST, NOTE, most=4))
    lines = words.lines(title, WIDEST - 48, TITLE, most=5)
    widest = max(words.width(line, TITLE) for line in lines)
    return Box(kind, title, max(106.0, min(WIDEST, round(widest) + 48.0)), 30 + LINE * len(lines), lines)


@dataclass(frozen=True)
class Head:
    """The words at the top of a region's frame, broken to its width, and how much room they take."""

    lines: tuple[str, ...]
    note: tuple[str, ...]

    @property
    def width(self) -> float:
        """How wide a frame must be for them."""
        titles = [words.width(line, TITLE) for line in self.lines]
        return max(LEAST_FRAME, HEAD_X + 14 + max([*titles, *(words.width(line, NOTE) for line in self.note)]))

    @property
    def height(self) -> float:
        return 12 + LINE * len(self.lines) + NOTE_LINE * len(self.note)


def head(title: str, note: str) -> Head:
    """Break the head of a region."""
    return Head(words.lines(title, 300, TITLE, most=2), words.lines(note, 320, NOTE, most=3) if note else ())


def outline(kind: str, x: float, y: float, w: float, h: float) -> str:
    """Return the path of the shape's edge."""
    right, bottom = x + w, y + h
    if kind == "decide":
        return f"M{n(x + w / 2)} {n(y)} {n(right)} {n(y + h / 2)} {n(x + w / 2)} {n(bottom)} {n(x)} {n(y + h / 2)}Z"
    if kind == "action":
        return f"M{n(x + 9)} {n(y)}H{n(right)}V{n(bottom - 9)}L{n(right - 9)} {n(bottom)}H{n(x)}V{n(y + 9)}Z"
    if kind in ("end", "fail", "rollback", "leave"):
        radius = w / 2
        return (
            f"M{n(x)} {n(y + radius)}a{n(radius)} {n(radius)} 0 1 1 {n(w)} 0a{n(radius)} {n(radius)} 0 1 1 {n(-w)} 0Z"
        )
    radius = {"task": 7.0, "wait": min(23.0, h / 2), "set": 2.0, "call": 4.0, "parallel": 10.0, "each": 10.0}.get(
        kind, 0.0
    )
    if not radius:
        return f"M{n(x)} {n(y)}H{n(right)}V{n(bottom)}H{n(x)}Z"
    arc = f"A{n(radius)} {n(radius)} 0 0 1"
    return (
        f"M{n(x + radius)} {n(y)}H{n(right - radius)}{arc} {n(right)} {n(y + radius)}V{n(bottom - radius)}"
        f"{arc} {n(right - radius)} {n(bottom)}H{n(x + radius)}{arc} {n(x)} {n(bottom - radius)}"
        f"V{n(y + radius)}{arc} {n(x + radius)} {n(y)}Z"
    )


def inner(kind: str, x: float, y: float, w: float, h: float) -> str:
    """Return the path of what is drawn on the shape: a gate's posts, an end's ring or cross, a call's second edge."""
    middle_x, middle_y = x + w / 2, y + h / 2
    if kind == "gate":
        return f"M{n(x)} {n(y - 7)}V{n(y + h + 7)}M{n(x + w)} {n(y - 7)}V{n(y + h + 7)}"
    if kind == "call":
        return outline("set", x + 3.5, y + 3.5, w - 7, h - 7)
    if kind in ("end", "leave"):
        return outline("end", middle_x - 6, middle_y - 6, 12, 12)
    if kind == "fail":
        return f"M{n(middle_x - 4)} {n(middle_y - 4)}l8 8M{n(middle_x + 4)} {n(middle_y - 4)}l-8 8"
    if kind == "rollback":
        return f"M{n(middle_x + 5)} {n(middle_y)}H{n(middle_x - 5)}l4 -4M{n(middle_x - 5)} {n(middle_y)}l4 4"
    return ""


def bars(x: float, y: float, w: float, h: float, head: float, inset: float) -> str:
    """Return the path of the two bars of a frame: where its lists begin, and where they come together."""
    return f"M{n(x + inset)} {n(y + head)}V{n(y + h - 12)}M{n(x + w - inset)} {n(y + head)}V{n(y + h - 12)}"


def n(number: float) -> str:
    """Write a coordinate: one decimal at most, none where it is whole."""
    return f"{number:.1f}".removesuffix(".0")
