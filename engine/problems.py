"""What is wrong with a document: a code, a place, a sentence, a hint and, for ways through a playbook,
an example path.

The catalogue below is the one list of codes; docs and tests read it from here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem: its severity and the proof (row of the reference's table) that finds it."""

    severity: Severity
    proof: int
    says: str


_E, _W = Severity.ERROR, Severity.WARNING

CODES: dict[str, Code] = {
    "bad-yaml": Code(_E, 1, "the file is not the YAML that Penstock reads"),
    "unknown-key": Code(_E, 1, "a key that is not known at this place"),
    "missing-key": Code(_E, 1, "a key that must be given is not"),
    "bad-value": Code(_E, 1, "a value that this key cannot have"),
    "duplicate-id": Code(_E, 1, "two things have the same name"),
    "unknown-step": Code(_E, 1, "a step that is not in the playbook"),
    "unknown-role": Code(_E, 1, "a role that is not in the playbook"),
    "unknown-action": Code(_E, 1, "an action nobody provides"),
    "unknown-playbook": Code(_E, 1, "a playbook that is not in the library"),
    "bad-target": Code(_E, 1, "a way that may not lead there"),
    "bad-expression": Code(_E, 1, "an expression that cannot be read"),
    "unknown-name": Code(_E, 1, "a name in an expression that means nothing here"),
    "type-mismatch": Code(_E, 1, "a value of one type where another is needed"),
    "unreachable-step": Code(_E, 2, "no way leads to this step"),
    "trap": Code(_E, 3, "from here the run can never end"),
    "endless-loop": Code(_E, 4, "a loop that would run for ever by itself"),
    "not-total": Code(_E, 5, "a case that no rule covers"),
    "dead-rule": Code(_W, 5, "a rule that can never win"),
    "gap": Code(_E, 5, "an input that no rule of a decision table covers"),
    "overlap": Code(_E, 5, "two rules of a decision table that both cover an input"),
    "unset-data": Code(_E, 6, "data that may not be there yet when it is read"),
    "join-unreachable": Code(_E, 7, "a join that can never be met"),
    "quorum-unreachable": Code(_E, 7, "a quorum its approvers can never meet"),
    "nobody-eligible": Code(_E, 8, "a task or a gate for which there are too few people"),
    "ladder-order": Code(_W, 9, "a rung that comes before the one above it, or never"),
    "sla-overrun": Code(_W, 9, "due times or a rung that do not fit in the run's `sla`"),
    "policy-violated": Code(_E, 10, "a demand of a policy that does not hold"),
    "locked-step": Code(_E, 10, "a step that a template locks is changed, or a way leads around it"),
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a file: line and column count from 1.

    `file` is empty for the document that is read, and names the file of what it takes over from a template.
    """

    line: int = 1
    column: int = 1
    file: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `example` is a path of step ids that shows it, or empty.

    `file` is the place's own, where that names one.
    `titled`: the message with titles in place of ids, where whoever has no file before them may come to read it.
    `is_warning`: what the code calls an error is none here, because it depends on a choice that is still open.
    """

    code: str
    message: str
    place: Place = Place()
    hint: str = ""
    example: tuple[str, ...] = ()
    file: str = ""
    is_warning: bool = False
    titled: str = ""

    def __post_init__(self) -> None:
        if self.place.file:
            object.__setattr__(self, "file", self.place.file)

    @property
    def for_readers(self) -> str:
        return self.titled or self.message

    @property
    def severity(self) -> Severity:
        return Severity.WARNING if self.is_warning else CODES[self.code].severity


def has_errors(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return each problem once, in the order of the file; those in other files come after."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.place.file, problem.place)))


_MOST_COMPARED = 300


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known word, or an empty string."""
    near = nearest(word, known)
    return f"Did you mean `{near}`?" if near else ""


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known word that is most like this one, or an empty string; of many only the likely are compared."""
    if len(word) > 200:
        return ""
    candidates = list(known)
    if len(candidates) > _MOST_COMPARED:
        ends = word[:1], word[-1:]
        likely = (other for other in candidates if abs(len(other) - len(word)) <= 3 and other[:1] == ends[0])
        candidates = sorted(likely, key=lambda other: (other[-1:] != ends[1], other))[:_MOST_COMPARED]
    near = difflib.get_close_matches(word, candidates, n=1, cutoff=cutoff)
    return near[0] if near else ""
