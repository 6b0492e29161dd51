"""The main list, or the lists of a region, as boxes and arrows.

Marks get boxes of their own, transitions to one target share an arrow, a region within is one box: the frame that
was drawn of it before. What leads out of the lists of a region ends at its bar or at an exit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.definition import FAIL, LEAVE, MAIN, ROLLBACK, Definition, EndSpec, StepSpec, Transition
from engine.diagrams import placing, shapes, words
from engine.diagrams.placing import Key, Spot
from engine.diagrams.ports import Arrow
from engine.diagrams.routing import FORK, JOIN, exit_to, is_exit

WIDEST = 1180.0
"""Up to here the steps stand in one line; then the line is wrapped."""

SMALL = 30.0
"""Narrower nodes are marks."""

_SIDE_TRIGGERS = frozenset({"reject", "return", "error", "deadline", "rung", "skip"})


def _kind(step: StepSpec) -> str:
    return FAIL if isinstance(step.does, EndSpec) and step.does.status == "failed" else step.kind


class Graph:
    """The lists of `owner` (empty: the main list). `frames` are the regions among their steps, as drawn."""

    def __init__(
        self,
        definition: Definition,
        owner: str = "",
        frames: Mapping[Key, shapes.Box] | None = None,
        widest: float = WIDEST,
    ) -> None:
        self._definition, self._owner, self._widest = definition, owner, widest
        self.lanes: list[list[Key]] = []
        self.boxes: dict[Key, shapes.Box] = {}
        for within in definition.bodies(owner) if owner else (MAIN,):
            self._lane(within, frames or {})
        self.below: dict[Key, Key] = {}
        self.arrows: list[Arrow] = []
        self.triggers: list[tuple[str, ...]] = []
        self.titles: list[str] = []
        self._marks: dict[Key, str] = {}
        grouped: dict[tuple[str, Key], list[Transition]] = {}
        for way in definition.transitions:
            if self._is_drawn(way):
                source = FORK if owner and way.source == owner else way.source
                grouped.setdefault((source, self._node(way)), []).append(way)
        for (source, target), ways in grouped.items():
            self._arrow(source, target, ways)
        for key, frame in (frames or {}).items():
            for leads_out in frame.exits:
                outside = leads_out[1:]
                target = outside if outside in self.boxes else leads_out
                self._add(Arrow(key, target, from_exit=leads_out), (), "")

    @property
    def order(self) -> list[Key]:
        return [key for lane in self.lanes for key in lane]

    @property
    def exits(self) -> tuple[Key, ...]:
        """The steps outside that ways of these lists lead to, as exits."""
        return tuple(dict.fromkeys(arrow.target for arrow in self.arrows if is_exit(arrow.target)))

    @property
    def goals(self) -> frozenset[Key]:
        """The ends that complete the run, or what leads to the end of its list."""
        ends = {key for key, shape in self.boxes.items() if shape.kind in ("end", LEAVE)}
        return frozenset(ends | {arrow.source for arrow in self.arrows if arrow.target == JOIN})

    def _lane(self, within: str, frames: Mapping[Key, shapes.Box]) -> None:
        listed = self._definition.lists.get(within, ())
        strays = [step.id for step in self._definition.steps.values() if step.within == within]
        lane: list[Key] = list(dict.fromkeys([*listed, *strays]))
        first = self._definition.target(self._owner, f"enter:{within}" if self._owner else "start")
        if first in lane:
            lane.remove(first)
            lane.insert(0, first)
        for id in lane:
            step = self._definition.steps[id]
            self.boxes[id] = frames[id] if id in frames else shapes.box(_kind(step), words.titled(step))
        self.lanes.append(lane)

    def _is_drawn(self, way: Transition) -> bool:
        """What only an operator does is not; nor that a skipped step of a graph closes what needs it."""
        if way.trigger.startswith("enter:"):
            return way.source == self._owner and way.target in self.boxes
        if way.trigger == "start":
            return not self._owner
        if way.source not in self.boxes:
            return False
        step = self._definition.steps[way.source]
        return way.trigger != "skip" or (step.when is not None and not self._definition.is_graph(step.within))

    def _node(self, way: Transition) -> Key:
        """Return the node this way ends at; the marks come into being here."""
        if way.target in self.boxes and way.target not in self._marks:
            return way.target
        if way.target == LEAVE:
            return JOIN if self._owner else self._mark(LEAVE, LEAVE, "Completed", self.lanes[0])
        if way.target not in (FAIL, ROLLBACK):
            return exit_to(way.target)
        kind, title = (FAIL, "Failed") if way.target == FAIL else (ROLLBACK, "Rolled back")
        key = f"{way.target}:{way.source}"
        if way.source:
            self.below[key] = way.source
        return self._mark(key, kind, title, next((lane for lane in self.lanes if way.source in lane), self.lanes[0]))

    def _mark(self, key: Key, kind: str, title: str, lane: list[Key]) -> Key:
        if key not in self.boxes:
            self.boxes[key] = shapes.box(kind, title)
            lane.append(key)
            self._marks[key] = kind
        return key

    def _arrow(self, source: str, target: Key, ways: list[Transition]) -> None:
        definition = self._definition
        spoken = [way for way in ways if way.trigger != "skip"] or ways
        shown = list(dict.fromkeys(filter(None, (words.label(definition, way) for way in spoken))))
        whole = list(dict.fromkeys(filter(None, (words.label(definition, way, 400) for way in spoken))))
        if any(not words.label(definition, way) for way in spoken):
            shown = []
        label = words.cut(" or ".join(shown), 40)
        self._add(Arrow(source, target, label), tuple(way.trigger for way in ways), " or ".join(whole))

    def _add(self, arrow: Arrow, triggers: tuple[str, ...], title: str) -> None:
        self.arrows.append(arrow)
        self.triggers.append(triggers)
        self.titles.append(title)

    def target_of(self, key: Key) -> str:
        """Return the target in the definition's words: a step, `leave`, `fail` or `rollback`."""
        if key == JOIN:
            return LEAVE
        return key[1:] if is_exit(key) else self._marks.get(key, key)

    def place(self) -> dict[Key, Spot]:
        """Give every node its cell, one lane below the other."""
        spots: dict[Key, Spot] = {}
        rows = lines = 0
        for lane in self.lanes:
            keys = set(lane)
            ways: dict[Key, list[Key]] = {}
            main: dict[Key, list[Key]] = {}
            for arrow, triggers in zip(self.arrows, self.triggers, strict=True):
                if arrow.target in keys:
                    ways.setdefault(arrow.source, []).append(arrow.target)
                    if any(trigger.partition(":")[0] not in _SIDE_TRIGGERS for trigger in triggers):
                        main.setdefault(arrow.source, []).append(arrow.target)
            below = {key: owner for key, owner in self.below.items() if key in keys}
            found = placing.place(lane, ways, main, self.goals & keys, below, self._wrap)
            spots |= {key: Spot(rows + spot.row, spot.column, lines + spot.line) for key, spot in found.items()}
            rows = max((spot.row for spot in spots.values()), default=-1) + 1
            lines = max((spot.line for spot in spots.values()), default=-1) + 1
        return spots

    def axis(self, spots: Mapping[Key, Spot]) -> int:
        """Return the row at which arrows meet the frame: the first one of the lane in the middle."""
        lanes = [lane for lane in self.lanes if lane]
        return min((spots[key].row for key in lanes[(len(lanes) - 1) // 2]), default=0) if lanes else 0

    def _wrap(self, column: Mapping[Key, int]) -> Callable[[int], tuple[int, int]]:
        """Fold the columns into lines: one where they fit, else about as many on each.

        An end mark alone does not begin a line: it stands behind the last one. Where a region stands among them a
        line ends before it would be too wide.
        """
        whole = max(column.values(), default=0) + 1
        room = [0.0] * whole
        for key, at in column.items():
            room[at] = max(room[at], self.boxes[key].room)
        gap = [40.0] * whole
        for arrow in self.arrows:
            begin, end = column.get(arrow.source), column.get(arrow.target)
            if begin is not None and end == begin + 1:
                gap[begin] = max(gap[begin], words.width(arrow.label, shapes.NOTE) + 44)
        is_mark = all(self.boxes[key].w < SMALL for key, at in column.items() if at == whole - 1)
        last = whole - 1 if is_mark and whole > 2 else whole
        if any(self.boxes[key].is_frame for key in column):
            return _fold(_broken([room[at] + gap[at] for at in range(last)], self._widest), last)
        count = next(
            (count for count in range(min(last, 20), 1, -1) if self._width(count, room[:last], gap) <= self._widest),
            1,
        )
        count = -(-last // -(-last // count))
        return _fold(list(range(0, last, count)), last)

    @staticmethod
    def _width(count: int, room: Sequence[float], gap: Sequence[float]) -> float:
        """Return how wide the drawing is with so many columns on a line."""
        whole = len(room)
        return sum(max(room[at] + gap[at] for at in range(first, whole, count)) for first in range(count))


def _broken(sizes: Sequence[float], widest: float) -> list[int]:
    """Return where lines begin when these sizes are set one after the other, none wider than so much if it can be."""
    begins, used = [0], 0.0
    for at, size in enumerate(sizes):
        if used and used + size > widest:
            begins.append(at)
            used = 0.0
        used += size
    return begins


def _fold(begins: Sequence[int], last: int) -> Callable[[int], tuple[int, int]]:
    """Return a function from a column to its line and its place there; what is at `last` or later is not broken off."""

    def place(at: int) -> tuple[int, int]:
        line = sum(begin <= min(at, last - 1) for begin in begins) - 1
        return line, at - begins[line]

    return place
