"""What is proven of a decision table: no gap, no overlap that matters, no rule that can never hit (row 5).

Every column is cut at the values that its cells name; of each piece one value stands for all, and whether it fits a
cell is asked as a run asks. So a rule is a box of pieces, and the rest is `covering`. Whole numbers, dates and
durations are discrete, numbers dense; `min`, `max` and `options` of a column bound it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine import values
from engine.expressions import Node, constant
from engine.fieldspec import FieldSpec
from engine.proofs import domains
from engine.tables import cells
from engine.tables.covering import Box, Boxes, Patience, TooMany, is_empty, meets
from engine.tables.table import SINGLE, Cell, Table

Report = Callable[[str, tuple[str | int, ...], str, str], None]
"""Takes a code, a path of the document, a message and a hint."""

#: A rule over lists is several boxes; so many of them may a table have.
MOST_BOXES = 3_000
_ABSENT, _PRESENT = 1, 2


def prove(table: Table, trees: Mapping[str, Node], report: Report) -> None:
    """Report what is wrong with the table. `trees` are the outputs' expressions by their source."""
    try:
        space = _Space(table)
    except TooMany:
        if table.hit in SINGLE:
            _report_too_many(table, report)
        return
    patience = Patience()
    if table.hit in SINGLE:
        _prove_no_gap(table, space, patience, report)
    if table.hit in ("unique", "any"):
        _prove_no_overlap(table, space, trees, report)
    for number in range(len(table.rules)):
        _prove_alive(table, space, trees, number, patience, report)


@dataclass(frozen=True)
class _Column:
    """One dimension: a column, or of a list column whether it holds `item`. `pieces` as `domains.pieces` has them."""

    spec: FieldSpec
    domain: domains.Domain
    pieces: tuple[Any, ...]
    item: str = ""

    @property
    def whole(self) -> int:
        return (1 << len(self.pieces)) - 1

    @cached_property
    def measures(self) -> tuple[Any, ...]:
        return tuple(cells.measure(plain) for _, plain in self.pieces)

    def mask(self, cell: Cell | None) -> int:
        if cell is None:
            return self.whole
        fits = cells.fitting(cell)
        return sum(1 << at for at, plain in enumerate(self.measures) if fits(plain))


class _Space:
    """The columns of a table as dimensions, and its rules as boxes."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = [column for spec in table.inputs for column in _columns(table, spec)]
        self.whole: Box = tuple(column.whole for column in self.columns)
        self.boxes: list[list[Box]] = []
        count = 0
        for number in range(len(table.rules)):
            self.boxes.append(self._boxes(number))
            count += len(self.boxes[-1])
            if count > MOST_BOXES:
                raise TooMany
        self.index = Boxes([box for boxes in self.boxes for box in boxes], self.whole)
        self.numbers = [number for number, boxes in enumerate(self.boxes) for _ in boxes]

    def _boxes(self, number: int) -> list[Box]:
        """Return the boxes of a rule: more than one where a cell asks whether a list holds one of several."""
        rule = self.table.rules[number]
        ways: list[list[Box]] = []
        for spec in self.table.inputs:
            mine = [column for column in self.columns if column.spec is spec]
            cell = rule.cells.get(spec.name)
            if spec.type != "list":
                ways.append([(mine[0].mask(cell),)])
            else:
                ways.append(_of_list(mine, cell))
            size = 1
            for way in ways:
                size *= len(way)
            if size > MOST_BOXES:
                raise TooMany
        return [tuple(itertools.chain.from_iterable(parts)) for parts in itertools.product(*ways)]

    def uncovered(self, rules: Sequence[int], within: Box, patience: Patience) -> Box | None:
        """Return a point of `within` that none of these rules covers. Raises `TooMany`."""
        wanted = {*rules}
        chosen = sum(1 << at for at, number in enumerate(self.numbers) if number in wanted)
        return self.index.uncovered(chosen, within, patience)

    def say(self, point: Box) -> str:
        """Write one input at this point: `score = 3 and region = 'eu'`."""
        said, lists = [], dict[str, list[str]]()
        for column, mask in zip(self.columns, point, strict=True):
            piece = column.pieces[(mask & -mask).bit_length() - 1]
            name = column.spec.name
            if column.spec.type == "list":
                if name not in lists:
                    said.append(name)
                lists.setdefault(name, []).extend([f"'{column.item}'"] if piece[1] and column.item else [])
            else:
                said.append(domains.say((name,), piece, column.domain))
        said = [f"{part} = [{', '.join(lists[part])}]" if part in lists else part for part in said]
        *most, last = said or ["any input"]
        return f"{', '.join(most)} and {last}" if most else last


def _columns(table: Table, spec: FieldSpec) -> list[_Column]:
    named = [cell for rule in table.rules if (cell := rule.cells.get(spec.name)) is not None]
    constants = [end for cell in named for end in cells.ends(cell)]
    if spec.type == "list":
        held = domains.Domain("bool")
        items = sorted({str(item) for item in constants}) or [""]
        return [_Column(spec, held, (("bool", False), ("bool", True)), item) for item in items]
    domain = domains.of_field(spec)
    assert domain is not None
    tagged = [value for end in constants if (value := domains.as_value(end)) is not None]
    return [_Column(spec, domain, tuple(domains.pieces(domain, tagged, is_ordered=False)))]


def _of_list(columns: Sequence[_Column], cell: Cell | None) -> list[Box]:
    """Return the boxes of a cell over a list: none of the named in it, or at least this one of them."""
    both = _ABSENT | _PRESENT
    if cell is None:
        return [(both,) * len(columns)]
    named = {str(values.decode(span.low)) for span in cell.spans}
    if cell.negated:
        return [tuple(_ABSENT if column.item in named else both for column in columns)]
    return [
        tuple(_PRESENT if column.item == item else both for column in columns) for item in dict.fromkeys(sorted(named))
    ]


def _report_too_many(table: Table, report: Report) -> None:
    report(
        "gap",
        ("rules",),
        f"That the rules of `{table.decision}` cover every input could not be proven: there are too many cases.",
        "Cut the table in two, or use `hit: first` with a last rule without conditions.",
    )


def _prove_no_gap(table: Table, space: _Space, patience: Patience, report: Report) -> None:
    try:
        gap = space.uncovered(range(len(table.rules)), space.whole, patience)
    except TooMany:
        _report_too_many(table, report)
        return
    if gap is not None:
        hint = "Add a rule for it" + (", or a last rule without conditions." if table.hit == "first" else ".")
        report("gap", ("rules",), f"No rule covers, for example, {space.say(gap)}.", hint)


def _prove_no_overlap(table: Table, space: _Space, trees: Mapping[str, Node], report: Report) -> None:
    """Report for each rule the first one before it that it overlaps, under `any` with another outcome."""
    for later in range(1, len(table.rules)):
        for earlier in range(later):
            differing = _differing(table, trees, earlier, later) if table.hit == "any" else ""
            if table.hit == "any" and not differing:
                continue
            pair = next(
                ((one, other) for one in space.boxes[earlier] for other in space.boxes[later] if meets(one, other)),
                None,
            )
            if pair is None:
                continue
            point = tuple(mine & theirs for mine, theirs in zip(*pair, strict=True))
            also = f", and need not agree on `{differing}`" if differing else ""
            hint = "Make one of them narrower" + (
                ", or let both give the same." if differing else ", or write `hit: first` where the first shall win."
            )
            message = f"Rule {later + 1} and rule {earlier + 1} both cover, for example, {space.say(point)}{also}."
            report("overlap", ("rules", later), message, hint)
            break


def _differing(table: Table, trees: Mapping[str, Node], one: int, other: int) -> str:
    """Return the first output in which two rules are not certain to agree, or an empty text."""
    for spec in table.outputs:
        mine, theirs = (table.rules[number].then[spec.name] for number in (one, other))
        if mine.split() != theirs.split() and not _agree(trees[mine], trees[theirs]):
            return spec.name
    return ""


def _agree(one: Node, other: Node) -> bool:
    mine, theirs = constant(one), constant(other)
    return one == other or (mine[0] and theirs[0] and type(mine[1]) is type(theirs[1]) and mine[1] == theirs[1])


def _prove_alive(
    table: Table, space: _Space, trees: Mapping[str, Node], number: int, patience: Patience, report: Report
) -> None:
    mine = [box for box in space.boxes[number] if not is_empty(box)]
    path = ("rules", number)
    if not mine:
        hint = "Correct its conditions, or remove the rule."
        report("dead-rule", path, f"Rule {number + 1} can never hit: no input fits its conditions.", hint)
        return
    stronger = _stronger(table, trees, number)
    if not stronger:
        return
    try:
        if any(space.uncovered(stronger, box, patience) is not None for box in mine):
            return
        alone = next((other for other in stronger if _covers(space, other, mine, patience)), None)
    except TooMany:
        return
    if alone is not None:
        why = f"rule {alone + 1}, which goes before it, covers all that it does"
    else:
        why = "the rules that go before it cover all that it does"
    hint = (
        "Move it up, or remove it."
        if table.hit == "first"
        else "Let it give something that matters more, or remove it."
    )
    report("dead-rule", path, f"Rule {number + 1} can never hit: {why}.", hint)


def _covers(space: _Space, rule: int, boxes: Sequence[Box], patience: Patience) -> bool:
    return all(space.uncovered([rule], box, patience) is None for box in boxes)


def _stronger(table: Table, trees: Mapping[str, Node], number: int) -> list[int]:
    """Return the rules that win whenever they fit beside this one."""
    if table.hit == "first":
        return list(range(number))
    if table.hit != "priority":
        return []
    mine = _rank(table, trees, number)
    ranks = {other: _rank(table, trees, other) for other in range(len(table.rules))}
    return [other for other, rank in ranks.items() if mine is not None and rank is not None and rank < mine]


def _rank(table: Table, trees: Mapping[str, Node], number: int) -> tuple[int, ...] | None:
    """Return the priority of what a rule gives, None where only a run can tell."""
    found = []
    for spec in table.outputs:
        if spec.options:
            is_constant, value = constant(trees[table.rules[number].then[spec.name]])
            if not is_constant or value not in spec.options:
                return None
            found.append(spec.options.index(value))
    return tuple(found)
