"""The definition as boxes and arrows: marks get boxes of their own, transitions to one target share an arrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.definition import FAIL, LEAVE, ROLLBACK, Definition, EndSpec, StepSpec, Transition
from engine.diagrams import shapes, words
from engine.diagrams.placing import Key
from engine.diagrams.sheet import Arrow

WIDEST = 1180.0
"""Up to here the steps stand in one line; then the line is wrapped."""

SMALL = 30.0
"""Narrower nodes are marks."""

_SIDE_TRIGGERS = frozenset({"reject", "return", "error", "rung", "skip"})


def _kind(step: StepSpec) -> str:
    return FAIL if isinstance(step.does, EndSpec) and step.does.status == "failed" else step.kind


class Graph:
    """The definition as boxes and arrows: marks get boxes of their own, transitions to one target one arrow."""

    def __init__(self, definition: Definition) -> None:
        self.boxes: dict[Key, shapes.Box] = {
            step.id: shapes.box(_kind(step), step.title or step.id) for step in definition.steps.values()
        }
        reading = [step for steps in definition.lists.values() for step in steps]
        self.order: list[Key] = list(dict.fromkeys([*reading, *definition.steps]))
        first = definition.target("", "start")
        if first in self.boxes:
            self.order.remove(first)
            self.order.insert(0, first)
        self.below: dict[Key, Key] = {}
        self.arrows: list[Arrow] = []
        self.triggers: list[tuple[str, ...]] = []
        self.titles: list[str] = []
        self._marks: dict[Key, str] = {}
        grouped: dict[tuple[str, Key], list[Transition]] = {}
        for way in definition.transitions:
            if way.trigger == "skip" and definition.steps[way.source].when is None:
                continue  # only an operator skips this step, and operators' acts are not drawn
            grouped.setdefault((way.source, self._node(way)), []).append(way)
        for (source, target), ways in grouped.items():
            self._arrow(definition, source, target, ways)
        self.ways: dict[Key, list[Key]] = {}
        self.main: dict[Key, list[Key]] = {}
        for arrow in self.arrows:
            self.ways.setdefault(arrow.source, []).append(arrow.target)
        for arrow, triggers in zip(self.arrows, self.triggers, strict=True):
            if any(trigger.partition(":")[0] not in _SIDE_TRIGGERS for trigger in triggers):
                self.main.setdefault(arrow.source, []).append(arrow.target)

    @property
    def goals(self) -> frozenset[Key]:
        """The ends that complete the run."""
        return frozenset(key for key, shape in self.boxes.items() if shape.kind in ("end", LEAVE))

    def _node(self, way: Transition) -> Key:
        """Return the node this way ends at; the marks come into being here."""
        if way.target in self.boxes and way.target not in self._marks:
            return way.target
        if way.target == LEAVE:
            return self._mark(LEAVE, LEAVE, "Completed")
        kind, title = (FAIL, "Failed") if way.target == FAIL else (ROLLBACK, "Rolled back")
        key = f"{way.target}:{way.source}"
        if way.source:
            self.below[key] = way.source
        return self._mark(key, kind, title)

    def _mark(self, key: Key, kind: str, title: str) -> Key:
        if key not in self.boxes:
            self.boxes[key] = shapes.box(kind, title)
            self.order.append(key)
            self._marks[key] = kind
        return key

    def _arrow(self, definition: Definition, source: str, target: Key, ways: list[Transition]) -> None:
        spoken = [way for way in ways if way.trigger != "skip"] or ways
        shown = list(dict.fromkeys(filter(None, (words.label(definition, way) for way in spoken))))
        whole = list(dict.fromkeys(filter(None, (words.label(definition, way, 400) for way in spoken))))
        if any(not words.label(definition, way) for way in spoken):
            shown = []
        self.arrows.append(Arrow(source, target, words.cut(" or ".join(shown), 40)))
        self.triggers.append(tuple(way.trigger for way in ways))
        self.titles.append(" or ".join(whole))

    def target_of(self, key: Key) -> str:
        return self._marks.get(key, key)

    def wrap(self, column: Mapping[Key, int]) -> Callable[[int], tuple[int, int]]:
        """Fold the columns into lines: one where they fit, else about as many on each.

        An end mark alone does not begin a line: it stands behind the last one.
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
        count = next(
            (count for count in range(min(last, 20), 1, -1) if self._width(count, room[:last], gap) <= WIDEST), 1
        )
        count = -(-last // -(-last // count))

        def place(at: int) -> tuple[int, int]:
            if at == last:
                line, before = divmod(at - 1, count)
                return (line, before + 1)
            return divmod(at, count)

        return place

    @staticmethod
    def _width(count: int, room: Sequence[float], gap: Sequence[float]) -> float:
        """Return how wide the drawing is with so many columns on a line."""
        whole = len(room)
        return sum(max(room[at] + gap[at] for at in range(first, whole, count)) for first in range(count))
