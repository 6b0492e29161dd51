"""A sentence of the log, and what it needs to know around a move."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.definition import Definition, WaitSpec


@dataclass(frozen=True)
class Sentence:
    """`quote` holds the very words of a person or a machine, shown in quotation marks after the text."""

    text: str
    quote: str = ""


@dataclass(frozen=True)
class Told:
    """What the sentences need to know around a move: names, titles of visits, kinds of steps, the event, what
    values are called."""

    actor: str
    reason: str
    event: str
    name: Callable[[str], str]
    titles: Mapping[int, str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    label: Callable[[str], str] = str
    definition: Definition | None = None

    def title(self, move: Mapping[str, Any]) -> str:
        return self.titles.get(move.get("visit") or 0) or str(move.get("step") or "the run")

    def step(self, name: str) -> str:
        """The title of a step by its id."""
        return self.label(f"steps.{name}")

    def kind(self, move: Mapping[str, Any]) -> str:
        """The kind of step that a move is about: what takes a visit back has one of its own."""
        return str(move["data"].get("kind") or self.kinds.get(move.get("step") or "") or "")

    def signal(self, move: Mapping[str, Any]) -> str:
        """The signal that the step of a move waits for, in words."""
        spec = self.definition.steps.get(move.get("step") or "") if self.definition else None
        return in_words(spec.does.signal or "") if spec is not None and isinstance(spec.does, WaitSpec) else ""

    def is_guarded(self, move: Mapping[str, Any]) -> bool:
        """Whether the step of a move has a condition of its own."""
        spec = self.definition.steps.get(move.get("step") or "") if self.definition else None
        return spec is None or spec.when is not None

    def is_decision(self, move: Mapping[str, Any]) -> bool:
        return move["kind"] == "completed" and self.kinds.get(move.get("step") or "") == "decide"

    def people(self, usernames: Sequence[str]) -> str:
        names = [self.name(username) for username in usernames]
        if len(names) > 5:
            return f"{', '.join(names[:4])} and {len(names) - 4} more"
        return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def in_words(name: str) -> str:
    """Write an id for reading."""
    return name.replace("-", " ").replace("_", " ")


Move = Mapping[str, Any]
Lines = Iterator[Sentence]
