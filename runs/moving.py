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
from engine.definition import Definition, FieldSpec, TaskSpec
from engine.lifecycles import VersionStatus
from engine.machine.changing import Changeable
from engine.machine.commands import Refusal
from engine.machine.events import Migrate
from engine.machine.state import State
from engine.migration import Assessment, assess, concerning, read_given
from engine.migration.counterparts import Counterparts
from engine.migration.giving import field_of, wanted
from runs import calls, definitions
from runs.clock import NOT_YET
from runs.models import Run
from runs.story import Story
from workflows import rolling_out
from workflows.models import Artifact, Version

#: So many characters what is asked for may have, as it is kept for many runs.
LONGEST = 4000
TOO_LONG = Refusal("field:to", "That is too much to say for many runs at once: map or give less, or move them singly.")
ONE_BY_ONE = "A secret is given on the page of each run."
NO_VERSION = Refusal("field:to", "There is no version of this playbook with that number that runs may be moved to.")


@dataclass(frozen=True)
class Move:
    """To which version (its digest and number), what of the old goes on as what, and what is given and accepted.

    `given` are encoded values: no secrets, as what is ordered for many runs is kept as it is (`open_given`).
    """

    to: str
    number: int = 0
    mapping: Mapping[str, str] = field(default_factory=dict)
    accepts: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Write it as one text; `read` reads it back."""
        what = {"to": self.to, "number": self.number, "mapping": dict(self.mapping), "accepts": list(self.accepts)}
        return values.canonical({**what, "given": dict(self.given)}).decode()

    @classmethod
    def read(cls, text: str) -> Move | None:
        """Return what is written; None where it is no move."""
        try:
            found = json.loads(text, parse_constant=_no_number)
            values.canonical(found)  # half of a surrogate pair is JSON and no text
            to, number, mapping, accepts = (found[name] for name in ("to", "number", "mapping", "accepts"))
            given = found.get("given", {})
            decoded = [values.decode(value) for value in given.values()]
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            return None
        names = [to, *mapping, *mapping.values(), *accepts] if isinstance(mapping, dict) else [None]
        is_open = not any(isinstance(value, values.Secret) for value in decoded)
        is_one = isinstance(number, int) and is_open and all(isinstance(name, str) for name in names)
        return cls(to, number, mapping, tuple(accepts), given) if is_one else None

    @classmethod
    def to_version(
        cls,
        version: Version,
        mapping: Mapping[str, str] | None = None,
        *accepts: str,
        given: Mapping[str, Any] = MappingProxyType({}),
    ) -> Move:
        return cls(version.digest, version.number, mapping or {}, accepts, given)

    def event(self, actor: str, reason: str) -> Migrate:
        return Migrate(
            at=NOT_YET,
            actor=actor,
            to=self.to,
            number=self.number,
            mapping=self.mapping,
            given=self.given,
            accepts=self.accepts,
            reason=reason.strip(),
        )


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number there")


def open_given(after: Definition, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Read values for many runs at once: encoded ones by name, and messages by name. Secrets are given one by one."""
    shut = {name: ONE_BY_ONE for name in raw if (spec := field_of(after, name)) is not None and spec.secret}
    given, wrong = read_given(after, {name: value for name, value in raw.items() if name not in shut})
    return given, wrong | shut


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


def newer(run: Run) -> Version | None:
    """Return the version that is published, where it is newer than the run's."""
    there = Version.objects.playbooks().filter(artifact=run.version.artifact_id, number__gt=run.version.number)
    return there.filter(status=VersionStatus.PUBLISHED).order_by("-number").first()


def unmapped(run: Run, after: Definition, mapping: Mapping[str, str] = MappingProxyType({})) -> tuple[str, ...]:
    """Return what of the run's version has left something in it, or is open, and is not there as it is.

    That is what a mapping can name: steps, inputs (`inputs.<field>`) and what forms have left (`steps.<id>.<field>`).
    """
    state = definitions.state_of(run)
    before = definitions.by_digest(state.definition)
    parts = Counterparts(before, after, mapping)
    open_ones = {visit.step for visit in state.visits.values() if parts.lacks_open(visit.step)}
    left = {step for held in state.values.values() for step in held} | {done.step for done in state.done}
    left |= {key.partition("@")[0] for key, line in state.ended.items() if line.result}
    there = {spec.name for spec in after.inputs}
    inputs = [f"inputs.{name}" for name in state.inputs if name not in there]
    steps = [step for step in before.steps if step in open_ones or (step in left and parts.lacks(step))]
    return (*steps, *inputs, *_left_in_forms(state, parts))


def _left_in_forms(state: State, parts: Counterparts) -> list[str]:
    """Return what forms have left, where the step has a counterpart whose form knows nothing of that name."""
    filled = {step: data for held in state.values.values() for step, data in held.items()}
    found = []
    for step in parts.before.steps:
        there = form_of(parts.after, parts.meant(step))
        if there and isinstance(filled.get(step), dict):
            gone = [name for name in form_of(parts.before, step) if name not in there]
            found += [f"steps.{step}.{name}" for name in gone if name in filled[step]]
    return found


def form_of(definition: Definition, step: str) -> dict[str, FieldSpec]:
    """Return the fields of a task's form by name; none of anything else."""
    does = definition.steps[step].does if step in definition.steps else None
    return {one.name: one for one in does.form} if isinstance(does, TaskSpec) else {}


def lacking(run: Run, after: Definition, mapping: Mapping[str, str], found: Assessment) -> tuple[Changeable, ...]:
    """Return which of what the run lacks there somebody may give."""
    names = {finding.name for finding in found.findings if finding.name}
    state = definitions.state_of(run)
    before = definitions.by_digest(state.definition)
    return wanted(state, before, after, concerning(before, mapping), names) if names else ()


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
