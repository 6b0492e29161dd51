"""A draft on its page: the text, what is wrong at which line, the picture of what compiles, its scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from dashboards.course import picture
from dashboards.course.picture import Picture
from dashboards.shelf import prose
from engine.definition import Definition
from engine.problems import Problem, Severity
from engine.rehearsal import Rehearsed
from workflows import drafting, scenarios
from workflows.examining import Examined, examine, head_of, prove
from workflows.models import DOCUMENTS, Version
from workflows.policies.approvals import Required, required
from workflows.proven import Proven, rehearsed

#: So many more lines than there are get a number, for what is typed before the next save.
SPARE_LINES = 200


@dataclass(frozen=True)
class Told:
    """One problem with the line of the text that it points to; `line` is 0 where it stands in another file."""

    problem: Problem
    line: int
    written: str
    file: str = ""

    @property
    def is_error(self) -> bool:
        return self.problem.severity is Severity.ERROR


@dataclass(frozen=True)
class Numbered:
    """A line's number, and the first problem at it, as its number among them."""

    number: int
    problem: int = 0
    is_error: bool = False


@dataclass(frozen=True)
class Page:
    """`text` is what stands in the box: what was typed, or what is saved."""

    version: Version
    text: str
    examined: Examined

    @cached_property
    def problems(self) -> tuple[Told, ...]:
        lines = self.text.splitlines()
        return tuple(_told(problem, lines) for problem in drafting.with_id(self.examined, self.version))

    @cached_property
    def errors(self) -> int:
        return sum(one.is_error for one in self.problems)

    @cached_property
    def numbers(self) -> tuple[Numbered, ...]:
        first: dict[int, tuple[int, bool]] = {}
        for nth, told in enumerate(self.problems, 1):
            known = first.get(told.line, (nth, False))
            first[told.line] = (known[0], known[1] or told.is_error)
        return numbers_of(self.text, first)

    @property
    def rows(self) -> int:
        return rows_of(self.text)

    @cached_property
    def definition(self) -> Definition | None:
        content = self.examined.content
        return content if isinstance(content, Definition) else None

    @cached_property
    def is_document(self) -> bool:
        """Whether it says that it is a decision, a policy or a plan: nothing runs on it, and nothing of it is drawn."""
        return head_of(self.text)[0] in DOCUMENTS

    @cached_property
    def picture(self) -> Picture | None:
        found = self.definition
        return found and picture.of_definition(found, lambda step: prose.who_does(found, step))

    @cached_property
    def proven(self) -> Proven | None:
        """What is proven of the text as it stands, where nothing is wrong with it."""
        return None if self.errors or not self.examined.is_right else prove(self.examined, self.version.artifact.unit)

    @cached_property
    def scenarios(self) -> int:
        """How many files of scenarios come with it."""
        return len(scenarios.shipped_with(self.version.artifact.slug)) if self.definition else 0

    @cached_property
    def required(self) -> Required:
        return required(self.version.artifact.unit)

    @cached_property
    def moved_on(self) -> Version | None:
        """What was published since it was begun."""
        now = self.version.artifact.published
        return now if now is not None and now.pk != self.version.based_on_id else None

    def play(self) -> Proven | None:
        """Play its scenarios, and return how they went."""
        if self.definition is None or self.proven is None:
            return None
        slug = self.version.artifact.slug
        played: tuple[Rehearsed, ...] = scenarios.rehearse_with(slug, self.text)
        return rehearsed(self.proven, played, slug)


def of(version: Version, text: str | None = None) -> Page:
    """Lay out a draft as it is saved, or with what was typed instead."""
    text = version.source if text is None else text.replace("\r\n", "\n")
    return Page(version, text, examine(text, version.artifact.unit))


def rows_of(text: str) -> int:
    """How high the box is that holds a text: it grows with what is typed where browsers know how."""
    return max(20, text.count("\n") + 3)


def numbers_of(text: str, problems: Mapping[int, tuple[int, bool]] = MappingProxyType({})) -> tuple[Numbered, ...]:
    """Number the lines of a text; `problems` says of a line which problem stands there, and whether it is an error."""
    count = text.count("\n") + 1 + SPARE_LINES
    return tuple(Numbered(number, *problems.get(number, (0, False))) for number in range(1, count + 1))


def _told(problem: Problem, lines: list[str]) -> Told:
    if problem.place.file:
        return Told(problem, 0, "", problem.place.file)
    line = problem.place.line
    return Told(problem, line, lines[line - 1].strip() if 0 < line <= len(lines) else "")
