"""Rows in a CSV file.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a return for a formula: such a text gets a `'`
in front when it is written, and loses it when it is read. One more `'` keeps texts apart that had one before.
"""

from __future__ import annotations

import csv
import io
import re

from workflows.sheets import MOST_COLUMNS, MOST_ROWS, MOST_TEXT, SheetError

MOST_BYTES = 2_000_000
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def write(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([guarded(text) for text in row] for row in rows)
    return out.getvalue()


def read(raw: bytes, most_rows: int = MOST_ROWS) -> list[list[str]]:
    """Read the rows of a file, with commas or semicolons between its cells. Raises `SheetError`."""
    if len(raw) > MOST_BYTES:
        raise SheetError(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetError("The file is not UTF-8 text: save it as “CSV UTF-8”.") from None
    first = text.lstrip().split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if len(found) >= most_rows:
                raise SheetError(f"The table has more than {most_rows:,} rows.")
            if len(row) > MOST_COLUMNS:
                raise SheetError(f"Row {len(found) + 1} has more than {MOST_COLUMNS} cells.")
            if any(len(cell) > MOST_TEXT for cell in row):
                raise SheetError(f"A cell of row {len(found) + 1} has more than {MOST_TEXT:,} characters.")
            found.append([bare(cell) for cell in row])
    except csv.Error as error:
        raise SheetError(f"Row {len(found) + 1} is not CSV: {error}.") from None
    return found


def guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def bare(text: str) -> str:
    return text[1:] if _GUARDED.match(text) else text
