"""Whether a playbook keeps the policies that bind it: asked where it is published, and at the start of every run.

What is proven of a definition under a policy never changes, so it is proven once a process: by the digests of both, and
of the playbooks that it calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal

from engine.compiler import Compiled
from engine.compiler.library import find
from engine.definition import CallSpec, Definition
from engine.language.policy import Policy
from engine.language.stored import digest
from engine.policies import applies, say
from engine.problems import Problem
from engine.proofs.policies import Violation, violations
from workflows.models import Artifact, PolicyException, Unit, Version
from workflows.playbooks import Published, by_digest
from workflows.policies.binding import Bound, binding

LONGEST_REQUIREMENT = 500
State = Literal["holds", "broken", "excepted", "not-applicable"]


@dataclass(frozen=True)
class Finding:
    """One demand of one policy, and how the playbook stands to it.

    `path` are the titles along a way through the playbook that shows what is broken first; `sentence` says it with the
    name of the policy, `what` without, `shows` also without the way, and `hint` what to do: for readers, in titles.
    `places` are all the places where it is broken. `exception` is what lets it be, where it is excepted.
    """

    artifact: Artifact
    requirement: str
    state: State
    path: tuple[str, ...] = ()
    sentence: str = ""
    what: str = ""
    shows: str = ""
    hint: str = ""
    places: tuple[Violation, ...] = ()
    exception: PolicyException | None = None

    @property
    def more(self) -> int:
        """In how many further places it is broken."""
        return max(0, len(self.places) - 1)


def check(definition: Definition, unit: Unit, at: datetime) -> tuple[Finding, ...]:
    """Return a finding for each demand of each policy that binds this unit; of a broken one the first place."""
    return findings(definition, binding(unit), lambda: at)


def findings(definition: Definition, bound: Iterable[Bound], at: Callable[[], datetime]) -> tuple[Finding, ...]:
    """Return how the playbook stands to these policies. What time it is is asked where an exception may count."""
    found = [one for each in bound for one in _of_policy(definition, each)]
    broken = [one.artifact.pk for one in found if one.state == "broken"]
    if not broken:
        return tuple(found)
    excepted = _exceptions(definition.playbook, broken, at())
    return tuple(_excepted(one, excepted) for one in found)


def problems(compiled: Compiled, definition: Definition, unit: Unit, at: datetime) -> tuple[Problem, ...]:
    """Return what keeps a compiled document from being published under the policies of this unit.

    What is excepted is a warning.
    """
    return tuple(
        Problem(
            "policy-violated",
            f"{_excused(one)}{place.message}",
            compiled.places.at(*place.path),
            place.said.hint,
            place.way,
            compiled.file,
            is_warning=one.state == "excepted",
            titled=f"{_excused(one)}{place.titled_message}",
        )
        for one in check(definition, unit, at)
        for place in one.places
    )


def kept(definition: Definition, unit: Unit) -> tuple[str, ...]:
    """Return the titles of the policies that apply to this playbook of this unit and that it keeps."""
    applying = [bound for bound in binding(unit) if bound.policy.require and applies(bound.policy, definition)]
    return tuple(bound.version.title for bound in applying if not broken_by(definition, bound.policy))


def refusal(version: Version, at: Callable[[], datetime]) -> str:
    """Return why no run may start on this version, in a sentence; nothing where it may.

    The playbooks that it calls are asked too, each under the policies of its own unit.
    """
    definition = by_digest(version.digest)
    asked = [(definition, version.artifact.unit)]
    if called := list(_called(definition)):
        units = {
            one.slug: one.unit
            for one in Artifact.objects.filter(slug__in=[child.playbook for child in called]).select_related("unit")
        }
        asked += [(child, units[child.playbook]) for child in called if child.playbook in units]
    for each, unit in asked:
        broken = next((one for one in findings(each, binding(unit), at) if one.state == "broken"), None)
        if broken is not None:
            return f"{broken.sentence} {broken.hint}".strip()
    return ""


def broken_by(definition: Definition, policy: Policy) -> tuple[Violation, ...]:
    """Return where a published playbook breaks a policy, whether that is published or not."""
    children = {child.playbook: child for child in _called(definition)}
    digests = (definition.digest, digest(policy), *sorted(child.digest for child in children.values()))
    return _proven(_Question(digests, definition, policy, children))


@dataclass(frozen=True)
class _Question:
    """Equal where the digests are: they say all that the answer depends on."""

    digests: tuple[str, ...]
    definition: Definition = field(compare=False)
    policy: Policy = field(compare=False)
    children: Mapping[str, Definition] = field(compare=False)


@lru_cache(maxsize=4096)
def _proven(question: _Question) -> tuple[Violation, ...]:
    return violations(question.definition, question.policy, lambda call: question.children.get(call.playbook))


def _called(definition: Definition) -> Iterable[Definition]:
    """Give the playbooks that this one calls, and those that they call, as a run started now would find them."""
    library: Published | None = None
    seen = {definition.playbook}
    pending = [definition]
    while pending:
        for step in pending.pop().steps.values():
            if not isinstance(step.does, CallSpec) or step.does.playbook in seen:
                continue
            seen.add(step.does.playbook)
            library = library or Published()
            child = find(library, step.does.playbook, step.does.version) if step.does.playbook in library else None
            if child is not None:
                pending.append(child)
                yield child


def _of_policy(definition: Definition, bound: Bound) -> Iterable[Finding]:
    is_about = applies(bound.policy, definition)
    broken: dict[str, list[Violation]] = {}
    for found in broken_by(definition, bound.policy) if is_about else ():
        broken.setdefault(say(found.requirement), []).append(found)
    for demand in bound.policy.require:
        says = say(demand)
        if not is_about:
            yield Finding(bound.artifact, says, "not-applicable")
        elif says not in broken:
            yield Finding(bound.artifact, says, "holds")
        else:
            first, places = broken[says][0], tuple(broken[says])
            told, sentence = first.titled, first.titled_message
            yield Finding(bound.artifact, says, "broken", told.way, sentence, told.whole, told.what, told.hint, places)


def _exceptions(playbook: str, policies: Iterable[int], at: datetime) -> Mapping[tuple[int, str], PolicyException]:
    granted = PolicyException.objects.in_force(at).filter(playbook__slug=playbook, policy__in=policies)
    return {(one.policy_id, one.requirement): one for one in granted.order_by("ends_at")}


def _excepted(found: Finding, excepted: Mapping[tuple[int, str], PolicyException]) -> Finding:
    exception = excepted.get((found.artifact.pk, found.requirement[:LONGEST_REQUIREMENT]))
    if found.state != "broken" or exception is None:
        return found
    return replace(found, state="excepted", exception=exception)


def _excused(found: Finding) -> str:
    return "" if found.exception is None else f"Excepted until {found.exception.ends_at:%Y-%m-%d}: "
