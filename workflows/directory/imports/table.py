"""A CSV file as rows with named cells. The first row names the columns; which they are says what the table is of."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.problems import did_you_mean
from workflows.sheets import SheetError
from workflows.sheets.csv import read as read_csv

Of = Literal["people", "units"]

#: The columns of each table; the first one says whom or what a line is about, and no line goes without it.
COLUMNS: Mapping[Of, tuple[str, ...]] = {
    "people": ("username", "first_name", "last_name", "email", "job_title", "time_zone", "groups", "parts"),
    "units": ("unit", "title", "kind", "parent", "calendar"),
}
#: More people than an organisation has, in one transaction that keeps others waiting for seconds.
MOST_LINES, MOST_BYTES = 10_000, 2_000_000


@dataclass(frozen=True)
class Row:
    """`number` is that of the line in a spreadsheet, where the first row is 1. Empty cells are left out."""

    number: int
    cells: Mapping[str, str]
    trouble: str = ""


@dataclass(frozen=True)
class Table:
    of: Of
    rows: tuple[Row, ...]


def read(raw: bytes) -> Table:
    """Read a table of people or of units. Raises `SheetError`."""
    if len(raw) > MOST_BYTES:
        raise SheetError(f"The table is larger than {MOST_BYTES // 1_000_000} MB: import it in parts.")
    rows = [[cell.strip() for cell in row] for row in read_csv(raw, 2 * MOST_LINES)]
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    if not filled:
        raise SheetError("There is nothing in it.")
    (_, head), *lines = filled
    of, names = _columns(head)
    if not lines:
        raise SheetError("There is nothing below the names of the columns.")
    if len(lines) > MOST_LINES:
        raise SheetError(f"There are {len(lines):,} lines, and at most {MOST_LINES:,} at once: import it in parts.")
    return Table(of, tuple(_row(number, names, row) for number, row in lines))


def _columns(head: list[str]) -> tuple[Of, list[str]]:
    names = [name.lower().replace(" ", "_").replace("-", "_").replace("e_mail", "email") for name in head]
    while names and not names[-1]:
        names.pop()
    of: Of | None = next((of for of, (first, *_) in COLUMNS.items() if first in names), None)
    if of is None:
        found = ", ".join(f"`{name}`" for name in head if name) or "nothing"
        raise SheetError(
            "The first row names the columns: `username` and others of people, or `unit` and others of units. "
            f"It says {found[:200]}."
        )
    for nth, name in enumerate(names):
        if not name:
            raise SheetError(f"Column {nth + 1} has no name.")
        if name in names[:nth]:
            raise SheetError(f"Two columns are called `{name}`.")
        if name not in COLUMNS[of]:
            hint = did_you_mean(name, COLUMNS[of]) or f"There are {', '.join(COLUMNS[of])}."
            raise SheetError(f"No column of {of} is called `{name[:60]}`. {hint}")
    return of, names


def _row(number: int, names: list[str], row: list[str]) -> Row:
    cells = {name: cell for name, cell in zip(names, row, strict=False) if cell}
    if any(row[len(names) :]):
        return Row(number, cells, "It has more cells than there are columns: put quotes around texts with commas.")
    for name, cell in cells.items():
        if any(unicodedata.category(letter) == "Cc" for letter in cell):
            return Row(number, cells, f"`{name}` holds a line break, or something else that cannot be seen.")
    return Row(number, cells)
