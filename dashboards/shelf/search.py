"""The list of playbooks and decisions: found by words, narrowed by facets, each with how it does in practice.

A library holds hundreds of playbooks, not millions: they are read once, and words and facets are matched here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from dashboards.shelf.practice import Practice, of_many
from engine.definition import Definition
from engine.language.policy import Policy
from engine.lifecycles import VersionStatus
from engine.policies import say
from engine.tables.table import Table
from runs import definitions
from runs.models.run import RunQuerySet
from workflows import decisions
from workflows.models import DOCUMENTS, PLAN, POLICY, Person, Version
from workflows.policies import binding

#: The facets in the order of the page: name in the address and heading.
FACETS = {"kind": "Kind", "unit": "Unit", "domain": "Domain", "risk": "Risk", "tag": "Tag"}
ORDER = {"risk": ("critical", "high", "medium", "low")}
LONGEST = 100
HEAVY = ("source", "definition", "proven")


@dataclass(frozen=True)
class Book:
    """One published playbook, decision with its `table`, or `policy`. `facets` are the values under each facet.

    `adapts` is the title of the playbook that it adapts, or its id where the reader does not find that.
    """

    version: Version
    definition: Definition | None
    facets: Mapping[str, tuple[str, ...]]
    practice: Practice
    table: Table | None = None
    policy: Policy | None = None
    adapts: str = ""

    @property
    def gate_count(self) -> int:
        return sum(step.kind == "gate" for step in self.definition.steps.values()) if self.definition else 0

    @property
    def tags(self) -> tuple[str, ...]:
        content = self.definition or self.table
        return content.tags if content else ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The titles of a playbook's steps, or the columns of a decision."""
        if self.policy is not None:
            return tuple(map(say, self.policy.require))
        if self.table is not None:
            return tuple(spec.title or spec.name for spec in (*self.table.inputs, *self.table.outputs))
        return tuple(step.title for step in self.definition.steps.values()) if self.definition else ()


@dataclass(frozen=True)
class Option:
    """One value of a facet: how many playbooks it would leave, and the address that turns it on or off."""

    words: str
    count: int
    is_on: bool
    address: str


@dataclass(frozen=True)
class Facet:
    name: str
    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Asked:
    """`chosen` maps a facet to the one value it is narrowed to."""

    text: str
    chosen: Mapping[str, str]
    problems: tuple[str, ...] = ()

    def address(self, **changes: str) -> str:
        given = {"q": self.text, **self.chosen, **changes}
        return "?" + urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True)
class Shelf:
    books: tuple[Book, ...]
    facets: tuple[Facet, ...]
    total: int

    @property
    def has_decisions(self) -> bool:
        return any(book.table for book in self.books)


def read(address: Mapping[str, str]) -> Asked:
    text = " ".join(address.get("q", "").replace("\0", " ").split())
    problems = (f"Only the first {LONGEST} characters were looked for.",) if len(text) > LONGEST else ()
    chosen = {name: address[name].strip()[:LONGEST] for name in FACETS if address.get(name, "").strip()}
    return Asked(text[:LONGEST], chosen, problems)


def find(person: Person, runs: RunQuerySet, asked: Asked, now: datetime) -> Shelf:
    """Find the playbooks that fit, the best match first. `runs` are those the reader may see. Five queries."""
    books = _books(person, runs, now)
    worded = [(score, book) for book in books if (score := _score(book, asked.text.lower().split())) is not None]
    fitting = [(score, book) for score, book in worded if _fits(book, asked.chosen)]
    fitting.sort(key=lambda pair: (-pair[0], pair[1].version.title.lower()))
    return Shelf(tuple(book for _, book in fitting), tuple(_facets([book for _, book in worded], asked)), len(books))


def _books(person: Person, runs: RunQuerySet, now: datetime) -> list[Book]:
    published = Version.objects.visible_to(person).exclude(kind=PLAN).filter(status=VersionStatus.PUBLISHED.value)
    versions = list(published.select_related("artifact__unit").defer(*HEAVY))
    practices = of_many(runs, now)
    books = [_book(version, practices.get(version.artifact.slug, Practice())) for version in versions]
    titles = {version.artifact.slug: version.title for version in versions}
    return [replace(book, adapts=titles.get(parent, parent)) if (parent := _parent(book)) else book for book in books]


def _parent(book: Book) -> str:
    return book.definition.extends[0].playbook if book.definition and book.definition.extends else ""


def _book(version: Version, practice: Practice) -> Book:
    table = decisions.of_version(version) if version.is_decision else None
    policy = binding.of_version(version) if version.kind == POLICY else None
    definition = None if version.kind in DOCUMENTS else definitions.of_version(version)
    content = definition or table
    facets = {
        "kind": (version.kind,),
        "unit": (version.artifact.unit.title,),
        "domain": tuple(filter(None, (version.domain,))),
        "risk": tuple(filter(None, (version.risk,))),
        "tag": content.tags if content else (),
    }
    return Book(version, definition, facets, practice, table, policy)


def _score(book: Book, words: Sequence[str]) -> int | None:
    """Return how well the words fit, or None where one of them does not."""
    version = book.version
    places = (
        (8, f"{version.title} {version.artifact.slug}"),
        (4, " ".join(book.tags) + " " + version.domain),
        (3, version.summary),
        (1, " ".join(book.parts)),
        (1, f"{version.kind} {version.artifact.unit.title}"),
    )
    score = 0
    for word in words:
        found = sum(weight for weight, text in places if word in text.lower())
        if not found:
            return None
        score += found
    return score


def _fits(book: Book, chosen: Mapping[str, str]) -> bool:
    return all(value in book.facets[name] for name, value in chosen.items())


def _facets(books: Sequence[Book], asked: Asked) -> list[Facet]:
    facets = []
    for name, title in FACETS.items():
        others = {facet: value for facet, value in asked.chosen.items() if facet != name}
        counts = Counter(value for book in books if _fits(book, others) for value in book.facets[name])
        on = asked.chosen.get(name, "")
        if on:
            counts.setdefault(on, 0)
        ranks = {value: rank for rank, value in enumerate(ORDER.get(name, ()))}
        values = sorted(counts, key=lambda value: (ranks.get(value, len(ranks)), value.lower()))
        options = tuple(
            Option(value, counts[value], value == on, asked.address(**{name: "" if value == on else value}))
            for value in values
        )
        if options:
            facets.append(Facet(name, title, options))
    return facets
