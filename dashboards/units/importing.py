"""A table of people or units on a page: what was uploaded or pasted, what each line would do, what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from workflows.directory.imports import doing
from workflows.directory.imports.doing import NotImported
from workflows.directory.imports.planned import Does, Line, Plan
from workflows.directory.imports.table import MOST_BYTES, read
from workflows.models import GovernanceEntry, Person
from workflows.sheets import SheetError

#: Icon and kind of status of what a line does.
LOOKS: dict[Does, tuple[str, str]] = {
    "added": ("done", "Added"),
    "changed": ("running", "Changed"),
    "nothing": ("paused", "As it is"),
    "wrong": ("failed", "Wrong"),
}
_ONE = {"people": ("person", "people"), "units": ("unit", "units")}


@dataclass(frozen=True)
class Given:
    """What was uploaded or pasted, as text: the page carries it until it is done, so that nothing is lost."""

    text: str = ""
    is_new_group_meant: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class Shown:
    """One line of the table: `errors` name their column."""

    line: Line
    look: str
    words: str
    errors: tuple[tuple[str, str], ...]


#: So many lines of what would be done are listed at first; what is wrong is listed whole.
FIRST = 100


@dataclass(frozen=True)
class Preview:
    """`lines` are those that are listed; `more` so many are not, which are all right."""

    plan: Plan
    lines: tuple[Shown, ...]
    more: int = 0

    @property
    def can_be_done(self) -> bool:
        return not self.plan.counts["wrong"] and bool(self.plan.order)

    @property
    def counted(self) -> str:
        """How many lines do what; what none of them does goes unsaid."""
        words = {"nothing": "already so"}
        return ", ".join(f"{count:,} {words.get(does, does)}" for does, count in self.plan.counts.items() if count)

    @property
    def says(self) -> str:
        """What stands on the button."""
        one, many = _ONE[self.plan.of]
        counts = {does: self.plan.counts[does] for does in ("added", "changed")}
        verbs = {"added": "add", "changed": "change"}
        said = [f"{verbs[does]} {count:,} {one if count == 1 else many}" for does, count in counts.items() if count]
        return " and ".join(said).capitalize()


def given(text: str, file: UploadedFile | None, is_new_group_meant: bool) -> Given:
    """Take what was sent: a file counts before what stands in the field."""
    if file is None:
        return Given(text, is_new_group_meant, "" if text.strip() else "Choose a file, or paste a table.")
    most = f"{MOST_BYTES // 1_000_000} MB"
    if (file.size or 0) > MOST_BYTES:
        return Given(text, is_new_group_meant, f"The file is larger than {most}: import it in parts.")
    try:
        return Given(file.read().decode("utf-8-sig"), is_new_group_meant)
    except UnicodeDecodeError:
        return Given(text, is_new_group_meant, "The file is not UTF-8 text: save it as “CSV UTF-8”.")


def look(sent: Given, by: Person, is_whole: bool = False) -> Preview | str:
    """Say what each line would do, or why it cannot be read."""
    try:
        return preview(doing.look(read(sent.text.encode()), by, sent.is_new_group_meant), is_whole)
    except SheetError as error:
        return str(error)


def do(sent: Given, by: Person, seen: str) -> GovernanceEntry | NotImported | str | None:
    """Do it, if it is what was looked at; or say why it cannot be read."""
    try:
        table = read(sent.text.encode())
    except SheetError as error:
        return str(error)
    return doing.do(table, by, sent.is_new_group_meant, seen)


def preview(plan: Plan, is_whole: bool = False) -> Preview:
    """Lay out the lines: those that are wrong first, then what would be done, then what is so already."""
    lines = sorted(plan.lines, key=lambda line: ("wrong", "added", "changed", "nothing").index(line.does))
    most = len(lines) if is_whole else plan.counts["wrong"] + FIRST
    shown = tuple(Shown(line, *LOOKS[line.does], tuple(line.errors.items())) for line in lines[:most])
    return Preview(plan, shown, len(lines) - len(shown))
