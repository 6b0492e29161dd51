"""What the policies say of each playbook, kept by the digests of all that it depends on.

A proof takes a while and never changes: what is kept here is asked again only where a playbook, one that it calls, or a
policy has another digest. Exceptions come and go by their dates, and are held against it each time. Where hundreds have
to be proven, nobody waits for all: a call proves for `PATIENCE` and leaves the rest to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Literal

from engine.definition import CallSpec, Definition
from engine.lifecycles import VersionStatus
from workflows.models import Version
from workflows.playbooks import by_digest
from workflows.policies.binding import Bound
from workflows.policies.checking import findings

#: So many seconds a page waits for proofs.
PATIENCE = 2.0
MOST_KEPT = 5000
State = Literal["holds", "broken", "not-applicable"]


@dataclass(frozen=True, slots=True)
class Standing:
    """One demand of a policy (`policy` is its artifact's key). `path` are the titles along the way around it."""

    policy: int
    requirement: str
    state: State
    path: tuple[str, ...] = ()
    sentence: str = ""


def standings(versions: Sequence[Version], policies: Sequence[Bound]) -> dict[int, tuple[Standing, ...]]:
    """Return how each playbook stands to the policies of its unit, by the version's key; without those left for later.

    One statement, where nothing has to be proven.
    """
    deadline = monotonic() + PATIENCE
    published = dict(
        Version.objects.playbooks()
        .filter(status=VersionStatus.PUBLISHED.value)
        .values_list("artifact__slug", "digest")
    )  # fmt: skip
    found = {}
    for version in versions:
        mine = tuple(one for one in policies if version.artifact.unit.path.startswith(one.artifact.unit.path))
        called = tuple(sorted(_called(version.digest, published)))
        keys = tuple((one.artifact.pk, one.version.digest) for one in mine)
        question = _Question(version.digest, keys, called, mine)
        if question not in _kept and monotonic() < deadline:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[question] = _prove(question)
        if question in _kept:
            found[version.pk] = _kept[question]
    return found


@dataclass(frozen=True)
class _Question:
    """Equal where the digests are: they say all that the answer depends on."""

    digest: str
    policies: tuple[tuple[int, str], ...]
    called: tuple[str, ...]
    bound: tuple[Bound, ...] = field(compare=False)


_kept: dict[_Question, tuple[Standing, ...]] = {}


def _prove(question: _Question) -> tuple[Standing, ...]:
    if not question.bound:
        return ()
    found = findings(by_digest(question.digest), question.bound, lambda: datetime.now(UTC))
    # what is excepted at this instant is broken otherwise
    return tuple(
        Standing(
            one.artifact.pk,
            one.requirement,
            "broken" if one.state == "excepted" else one.state,
            one.path,
            one.shows,
        )
        for one in found
    )


def _called(digest: str, published: Mapping[str, str]) -> Iterator[str]:
    """Give the digests of the playbooks that this one calls, and those that they call, as they are published now."""
    seen, pending = {digest}, [digest]
    while pending:
        for playbook in _calls(by_digest(pending.pop())):
            child = published.get(playbook, "")
            if child and child not in seen:
                seen.add(child)
                pending.append(child)
                yield child


def _calls(definition: Definition) -> Iterator[str]:
    return (step.does.playbook for step in definition.steps.values() if isinstance(step.does, CallSpec))
