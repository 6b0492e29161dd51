"""`manage.py decision export|import FILE`: decisions as spreadsheets, CSV or XLSX, and back to YAML."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engine.compiler import compile_text
from workflows import reports
from workflows.management.reading import read, read_bytes
from workflows.sheets import SheetError, csv, grid, xlsx


class Command(BaseCommand):
    help = "Write a decision as a spreadsheet, or read one from a spreadsheet and prove it. Exits 1 with errors."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["export", "import"])
        parser.add_argument("file", metavar="FILE", type=Path, help="YAML to export; .csv or .xlsx to import.")
        parser.add_argument("--to", metavar="FILE", type=Path, help="Where to; CSV or YAML to the screen without it.")

    def handle(self, *, what: str, file: Path, to: Path | None, **options: Any) -> None:
        try:
            if what == "export":
                self._export(file, to)
            else:
                self._import(file, to)
        except SheetError as fault:
            raise CommandError(f"{file}: {fault}") from None

    def _export(self, file: Path, to: Path | None) -> None:
        source = read(file)
        compiled = compile_text(source, str(file))
        if compiled.table is None:
            if compiled.definition is not None:
                raise CommandError(f"{file}: this is a playbook; only decisions are tables.")
            self._explain(compiled, source)
            sys.exit(1)
        rows = grid.rows(compiled.table)
        if to is None:
            self.stdout.write(csv.write(rows), ending="")
        elif to.suffix == ".xlsx":
            _write(to, xlsx.write(rows))
        elif to.suffix == ".csv":
            # the mark at the beginning tells a spreadsheet that this is UTF-8
            _write(to, csv.write(rows).encode("utf-8-sig"))
        else:
            raise CommandError(f"{to}: name a file that ends in .csv or .xlsx.")

    def _import(self, file: Path, to: Path | None) -> None:
        if file.suffix not in (".csv", ".xlsx"):
            raise CommandError(f"{file}: name a file that ends in .csv or .xlsx.")
        raw = read_bytes(file)
        source = grid.source(xlsx.read(raw) if file.suffix == ".xlsx" else csv.read(raw))
        compiled = compile_text(source, str(to or file.with_suffix(".yaml")))
        if to is None:
            self.stdout.write(source, ending="")
        else:
            _write(to, source.encode())
        if compiled.problems:
            self._explain(compiled, source)
        if not compiled.ok:
            sys.exit(1)

    def _explain(self, compiled: Any, source: str) -> None:
        for line in reports.compiled_lines(compiled, source):
            self.stderr.write(line)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from None
