"""To which versions a run may be moved, what is asked for in doing so, and what stands against it.

`runs.migrate` does it. What stands against it is said by `engine.migration`; the event says what of that whoever moves
the run accepts. Many runs are moved as any act on many (`runs.bulk_acts`), with what is asked for as one text (`Move`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from django.db.models import Q, QuerySet

from engine import values
from engine.definition import Definition
from engine.lifecycles import VersionStatus
from engine.machine.commands import Refusal
from engine.machine.events import Migrate
from engine.migration import Assessment, assess, concerning
from engine.migration.counterparts import Counterparts
from runs import calls, definitions
from runs.clock import NOT_YET
from runs.models import Run
from runs.story import Story
from workflows import rolling_out
from workflows.models import Artifact, Version

NO_VERSION = Refusal("field:to", "There is no version of this playbook with that number that runs may be moved to.")


@dataclass(frozen=True)
class Move:
    """To which version (its digest and number), which old steps go on as which new ones, and what is accepted."""

    to: str
    number: int = 0
    mapping: Mapping[str, str] = field(default_factory=dict)
    accepts: tuple[str, ...] = ()

    def text(self) -> str:
        """Write it as one text; `read` reads it back."""
        what = {"to": self.to, "number": self.number, "mapping": dict(self.mapping), "accepts": list(self.accepts)}
        return values.canonical(what).decode()

    @classmethod
    def read(cls, text: str) -> Move | None:
        """Return what is written; None where it is no move."""
        try:
            found = json.loads(text)
            to, number, mapping, accepts = (found[name] for name in ("to", "number", "mapping", "accepts"))
        except (ValueError, KeyError, TypeError):
            return None
        names = [to, *mapping, *mapping.values(), *accepts] if isinstance(mapping, dict) else [None]
        is_one = isinstance(number, int) and all(isinstance(name, str) for name in names)
        return cls(to, number, mapping, tuple(accepts)) if is_one else None

    @classmethod
    def to_version(cls, version: Version, mapping: Mapping[str, str] | None = None, *accepts: str) -> Move:
        return cls(version.digest, version.number, mapping or {}, accepts)

    def event(self, actor: str, reason: str) -> Migrate:
        return Migrate(
            at=NOT_YET,
            actor=actor,
            to=self.to,
            number=self.number,
            mapping=self.mapping,
            accepts=self.accepts,
            reason=reason.strip(),
        )


def targets(artifact: Artifact) -> QuerySet[Version]:
    """Return the versions that runs of this playbook may be moved to, the newest first.

    Those that take new runs, and those that did and are not retired.
    """
    pilot = rolling_out.under_way(artifact)
    is_open = Q(status__in=[VersionStatus.PUBLISHED, VersionStatus.DEPRECATED]) | Q(pk=pilot.version_id if pilot else 0)
    return Version.objects.playbooks().filter(is_open, artifact=artifact).order_by("-number")


def assess_each(
    runs: Iterable[Run],
    after: Definition,
    mapping: Mapping[str, str],
    given: Mapping[str, Any] = MappingProxyType({}),
) -> dict[Run, Assessment]:
    """Say of each of these runs what stands against moving it; nothing is asked of the database."""
    found = {}
    for run in runs:
        state = definitions.state_of(run)
        before = definitions.by_digest(state.definition)
        found[run] = assess(state, before, after, concerning(before, mapping), given)
    return found


def unmapped(run: Run, after: Definition) -> tuple[str, ...]:
    """Return the steps of the run's version that have left something in it, or are open, and are not there as they are.

    Those are what a mapping can name.
    """
    state = definitions.state_of(run)
    before = definitions.by_digest(state.definition)
    parts = Counterparts(before, after)
    open_ones = {visit.step for visit in state.visits.values() if parts.lacks_open(visit.step)}
    left = {step for held in state.values.values() for step in held} | {done.step for done in state.done}
    left |= {key.partition("@")[0] for key, line in state.ended.items() if line.result}
    return tuple(step for step in before.steps if step in open_ones or (step in left and parts.lacks(step)))


def prepared(story: Story, event: Migrate) -> Migrate | Refusal:
    """Return the event as it is put into the log, asked within the transaction: from where, and what its calls mean."""
    state = story.state
    version = targets(story.run.version.artifact).filter(digest=event.to).first()
    if version is None or state is None:
        return NO_VERSION
    story.target = version
    mapping = concerning(story.definition, event.mapping)
    meant = calls.resolve(definitions.of_version(version), state.started_by, state.run)
    was = story.run.version.number
    return replace(event, before=state.definition, mapping=mapping, calls=meant, number=version.number, was=was)
