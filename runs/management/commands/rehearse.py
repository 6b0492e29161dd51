"""`manage.py rehearse FILE…`: play scenarios on a virtual clock and say which hold, and what none of them took."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engine.problems import Problem
from engine.rehearsal import Coverage, Failure, Rehearsed, covered, play
from runs.rehearsal import Live
from runs.rehearsal.scratch import scratch
from workflows import reports, scenarios
from workflows.management.reading import read


class Command(BaseCommand):
    """Needs no database; with `--live` it makes one of its own and throws it away."""

    help = "Rehearse scenarios, from files or folders. Exits 1 when one fails."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE", type=Path, help="Scenario files, or folders of them.")
        parser.add_argument(
            "--cover",
            nargs="?",
            const="",
            metavar="PERCENT",
            help="Say which transitions no scenario took; exit 1 where a playbook is covered below this percentage.",
        )
        parser.add_argument("--fail-under", type=float, metavar="PERCENT", help="The same as --cover PERCENT.")
        parser.add_argument(
            "--live",
            action="store_true",
            help="Play each scenario in real runs too, in a database made for it, and compare the logs.",
        )

    def handle(
        self, *, files: list[Path], cover: str | None, fail_under: float | None, live: bool, **options: Any
    ) -> None:
        files, least = _asked(files, cover, fail_under)
        self.told: set[Problem] = set()
        done: list[Rehearsed] = []
        for source, rehearsed in _rehearsed(_scenario_files(files), live):
            done.append(rehearsed)
            if not rehearsed.passed:
                self._explain(rehearsed, source)
        failed = sum(not rehearsed.passed for rehearsed in done)
        is_covered = True if least is None else self._cover(covered(done), least)
        self.stdout.write(f"{len(done) - failed} passed, {failed} failed")
        if failed or not is_covered:
            sys.exit(1)

    def _explain(self, rehearsed: Rehearsed, source: str) -> None:
        self.stdout.write(f"FAILED {rehearsed.file}: {rehearsed.name}")
        # what is wrong with a playbook is told once, not for each of its scenarios
        new = [problem for problem in rehearsed.problems if problem not in self.told]
        self.told.update(new)
        for problem in new:
            for line in reports.problem_lines(problem, source if problem.file in ("", rehearsed.file) else ""):
                self.stdout.write(line)
        for failure in rehearsed.failures:
            for line in _failure_lines(failure, rehearsed.file, source):
                self.stdout.write(line)

    def _cover(self, playbooks: list[Coverage], least: float) -> bool:
        """Say how far each playbook is covered; return whether all are far enough."""
        for one in playbooks:
            self.stdout.write(_cover_line(one, least))
            for way in one.missed:
                self.stdout.write(f"    {way.source or 'start'} —{way.trigger}→ {way.target}")
        return all(one.percent >= least for one in playbooks)


def _asked(files: list[Path], cover: str | None, fail_under: float | None) -> tuple[list[Path], float | None]:
    """Return the files and the least percentage, None where coverage is not asked for.

    A file may stand behind `--cover`, where its percentage would.
    """
    least = fail_under
    if cover is not None:
        least = least or 0.0
        try:
            least = float(cover) if cover else least
        except ValueError:
            files = [Path(cover), *files]
    if least is not None and not 0 <= least <= 100:
        raise CommandError("A percentage is a number from 0 to 100.")
    return files, least


def _rehearsed(files: list[Path], live: bool) -> Iterator[tuple[str, Rehearsed]]:
    """Play every scenario of these files, and give each with the text of its file."""
    texts = [(read(file), file) for file in files]
    ready = [(text, one) for text, file in texts for one in scenarios.prepare_text(text, file)]
    if not live:
        yield from ((text, play(one)) for text, one in ready)
        return
    with scratch() as fresh:
        for text, one in ready:
            fresh()
            yield text, play(one, Live)


def _cover_line(one: Coverage, least: float) -> str:
    """Write `purchase: 14 of 16 transitions taken, 87 %`; never 100 % where one is missing."""
    counted = len(one.counted)
    under = f", under {least:g} %" if one.percent < least else ""
    said = f"{counted - len(one.missed)} of {counted} transitions taken, {int(one.percent)} %{under}"
    return f"{one.definition.playbook}: {said}"


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
