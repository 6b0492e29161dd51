"""What is different between two versions, as a page shows it: in sentences, in two pictures, line by line.

`shown` takes two versions of an artifact; `of` takes what they hold, for what is compared without being stored so (a
playbook and the template that it adapts). The markup is templates/components/difference.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dashboards.beside import Beside, beside
from dashboards.course import picture
from dashboards.course.picture import Picture
from dashboards.shelf import prose
from engine.definition import Definition
from engine.differences import Difference
from engine.differences.versions import proposed
from workflows.contents import Content
from workflows.differing import between, content_of
from workflows.models import Version

#: More steps than this are no picture any more.
MOST_STEPS = 120
#: Two pictures that are no wider than this, in px, stand beside each other; others one above the other.
NARROW = 560


@dataclass(frozen=True)
class Heading:
    """How heavy a change is: what stands above the sentences, with a word and an icon."""

    level: str
    title: str
    icon: str
    kind: str


HEADINGS = (
    Heading("major", "Who relies on it has to look again", "attention", "attention"),
    Heading("minor", "It runs otherwise", "pencil", "running"),
    Heading("patch", "It reads otherwise", "comment", "paused"),
)


@dataclass(frozen=True)
class Side:
    """One of the two: what it is called, and what it holds (None: its text does not compile)."""

    title: str
    content: Content | None
    source: str = ""


@dataclass(frozen=True)
class Group:
    heading: Heading
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """Both sides and all that is told of how they differ. `difference` is None where nothing can be compared.

    `numbers` are the semantic number before and the one that follows from what changed.
    """

    before: Side
    after: Side
    difference: Difference | None
    groups: tuple[Group, ...]
    pictures: tuple[tuple[Side, Picture], ...]
    lines: Beside | None
    numbers: tuple[str, str] = ("", "")

    @property
    def level(self) -> str:
        return self.difference.level if self.difference else ""

    @property
    def unreadable(self) -> tuple[Side, ...]:
        """The sides whose text does not compile."""
        return tuple(side for side in (self.before, self.after) if side.content is None)

    @property
    def is_narrow(self) -> bool:
        return all(drawn.layout.width <= NARROW for _, drawn in self.pictures)

    @property
    def marks(self) -> tuple[str, ...]:
        """Which marks stand in the pictures, for the legend."""
        there = set(self.difference.marks.values()) if self.difference else set()
        return tuple(mark for mark in ("added", "removed", "changed") if mark in there)


def shown(before: Version, after: Version) -> Shown:
    """Compare two versions of one artifact, as stored."""
    found = of(_side(before), _side(after))
    return replace(found, numbers=(numbers(before, found)[0], after.semantic or numbers(before, found)[1]))


def numbers(before: Version, shown: Shown) -> tuple[str, str]:
    """Return the number of a version, and the one that follows it; empty where nothing can be compared."""
    was = before.semantic or f"{before.number}.0.0"
    return was, "" if shown.difference is None else proposed(was, shown.difference.level)


def of(before: Side, after: Side) -> Shown:
    """Compare what two sides hold."""
    difference = None
    if before.content is not None and after.content is not None:
        difference = between(before.content, after.content)
    groups = []
    for heading in HEADINGS:
        told = tuple(one.sentence for one in difference.changes if one.level == heading.level) if difference else ()
        groups += [Group(heading, told)] if told else []
    marks: Mapping[str, str] = difference.marks if difference else {}
    pictures = tuple((side, drawn) for side in (before, after) if (drawn := _drawn(side.content, marks)) is not None)
    lines = beside(before.source, after.source) if before.source or after.source else None
    return Shown(before, after, difference, tuple(groups), pictures, lines)


def _side(version: Version) -> Side:
    return Side(f"Version {version.number}", content_of(version), version.source)


def _drawn(content: Content | None, marks: Mapping[str, str]) -> Picture | None:
    """Draw a playbook with the steps that differ marked; nothing where there is no picture to draw."""
    if not isinstance(content, Definition) or len(content.steps) > MOST_STEPS:
        return None
    return picture.of_definition(content, lambda step: prose.who_does(content, step), marks)
