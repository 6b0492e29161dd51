"""`manage.py rehearse FILE…`: play scenarios on a virtual clock and say which hold."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engine.rehearsal import Failure, Rehearsed
from workflows import reports, scenarios
from workflows.management.reading import read


class Command(BaseCommand):
    help = "Rehearse scenarios, from files or folders. Exits 1 when one fails."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="Scenario files, or folders of them.")

    def handle(self, *, files: list[Path], **options: Any) -> None:
        passed = failed = 0
        for file in _scenario_files(files):
            source = read(file)
            for rehearsed in scenarios.rehearse_text(source, file):
                if rehearsed.problems or rehearsed.failures:
                    failed += 1
                    self._explain(rehearsed, source)
                else:
                    passed += 1
        self.stdout.write(f"{passed} passed, {failed} failed")
        if failed:
            sys.exit(1)

    def _explain(self, rehearsed: Rehearsed, source: str) -> None:
        self.stdout.write(f"FAILED {rehearsed.file}: {rehearsed.name}")
        for problem in rehearsed.problems:
            for line in reports.problem_lines(problem, source if problem.file in ("", rehearsed.file) else ""):
                self.stdout.write(line)
        for failure in rehearsed.failures:
            for line in _failure_lines(failure, rehearsed.file, source):
                self.stdout.write(line)


def _failure_lines(failure: Failure, file: str, source: str) -> list[str]:
    place = failure.place
    lines = [f"{file}:{place.line}:{place.column}: {failure.message}"]
    if 0 < place.line <= len(source.splitlines()):
        lines.append(f"{place.line:6} | {source.splitlines()[place.line - 1]}")
    if failure.expected is not None or failure.found is not None:
        lines += [f"         expected: {failure.expected}", f"         found:    {failure.found}"]
    return lines


def _scenario_files(named: list[Path]) -> list[Path]:
    files = [file for path in named for file in (scenarios.files_in(path) if path.is_dir() else [path])]
    if not files:
        raise CommandError("No scenario files there: their first key is `scenario` or `scenarios`.")
    return files
