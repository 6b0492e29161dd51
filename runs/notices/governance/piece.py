"""One piece of news of governance: what it says, what it is about, where it leads, and who should know of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from runs.models import Notice
from workflows.models import Artifact, GovernanceEntry, Person, PolicyException, Review, Version

Kind = Notice.Kind
#: What a version weighs, and no notice says.
HEAVY = ("source", "definition", "proven")


@dataclass(frozen=True)
class Piece:
    """`people` may hold whoever did it, who is told nothing. It is about one of the last three."""

    kind: Notice.Kind
    people: Iterable[Person | None]
    title: str
    url: str
    body: str = ""
    review: Review | None = None
    exception: PolicyException | None = None
    artifact: Artifact | None = None


@dataclass(frozen=True)
class Happened:
    """One entry of the log; `of` is the key of the review, remark, exception or rollout it is about."""

    entry: GovernanceEntry
    of: int | None

    @cached_property
    def by(self) -> Person | None:
        """Whoever did it; None where no person did."""
        return Person.objects.filter(username=self.entry.by).first()

    @property
    def doer(self) -> str:
        return str(self.by or "Penstock")

    @cached_property
    def version(self) -> Version | None:
        """The version that the entry names; None where it is there no more."""
        versions = Version.objects.filter(artifact=self.entry.artifact, number=self.entry.number)
        return versions.defer(*HEAVY).select_related("artifact__unit", "artifact__owner", "author").first()

    def quoted(self, text: str) -> str:
        """Return what they said, as a notice quotes it; nothing where they said nothing."""
        return quoted(self.doer, text)


def quoted(who: object, text: str) -> str:
    return f"{who}: “{text.strip()}”" if text.strip() else ""


def named(version: Version) -> str:
    return f"{version.title}, version {version.number}"


def lines(*texts: str) -> str:
    return "\n".join(text for text in texts if text)
