"""What an assessment says: of which kind each finding is, with a sentence and an example."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.definition import Definition


class Kind(StrEnum):
    """In the order of what weighs more."""

    SAFE = "safe"
    REPEATS = "repeats"
    SKIPS_GATE = "skips-gate"
    NEEDS_MAPPING = "needs-mapping"


@dataclass(frozen=True)
class Finding:
    """`step` is what it is about: of the old version where a mapping is needed, else of the new one.

    `example` is a way through the other version that shows it. `name` is the value that is lacking, as an expression
    of the other version reads it.
    """

    kind: Kind
    step: str
    sentence: str
    example: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Assessment:
    findings: tuple[Finding, ...] = ()

    @property
    def kind(self) -> Kind:
        """The weightiest of what was found."""
        return max((finding.kind for finding in self.findings), key=list(Kind).index, default=Kind.SAFE)

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.kind is kind)

    def steps(self, kind: Kind) -> tuple[str, ...]:
        return tuple(dict.fromkeys(finding.step for finding in self.of(kind)))


def called(definition: Definition, step: str) -> str:
    """Call a step by its title, where that says the same for every run."""
    title = definition.steps[step].title if step in definition.steps else ""
    return f"“{title}”" if title and "${" not in title else step
