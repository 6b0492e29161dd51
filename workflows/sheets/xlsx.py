"""Rows in an XLSX file, every cell a text.

What comes from outside is measured before it is opened: how many parts, how large they say they are, how large they
turn out to be, and no part that defines entities. Then it is read row by row, within the caps.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import date, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from engine import durations
from workflows.sheets import MOST_COLUMNS, MOST_ROWS, MOST_TEXT, SheetError

MOST_BYTES, MOST_PARTS, MOST_UNPACKED, MOST_RATIO = 10_000_000, 200, 50_000_000, 100
_SMALL = 100_000
"""A part of so many bytes may be packed as tightly as it likes: only what it adds up to counts."""
_CHUNK = 65_536
_ENTITIES = (b"<!DOCTYPE", b"<!ENTITY")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def write(rows: list[list[str]]) -> bytes:
    """Return a workbook of one sheet; no cell of it is a formula, whatever it begins with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("decision")
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type, cell.number_format = "s", "@"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(raw: bytes) -> list[list[str]]:
    """Read the first sheet. Raises `SheetError`."""
    measure(raw)
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        found: list[list[str]] = []
        for number, row in enumerate(sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS + 1), 1):
            found.append([_text(cell, number) for cell in row])
            if number > MOST_ROWS and any(found[-1]):
                raise SheetError(f"The table has more than {MOST_ROWS:,} rows.")
            if any(found[-1][MOST_COLUMNS:]):
                raise SheetError(f"Row {number} has more than {MOST_COLUMNS} cells.")
    except (InvalidFileException, KeyError, IndexError, ValueError, TypeError, AttributeError, ParseError) as error:
        raise SheetError(f"This is not a workbook that can be read: {type(error).__name__}.") from None
    while found and not any(found[-1]):
        found.pop()
    width = max((at + 1 for row in found for at, text in enumerate(row) if text), default=0)
    return [row[:width] for row in found]


def measure(raw: bytes) -> None:
    """Look at the parts of the file without keeping any. Raises `SheetError` for one that is no harmless workbook."""
    if len(raw) > MOST_BYTES:
        raise SheetError(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            told = parts.infolist()
            if len(told) > MOST_PARTS:
                raise SheetError(f"The file has more than {MOST_PARTS} parts.")
            if sum(part.file_size for part in told) > MOST_UNPACKED:
                raise SheetError(f"Unpacked the file is larger than {MOST_UNPACKED // 1_000_000} MB.")
            if any(part.file_size > max(_SMALL, MOST_RATIO * part.compress_size) for part in told):
                raise SheetError(f"A part of the file is packed more than {MOST_RATIO} times smaller than it is.")
            unpacked = 0
            for part in told:
                unpacked += _unpacked(parts, part, MOST_UNPACKED - unpacked)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError):
        raise SheetError("This is not an XLSX file, or it is damaged.") from None


def _unpacked(parts: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> int:
    """Unpack a part and count its bytes: what it says of its size need not be so."""
    count, before = 0, b""
    with parts.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if not count and chunk[:2] in _WIDE and part.filename.endswith((".xml", ".rels")):
                raise SheetError("A part of the file is not written in UTF-8.")
            seen = before + chunk
            if any(word in seen for word in _ENTITIES):
                raise SheetError("The file defines entities, which no workbook needs.")
            before = chunk[-len(_ENTITIES[0]) :]
            count += len(chunk)
            if count > most:
                raise SheetError(f"Unpacked the file is larger than {MOST_UNPACKED // 1_000_000} MB.")
    return count


def _text(cell: Any, row: int) -> str:
    """Return what stands in a cell, as somebody would type it."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise SheetError(f"Row {row} holds a formula: write its value instead.")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return durations.write(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = str(value)
    if len(text) > MOST_TEXT:
        raise SheetError(f"A cell of row {row} has more than {MOST_TEXT:,} characters.")
    return text
