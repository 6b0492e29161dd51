"""Decisions out to spreadsheets and back; what comes from outside is measured before it is opened."""

from __future__ import annotations

import csv as plain_csv
import io
import struct
import time
import zipfile
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError
from hypothesis import given
from hypothesis import strategies as st

from engine.compiler import compile_text
from tests.engine.expected import FOLDER
from tests.workflows.test_commands import run
from workflows import shipped
from workflows.sheets import MOST_ROWS, SheetError, csv, grid, xlsx

TEXTS = {
    "shipped": (shipped.FOLDER / "change-risk" / "change-risk.yaml").read_text(),
    "every kind": (FOLDER / "clean" / "decisions-of-every-kind.yaml").read_text(),
    "formulas": (
        "decision: odd\ntitle: '=1+1'\ninputs: {n: integer, t: text, d: {type: date, min: 2026-03-02}}\n"
        "outputs: {out: integer, say: text}\nhit: first\nrules:\n"
        "  - {n: '= -5', t: \"'@home', '=x'\", then: {out: -5, say: \"'+1'\"}}\n"
        "  - {n: -7, t: '@home', then: {out: '-inputs.n', say: \"'@'\"}}\n"
        "  - {then: {out: 0, say: \"'-'\"}}\n"
    ),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_out_and_in_again_it_is_the_same_table(text: str, kind: str) -> None:
    table = compile_text(text).table
    assert table is not None, compile_text(text).problems
    rows = grid.rows(table)
    back = csv.read(csv.write(rows).encode("utf-8-sig")) if kind == "csv" else xlsx.read(xlsx.write(rows))

    again = compile_text(grid.source(back))

    assert again.ok, again.problems
    assert again.table == table


@given(st.text(alphabet="'=+-@\t\rab,;\"\n ", max_size=12))
def test_no_cell_of_a_csv_file_is_a_formula(text: str) -> None:
    (row,) = plain_csv.reader(io.StringIO(csv.write([["x", text]]), newline=""))

    assert not row[1].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert csv.bare(row[1]) == text


def test_every_cell_of_a_workbook_is_a_text() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx.write([["=1+1", "@x", "+1", "-1", "7", "text"]])))

    (cells,) = list(book.worksheets[0].iter_rows())
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert [cell.value for cell in cells] == ["=1+1", "@x", "+1", "-1", "7", "text"]


def test_what_a_spreadsheet_made_of_values_is_read_as_typed() -> None:
    book = openpyxl.Workbook()
    book.active.append([5, 2.5, 3.0, True, date(2026, 3, 2), timedelta(minutes=90), None, "eu"])
    out = io.BytesIO()
    book.save(out)

    assert xlsx.read(out.getvalue()) == [["5", "2.5", "3", "true", "2026-03-02", "1h30m", "", "eu"]]


def test_semicolons_are_read_as_well() -> None:
    assert csv.read(b"decision;risk\r\nhit;first\r\n") == [["decision", "risk"], ["hit", "first"]]


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def lying() -> bytes:
    """A part that says it holds ten bytes, and holds thirty million."""
    raw = bytearray(zipped({"xl/workbook.xml": b"a" * 30_000_000}))
    size = struct.pack("<L", 30_000_000)
    while (at := raw.find(size)) >= 0:
        raw[at : at + 4] = struct.pack("<L", 10)
    return bytes(raw)


def sparse() -> bytes:
    """A sheet of one cell in the last row and column there can be."""
    book = openpyxl.Workbook()
    book.active.cell(row=1_048_576, column=16_384, value="x")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def formula() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["decision", "=1+1"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (zipped({"xl/workbook.xml": b"a" * 60_000_000}), "Unpacked the file is larger"),
        (zipped({"xl/workbook.xml": b"a" * 40_000_000}), "packed more than 100 times"),
        (zipped({f"part{number}": b"a" for number in range(201)}), "more than 200 parts"),
        (zipped({"inner.zip": zipped({"x": b"a" * 40_000_000})}), "not a workbook"),
        (lying(), "damaged"),
        (zipped({"xl/workbook.xml": ENTITIES}), "defines entities"),
        (zipped({"xl/workbook.xml": ENTITIES.decode().encode("utf-16")}), "not written in UTF-8"),
        (b"decision,risk", "not an XLSX file"),
        (b"PK\x03\x04" + b"\0" * 100, "not an XLSX file"),
        (b"a" * 10_000_001, "larger than 10 MB"),
        (formula(), "holds a formula"),
    ],
    ids=["bomb", "ratio", "parts", "nested", "lie", "entities", "wide", "text", "torn", "large", "formula"],
)
def test_a_workbook_that_is_none_is_refused_quickly(raw: bytes, says: str) -> None:
    started = time.process_time()
    with pytest.raises(SheetError, match=says):
        xlsx.read(raw)
    assert time.process_time() - started < 1


def test_a_sheet_that_is_nearly_endless_is_read_up_to_its_caps() -> None:
    started = time.process_time()
    assert xlsx.read(sparse()) == []
    assert time.process_time() - started < 1


def test_too_many_rows_are_told() -> None:
    rows = [["x"]] * (MOST_ROWS + 1)
    for read, raw in ((xlsx.read, xlsx.write(rows)), (csv.read, csv.write(rows).encode())):
        with pytest.raises(SheetError, match="more than 1,020 rows"):
            read(raw)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hit,first\n", "no row `type`"),
        ("decision,x\ntype,integer\n", "no row `column`"),
        ("decision,x\ncolumn,input,answer\nname,n,out\ntype,integer,integer\n", "Column 3 is neither"),
        ('decision,x\ncolumn,input\nname,n\ntype,"{type: integer"\nrule,1\n', "type of `n` cannot be read"),
        ("decision,x\ncolumn,input\nname,n\ntype,integer\nrule,1,2\n", "Row 5 has more cells"),
        ("decision,x\ndecision,y\n", "Row 2 begins with `decision`"),
        ("column,input\nname,n\ntype,integer\nrule,1\n", "which decision this is"),
        ('decision,"x\n', "is not CSV"),
    ],
)
def test_rows_that_are_no_decision(text: str, says: str) -> None:
    with pytest.raises(SheetError, match=says):
        grid.source(csv.read(text.encode()))


def test_what_stands_in_a_cell_stays_in_its_cell() -> None:
    """A text cannot break out of its place in the YAML."""
    evil = "integer}\nrules: []\n#"
    rows = [["decision", "x"], ["title", "a: b\n- c"], ["column", "input"], ["name", "n"], ["type", evil], ["r", "1"]]
    with pytest.raises(SheetError, match="cannot be read"):
        grid.source(rows)
    rows[4][1] = '{type: integer, title: "x}, evil: {y"}'
    found = compile_text(grid.source(rows))
    assert {problem.code for problem in found.problems} == {"bad-value"}


class TestCommand:
    def test_out_and_in(self, tmp_path: Path) -> None:
        source, sheet, back = (tmp_path / name for name in ("risk.yaml", "risk.xlsx", "back.yaml"))
        source.write_text(TEXTS["shipped"])

        assert run("decision", "export", str(source), "--to", str(sheet))[0] == 0
        assert run("decision", "import", str(sheet), "--to", str(back)) == (0, "", "")
        assert compile_text(back.read_text()).table == compile_text(TEXTS["shipped"]).table

    def test_without_a_file_it_goes_to_the_screen(self, tmp_path: Path) -> None:
        source, sheet = tmp_path / "risk.yaml", tmp_path / "risk.csv"
        source.write_text(TEXTS["shipped"])

        _, out, _ = run("decision", "export", str(source))
        assert out.startswith("decision,change-risk,")
        sheet.write_text(out, newline="")
        code, out, err = run("decision", "import", str(sheet))
        assert (code, out.splitlines()[0], err) == (0, "decision: change-risk", "")

    def test_what_is_imported_is_proven(self, tmp_path: Path) -> None:
        sheet = tmp_path / "risk.csv"
        sheet.write_text("decision,risk\ncolumn,input,output\nname,n,out\ntype,integer,integer\nrule 1,> 3,1\n")

        code, _, err = run("decision", "import", str(sheet))

        assert code == 1
        assert "error gap: No rule covers, for example, n = " in err

    def test_what_is_no_spreadsheet_is_a_sentence(self, tmp_path: Path) -> None:
        sheet = tmp_path / "risk.xlsx"
        sheet.write_text("nothing")
        with pytest.raises(CommandError, match=r"risk\.xlsx: This is not an XLSX file, or it is damaged\."):
            run("decision", "import", str(sheet))
        with pytest.raises(CommandError, match=r"ends in \.csv or \.xlsx"):
            run("decision", "import", str(tmp_path / "risk.ods"))

    def test_a_playbook_is_no_table(self, tmp_path: Path) -> None:
        source = tmp_path / "change.yaml"
        source.write_text((FOLDER / "clean" / "rework-loop.yaml").read_text())
        with pytest.raises(CommandError, match="only decisions are tables"):
            run("decision", "export", str(source))
