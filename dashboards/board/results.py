"""An act on several runs, as it stands: how far it is, and what came of it for each run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count

from dashboards.board.together import ACTS, Kind
from runs import rules
from runs.bulk_acts import GONE
from runs.models import BulkAct, BulkLine, Run, Step
from workflows.models import Person

PAGE = 100
Status = BulkLine.Status
#: What the filter of the page may say, with its words.
SHOWN = {"": "All", "done": "Done", "refused": "Refused", "waiting": "Still to come"}


@dataclass(frozen=True)
class Result:
    """What came of one line. `run` is None where it is not the reader's to see any more; `step` is its title."""

    line: BulkLine
    run: Run | None
    step: str = ""
    rule: rules.Rule | None = None


@dataclass(frozen=True)
class Progress:
    """How many lines there are of each status, of those that the reader may know of."""

    done: int = 0
    refused: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        return self.done + self.refused + self.waiting

    @property
    def answered(self) -> int:
        return self.done + self.refused

    def of(self, shown: str) -> int:
        return self.total if not shown else int(getattr(self, shown))


def kind(bulk: BulkAct) -> Kind:
    return next(kind for kind in ACTS if kind.name == bulk.act)


def lines(bulk: BulkAct, person: Person):
    """Return the lines that the reader may know of: all of one's own, else those of runs that one may see."""
    if bulk.by_id == person.pk:
        return bulk.lines.order_by("pk")
    return bulk.lines.filter(run__in=Run.objects.visible_to(person)).order_by("pk")


def progress(bulk: BulkAct, person: Person) -> Progress:
    counts = lines(bulk, person).order_by().values_list("status").annotate(count=Count("pk"))
    return Progress(**{str(status): count for status, count in counts})


def page(bulk: BulkAct, person: Person, shown: str, after: int) -> tuple[tuple[Result, ...], int]:
    """Return a page of results and the key to ask for the next one with, 0 on the last. Four statements."""
    rows = lines(bulk, person).filter(pk__gt=after)
    found = list((rows.filter(status=shown) if shown else rows)[: PAGE + 1])
    more = found[PAGE - 1].pk if len(found) > PAGE else 0
    return tuple(results(found[:PAGE], person)), more


def everything(bulk: BulkAct, person: Person) -> Iterator[Result]:
    return results(list(lines(bulk, person)), person)


def results(found: Sequence[BulkLine], person: Person) -> Iterator[Result]:
    visible = Run.objects.visible_to(person).filter(pk__in={line.run_id for line in found})
    runs = {run.pk: run for run in visible.only("pk", "number", "title", "status", "paused", "incident_count")}
    at = {(line.run_id, line.visit) for line in found if line.visit}
    steps = Step.objects.filter(run__in={run for run, _ in at}, number__in={visit for _, visit in at})
    titles = {(run, number): title for run, number, title in steps.values_list("run", "number", "title")} if at else {}
    for line in found:
        run = runs.get(line.run_id)
        title = titles.get((line.run_id, line.visit), "") if run else ""
        yield Result(line, run, title, rules.of(line.code) if line.code else None)


def sheet(bulk: BulkAct, person: Person) -> list[list[str]]:
    """Return the rows of a CSV file: every line with what came of it."""
    rows = [["run", "title", "step", "result", "rule", "what", "entry", "at"]]
    for one in everything(bulk, person):
        line = one.line
        number, title = (str(one.run.number), one.run.title) if one.run else ("", GONE.sentence)
        at = line.at.isoformat() if line.at else ""
        rows.append([number, title, one.step, line.status, line.code, line.sentence, str(line.seq or ""), at])
    return rows
