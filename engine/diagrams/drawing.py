"""What a drawing is made of: nodes, frames and arrows. All in px, from the corner of the whole drawing.

Values only; `frames` makes them. Where two versions are compared, `layout` marks what is `added`, `removed` or
`changed`: by a word and a sign on the upper edge, so that it can be told without colours.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.diagrams import shapes, words


@dataclass(frozen=True)
class Badge:
    """The word of a mark with its sign, in a pill whose left end and middle are at (`x`, `y`)."""

    word: str
    x: float
    y: float
    h: float = 16

    @property
    def w(self) -> float:
        return round(words.width(self.word, shapes.NOTE)) + 24

    @property
    def top(self) -> float:
        return self.y - self.h / 2

    @property
    def text_x(self) -> float:
        return self.x + 17

    @property
    def text_y(self) -> float:
        return self.y + 3.8

    @property
    def sign(self) -> str:
        """The path of a plus, a minus or a triangle."""
        x, y = self.x + 9, self.y
        return {
            "added": f"M{shapes.n(x - 3.5)} {shapes.n(y)}h7m-3.5 -3.5v7",
            "removed": f"M{shapes.n(x - 3.5)} {shapes.n(y)}h7",
        }.get(self.word, f"M{shapes.n(x - 3.5)} {shapes.n(y + 3)}h7l-3.5 -6.5z")


@dataclass(frozen=True)
class Node:
    """One node. `step` is a step id, or empty for a mark: `start`, `leave` (the end of the list), `fail`, `rollback`.

    `kind` is the step's kind, but `fail` for an end that failed, or the mark's.

    `lines` is the title broken to fit inside at (`text_x`, `text_y`), `line_height` apart; under the last there
    is room for one short line that says the state, at `sub_y`. `caption` stands under the shape instead
    (decisions, ends), anchored at (`caption_x`, `caption_y`) as `caption_anchor` says. `outline` is the shape;
    `inner` what is drawn on it: a gate's posts, an end's ring, a cross. `undo` says how what it did is taken back.
    """

    step: str
    kind: str
    title: str
    x: float
    y: float
    w: float
    h: float
    lines: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()
    caption_x: float = 0
    caption_y: float = 0
    caption_anchor: str = "middle"
    outline: str = ""
    inner: str = ""
    when: str = ""
    key: str = ""
    undo: str = ""
    mark: str = ""

    line_height: float = shapes.LINE

    @property
    def badge(self) -> Badge | None:
        """The pill that says how it differs: on the upper edge, over the middle of what is small."""
        if not self.mark:
            return None
        if self.lines:
            return Badge(self.mark, self.x + 6, self.y - 3)
        wide = Badge(self.mark, 0, 0).w
        return Badge(self.mark, self.cx - wide / 2, self.y - 8)

    @property
    def text_x(self) -> float:
        return self.x + 36

    @property
    def text_y(self) -> float:
        return self.y + 20

    @property
    def sub_y(self) -> float:
        return self.text_y + self.line_height * max(1, len(self.lines))

    @property
    def glyph_x(self) -> float:
        return self.x + (self.w - shapes.GLYPH) / 2 if self.kind == "decide" else self.x + 11

    @property
    def glyph_y(self) -> float:
        return self.y + (self.h - shapes.GLYPH) / 2

    @property
    def undo_x(self) -> float:
        return self.x + self.w - 12

    @property
    def undo_mark(self) -> str:
        """The path of the small arrow back that stands on the upper edge of what can be undone."""
        x, y = self.undo_x, self.y
        return f"M{shapes.n(x + 5)} {shapes.n(y + 3)}v-2.5H{shapes.n(x - 4)}m3 -3l-3 3l3 3" if self.undo else ""

    @property
    def cx(self) -> float:
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        return self.y + self.h / 2

    @property
    def title_rows(self) -> tuple[tuple[float, str], ...]:
        """The lines of the title, each with its y."""
        return tuple((self.text_y + number * self.line_height, line) for number, line in enumerate(self.lines))

    @property
    def caption_rows(self) -> tuple[tuple[float, str], ...]:
        """The lines of the caption, each with its y."""
        return tuple((self.caption_y + number * shapes.NOTE_LINE, line) for number, line in enumerate(self.caption))


@dataclass(frozen=True)
class Edge:
    """One arrow. `target` is a step id, `leave`, `fail` or `rollback`; the start's arrow has the source `""`.

    Transitions from one step to one target share an arrow: `triggers` names them all. `label` is short, `title`
    the whole text. `d` is the path; `points` its corners.
    """

    source: str
    target: str
    triggers: tuple[str, ...]
    label: str
    title: str
    d: str
    points: tuple[tuple[float, float], ...]
    label_x: float = 0
    label_y: float = 0
    label_anchor: str = "middle"
    is_back: bool = False


@dataclass(frozen=True)
class Region:
    """The frame of a region. `step` is the step that owns it; `lines` and `note` are its head.

    `note` says how its lists run and when it is over. `outline` is the frame; `bars` are where its lists begin and
    where they come together. `exits` are the places in its lower edge where ways lead out past its end.
    """

    step: str
    kind: str
    title: str
    note: tuple[str, ...]
    lines: tuple[str, ...]
    x: float
    y: float
    w: float
    h: float
    outline: str
    bars: str
    exits: tuple[tuple[float, float], ...] = ()
    depth: int = 0
    when: str = ""
    undo: str = ""
    mark: str = ""

    @property
    def badge(self) -> Badge | None:
        """The pill that says how it differs, on the upper edge."""
        return Badge(self.mark, self.x + 10, self.y - 3) if self.mark else None

    @property
    def behind(self) -> str:
        """The edge of a second frame behind the first: an each stands there once for every item."""
        return shapes.outline(self.kind, self.x + 5, self.y + 5, self.w, self.h) if self.kind == "each" else ""

    @property
    def text_x(self) -> float:
        return self.x + shapes.HEAD_X

    @property
    def text_y(self) -> float:
        return self.y + 20

    @property
    def glyph_x(self) -> float:
        return self.x + 10

    @property
    def glyph_y(self) -> float:
        return self.y + 7

    @property
    def title_rows(self) -> tuple[tuple[float, str], ...]:
        """The lines of the title, each with its y."""
        return tuple((self.text_y + number * shapes.LINE, line) for number, line in enumerate(self.lines))

    @property
    def note_rows(self) -> tuple[tuple[float, str], ...]:
        """The lines of the note, each with its y."""
        first = self.text_y + len(self.lines) * shapes.LINE - 1
        return tuple((first + number * shapes.NOTE_LINE, line) for number, line in enumerate(self.note))

    @property
    def sub_x(self) -> float:
        """Where a short line that says the state ends."""
        return self.x + self.w - 12

    @property
    def sub_room(self) -> float:
        """How much room there is for that line, beside the title."""
        return self.w - shapes.HEAD_X - 24 - words.width(self.lines[0], shapes.TITLE)
