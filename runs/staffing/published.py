"""The steps of the playbooks that runs can start on: which of them the people of today are too few for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engine.definition import Definition
from engine.lifecycles import VersionStatus
from runs import definitions, directory
from runs.clock import database_clock
from runs.models import Shortage
from runs.staffing import proof, telling, words
from runs.staffing.proof import Found
from workflows.eligible import organisation
from workflows.models import Unit, Version
from workflows.writing import writing

Rows = dict[tuple[int, str], Shortage]


def versions() -> list[Version]:
    """Return the published playbooks that start runs: no templates. One statement, and one for each new definition."""
    published = Version.objects.playbooks().filter(status=VersionStatus.PUBLISHED).select_related("artifact__unit")
    found = published.defer("source", "definition", "proven").order_by("artifact__slug")
    return [version for version in found if not definitions.of_version(version).template]


def look() -> int:
    """Write what has changed; return how much it was. A fixed number of statements where nothing has."""
    wanted = _wanted()
    known = {(row.version_id or 0, row.name): row for row in Shortage.objects.filter(run=None, resolved_at=None)}
    same = {key for key in wanted.keys() & known.keys() if _texts(wanted[key]) == _texts(known[key])}
    if len(same) == len(wanted) == len(known):
        return 0
    with writing():
        now = database_clock()
        return _write(wanted, now)


def _wanted() -> Rows:
    there, found = organisation(), {}
    asked: list[tuple[Version, Definition, Found]] = []
    for version in versions():
        definition = definitions.of_version(version)
        starters = there.starters(definition, version.artifact.unit)
        asked += [(version, definition, one) for one in proof.ask(definition, there.people, starters)]
    called = names(there.people) if asked else str
    for version, definition, one in asked:
        row = Shortage(version=version, name=one.short.step, is_warning=one.short.is_warning)
        row.says, row.help = sentences(definition, one, called)
        # a gate that may lack people for several reasons is told once, the certain reason first
        there_already = found.get((version.pk, row.name))
        if there_already is None or (there_already.is_warning and not row.is_warning):
            found[version.pk, row.name] = row
    return found


def names(usernames: Iterable[str]) -> words.Name:
    return directory.look_up(usernames).name


def sentences(definition: Definition, found: Found, called: words.Name) -> tuple[str, str]:
    """Say what is missing, and who would help."""
    says = words.plain(definition, found.short.message, called)
    more = words.joining(found.joining)
    return says, f"{more[0].upper()}{more[1:]} would do." if more else ""


def _texts(row: Shortage) -> tuple[str, str, bool]:
    return row.says, row.help, row.is_warning


def _write(wanted: Rows, now: datetime) -> int:
    known = {
        (row.version_id or 0, row.name): row
        for row in Shortage.objects.select_for_update().filter(run=None, resolved_at=None).order_by("pk")
    }
    new = [row for key, row in wanted.items() if key not in known]
    gone = [row for key, row in known.items() if key not in wanted]
    changed = [row for key, row in known.items() if key in wanted and _texts(row) != _texts(wanted[key])]
    worse = [row for row in changed if row.is_warning and not wanted[row.version_id or 0, row.name].is_warning]
    for row in new:
        row.since = now
    Shortage.objects.bulk_create(new)
    Shortage.objects.filter(pk__in=[row.pk for row in gone]).update(resolved_at=now)
    for row in changed:
        anew = wanted[row.version_id or 0, row.name]
        Shortage.objects.filter(pk=row.pk).update(says=anew.says, help=anew.help, is_warning=anew.is_warning)
    by_unit: dict[Unit, list[Shortage]] = {}
    for row in [*new, *(wanted[row.version_id or 0, row.name] for row in worse)]:
        if not row.is_warning and row.version is not None:
            by_unit.setdefault(row.version.artifact.unit, []).append(row)
    for unit, rows in by_unit.items():
        telling.tell_together(rows, unit)
    return len(new) + len(gone) + len(changed)
