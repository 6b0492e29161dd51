"""Rows of the board as they are now, rendered once for each way in which readers see them.

A row is the same for all but for three things: the zone of its times, "You" for whoever it names, and the run that
called it, where the reader may see that one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.template import loader
from django.utils import timezone

from dashboards.board.lanes import with_names
from dashboards.board.rows import Row, rows_of
from runs.models import Run
from workflows.models import Person

MOST = 50
"""So many rows are pushed at once; of more the pages are told the ids, and ask."""


@dataclass(frozen=True)
class Pushed:
    """One row as one reader sees it."""

    run: UUID
    number: int
    html: str

    def data(self) -> dict[str, str | int]:
        return {"run": str(self.run), "number": self.number, "html": self.html}

    @cached_property
    def event(self) -> bytes:
        return f"event: row\ndata: {json.dumps(self.data())}\n\n".encode()


class Rows:
    """The rows of these runs. Who may see which is the caller's to know."""

    def __init__(self, runs: Iterable[UUID]) -> None:
        rows = rows_of(with_names(runs), timezone.now())
        self._rows: Mapping[UUID, Row] = {row.run.pk: row for row in rows}
        callers = {row.run.parent_id for row in rows if row.run.parent_id}
        self.callers: Mapping[UUID, int] = (
            dict(Run.objects.filter(pk__in=callers).values_list("pk", "number")) if callers else {}
        )
        self._made: dict[tuple[UUID, str, int | None, int | None], Pushed] = {}
        self._template = loader.get_template("runs/row.html")

    def of(self, run: UUID, reader: int, time_zone: str, seen: Iterable[UUID]) -> Pushed | None:
        """Return the row as this reader (a person's key) sees it, who may see the runs in `seen`; None: it is gone."""
        row = self._rows.get(run)
        if row is None:
            return None
        parent = row.run.parent_id
        caller = self.callers.get(parent) if parent and parent in seen else None
        named = (row.whom.person if row.whom is not None else None, row.run.started_by)
        me = next((person for person in named if person is not None and person.pk == reader), None)
        key = (run, time_zone, me.pk if me else None, caller)
        if key not in self._made:
            with timezone.override(Person(time_zone=time_zone).zone):
                shown = {"row": replace(row, caller=caller), "user": me or AnonymousUser(), "extras": True}
                html = self._template.render(shown)
            self._made[key] = Pushed(run, row.run.number, html)
        return self._made[key]
