"""Parts and the directory's log in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboards.board.rows import group_name
from workflows.models import DirectoryEntry, Part, Person, Unit

Kind = DirectoryEntry.Kind

#: What each part lets its holder do, in a unit and everything below it.
ALLOWS: Mapping[str, str] = {
    Part.Kind.VIEWER: "belongs to it, and starts nothing there",
    Part.Kind.MEMBER: "starts runs of its playbooks",
    Part.Kind.AUTHOR: "writes and publishes its playbooks, keeps its calendars, starts runs",
    Part.Kind.OPERATOR: "sees all its runs, starts, pauses, repairs and ends them",
    Part.Kind.BREAK_GLASS: "as an operator may take its runs past a gate, each time with a reason in the log",
    Part.Kind.PROCESS_OWNER: "publishes its playbooks, keeps its calendars, starts runs, sees people and groups",
    Part.Kind.AUDITOR: "sees all its runs with their logs, people and groups, and changes nothing",
}

#: Names in the log that are nobody's.
NOBODYS = {"penstock": "Penstock", "createsuperuser": "The command createsuperuser"}

ICONS: Mapping[str, str] = {
    Kind.ADDED: "plus",
    Kind.CHANGED: "pencil",
    Kind.ACTIVATED: "play",
    Kind.DEACTIVATED: "pause",
    Kind.JOINED: "people",
    Kind.LEFT: "return",
    Kind.PART_GIVEN: "key",
    Kind.PART_TAKEN: "return",
    Kind.ADMINISTRATOR: "key",
    Kind.PASSWORD: "lock",
    Kind.REFUSED: "failed",
}


@dataclass(frozen=True)
class Line:
    """One entry as a sentence; `quote` is what stands in the log word for word."""

    entry: DirectoryEntry
    icon: str
    sentence: str
    quote: str = ""

    @property
    def is_refusal(self) -> bool:
        return self.entry.kind == Kind.REFUSED


def lines(entries: Iterable[DirectoryEntry]) -> list[Line]:
    """Tell these entries, read with their person. One statement for the names of who did it, one for the units."""
    entries = list(entries)
    paths = {path for _, path in map(_part, entries) if path}
    titles = dict(Unit.objects.filter(path__in=paths or {""}).values_list("path", "title"))
    names = {person.username: str(person) for person in Person.objects.filter(username__in={one.by for one in entries})}
    return [_line(entry, names.get(entry.by) or NOBODYS.get(entry.by, entry.by), titles) for entry in entries]


def _line(entry: DirectoryEntry, by: str, titles: Mapping[str, str]) -> Line:
    sentence = _SAYS[entry.kind].format(by=by, person=entry.person, about=_about(entry, titles))
    quote = entry.detail
    if entry.kind == Kind.ADMINISTRATOR:
        given = entry.detail == "given"
        sentence = (
            f"{by} {'gave' if given else 'took'} administrator’s rights {'to' if given else 'from'} {entry.person}."
        )
        quote = ""
    elif entry.kind == Kind.PASSWORD:
        sentence = f"{by} chose a new password." if entry.by == entry.person.username else sentence
        quote = ""
    elif entry.kind in (Kind.ADDED, Kind.JOINED) and entry.detail:
        # nobody said these words: they tell of what kind it is
        sentence, quote = f"{sentence.removesuffix('.')} ({entry.detail}).", ""
    elif entry.kind == Kind.REFUSED and entry.about:
        quote = f"{entry.about}: {entry.detail}"
    return Line(entry, ICONS[entry.kind], sentence, quote)


_SAYS: Mapping[str, str] = {
    Kind.ADDED: "{by} made the account of {person}.",
    Kind.CHANGED: "{by} changed details of {person}.",
    Kind.ACTIVATED: "{by} let {person} in again.",
    Kind.DEACTIVATED: "{by} shut {person} out.",
    Kind.JOINED: "{by} took {person} into the group {about}.",
    Kind.LEFT: "{by} took {person} out of the group {about}.",
    Kind.PART_GIVEN: "{by} made {person} {about}.",
    Kind.PART_TAKEN: "{by} took from {person} the part of {about}.",
    Kind.ADMINISTRATOR: "",
    Kind.PASSWORD: "{by} gave {person} a temporary password.",
    Kind.REFUSED: "{by} tried to change what {person} may do, and was refused.",
}


def _about(entry: DirectoryEntry, titles: Mapping[str, str]) -> str:
    if entry.kind in (Kind.JOINED, Kind.LEFT):
        return group_name(entry.about)
    part, path = _part(entry)
    # of a unit that has moved since, the path where it stood is all that is known here
    return f"{part_name(part)} in {titles.get(path, path)}" if path else entry.about


def _part(entry: DirectoryEntry) -> tuple[str, str]:
    """Return which part in which unit, by its path, the entry is about; no path where it is about none."""
    part, _, path = entry.about.partition(" in ")
    return (part, path) if entry.kind in (Kind.PART_GIVEN, Kind.PART_TAKEN) else (entry.about, "")


def part_name(part: str) -> str:
    return str(Part.Kind(part).label).lower() if part in Part.Kind.values else part
