"""What a new text of a policy would mean for what is published: which playbooks would break it, and by which way.

Nothing is written: this is asked before the policy is published, by whoever writes or reviews it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.compiler import compile_text
from engine.language.policy import Policy
from engine.lifecycles import VersionStatus
from engine.policies import applies, say
from engine.problems import Problem, has_errors
from engine.proofs.policies import Violation
from workflows import named
from workflows.models import Artifact, PolicyException, Unit, Version
from workflows.playbooks import by_digest
from workflows.policies import inheriting
from workflows.policies.binding import of_version
from workflows.policies.checking import LONGEST_REQUIREMENT, broken_by


@dataclass(frozen=True)
class Meant:
    """What the new text means for one published playbook. `first` is the first demand that does not hold, if any.

    `was_broken`: the policy as it is published does not hold already. `is_excepted`: every demand that does not hold is
    excepted now.
    """

    version: Version
    applies: bool
    broken: tuple[Violation, ...] = ()
    was_broken: bool = False
    is_excepted: bool = False

    @property
    def first(self) -> Violation | None:
        return self.broken[0] if self.broken else None

    @property
    def is_new(self) -> bool:
        """Whether this playbook breaks the policy only because of the change."""
        return bool(self.broken) and not self.was_broken


@dataclass(frozen=True)
class Preview:
    """`problems` are those of the text itself; with errors among them it binds nothing, and `meant` is empty."""

    problems: tuple[Problem, ...]
    policy: Policy | None = None
    unit: Unit | None = None
    meant: tuple[Meant, ...] = ()

    @property
    def is_stopped(self) -> bool:
        """Whether the text could not be published as it stands."""
        return has_errors(self.problems)

    @property
    def broken(self) -> tuple[Meant, ...]:
        return tuple(one for one in self.meant if one.broken)

    @property
    def kept_count(self) -> int:
        return sum(one.applies and not one.broken for one in self.meant)


def preview(text: str, unit: Unit, at: datetime, file: str = "") -> Preview:
    """Say what this text, published as a policy of the unit, would mean for each playbook that it would bind."""
    compiled = compile_text(text, file)
    policy = compiled.document
    if not isinstance(policy, Policy) or has_errors(compiled.problems):
        problems = compiled.problems or (Problem("bad-value", "This is no policy: it begins with `policy:`."),)
        return Preview(problems)
    problems = (*compiled.problems, *named.strangers(compiled, policy, unit))
    problems += inheriting.problems(compiled, policy, unit)
    artifact = Artifact.objects.filter(slug=policy.id).first()
    published = artifact.published if artifact else None
    before = of_version(published) if published and published.kind == "policy" else None
    excepted = _excepted(artifact, at)
    meant = tuple(_meant(version, policy, before, excepted) for version in bound_by(unit))
    return Preview(problems, policy, unit, meant)


def bound_by(unit: Unit) -> Iterable[Version]:
    """Return the published playbooks that a policy of this unit binds: its own, and those of the units below."""
    published = Version.objects.playbooks().filter(status=VersionStatus.PUBLISHED)
    found = published.filter(artifact__unit__path__startswith=unit.path).select_related("artifact__unit")
    return found.defer("source", "definition", "proven").order_by("title")


def _excepted(policy: Artifact | None, at: datetime) -> frozenset[tuple[int, str]]:
    if policy is None:
        return frozenset()
    return frozenset(
        PolicyException.objects.in_force(at).filter(policy=policy).values_list("playbook_id", "requirement")
    )


def _meant(version: Version, policy: Policy, before: Policy | None, excepted: frozenset[tuple[int, str]]) -> Meant:
    definition = by_digest(version.digest)
    if not applies(policy, definition):
        return Meant(version, applies=False)
    broken = broken_by(definition, policy)
    was_broken = before is not None and bool(broken_by(definition, before))
    off = [(version.artifact_id, say(one.requirement)[:LONGEST_REQUIREMENT]) in excepted for one in broken]
    return Meant(version, True, broken, was_broken, bool(broken) and all(off))
