"""The log of a run as a sheet, oldest first: every entry asked for, with who acted, for whom, what followed, hash."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.course import log
from dashboards.course.log import Line
from dashboards.course.narrowing import EVERYTHING, Narrowing
from engine.definition import Definition
from engine.machine import limits
from runs.models import Run
from workflows.sheets import csv

HEADS = ["event", "at", "kind", "by", "on_behalf_of", "on_behalf_of_name", "what", "files", "hash"]


def write(run: Run, definition: Definition, titles: Mapping[int, str], asked: Narrowing = EVERYTHING) -> str:
    """Write these entries of this run, all pages of them; no text of it is a formula."""
    read = log.read(run, definition, titles, asked, most=limits.ENTRIES, looked=limits.ENTRIES)
    lines = [line for day in read.days for line in day.lines]
    return csv.write([HEADS, *(_row(line) for line in reversed(lines))])


def _row(line: Line) -> list[str]:
    entry = line.entry
    said = [f"{one.text} “{one.quote}”" if one.quote else one.text for one in line.sentences]
    files = "; ".join(one.name for one in line.files)
    whom = [entry.actor, entry.on_behalf_of, line.behalf]
    return [str(entry.seq), entry.at.isoformat(), entry.kind, *whom, " ".join(said), files, entry.hash]
