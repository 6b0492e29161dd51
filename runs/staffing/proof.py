"""Row 8 of the proofs, asked again of a definition with the people of today.

An answer is kept by all that it depends on: the definition, the people of its roles, who may start it. So the same
question costs a look-up, and nobody has to say when the directory has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.definition import STARTER, Definition, GateSpec, TaskSpec
from engine.proofs import spare
from engine.proofs.eligible import Shortfall, Staff, Ways
from engine.proofs.moves import Moves
from runs import definitions, directory

People = Mapping[str, Collection[str]]
_Frozen = frozenset[tuple[str, frozenset[str]]]


@dataclass(frozen=True)
class Found:
    """One step with too few people; `joining` are the roles with how many more people they would need."""

    short: Shortfall
    joining: tuple[tuple[str, int], ...]


def ask(definition: Definition, people: People, starters: Collection[str]) -> tuple[Found, ...]:
    """Return the steps for which these people are too few, or may be."""
    return _ask(definition.digest, *_of_matter(definition, people, starters))


def staff(definition: Definition, people: People, starters: Collection[str]) -> Staff:
    """Return the people of this playbook, to be counted."""
    return Staff(definition, people, starters, _ways(definition.digest))


def groups_and_users(definition: Definition) -> tuple[frozenset[str], frozenset[str]]:
    """Return the groups and the usernames that the playbook names anywhere."""
    groups = {group for role in definition.roles.values() for group in role.groups}
    users = {user for role in definition.roles.values() for user in role.users}
    return frozenset(groups), frozenset(users) | {name.removeprefix(directory.USER) for name in _named(definition)}


def is_open_to_all(definition: Definition) -> bool:
    """Whether some step asks whomever the data names, so that everybody may be meant."""
    return any("${" in name for name in _named(definition))


def _named(definition: Definition) -> set[str]:
    named: set[str] = set()
    for step in definition.steps.values():
        for does in (step.does, step.undo):
            if isinstance(does, GateSpec):
                named.update(does.approvers, does.exclude)
            elif isinstance(does, TaskSpec):
                named.add(does.assign)
        named.update(name for rung in step.escalate for name in (rung.add, rung.reassign) if name)
    return {name for name in named if name.startswith(directory.USER) or "${" in name} - {STARTER}


def _of_matter(definition: Definition, people: People, starters: Collection[str]) -> tuple[_Frozen, frozenset[str]]:
    """Leave out whom the answer cannot depend on."""
    groups, users = groups_and_users(definition)
    to_all = is_open_to_all(definition)
    kept = frozenset(
        (person, frozenset(groups.intersection(held)))
        for person, held in people.items()
        if to_all or person in users or not groups.isdisjoint(held)
    )
    return kept, frozenset(starters) & {person for person, _ in kept}


@lru_cache(maxsize=1000)
def _ask(digest: str, people: _Frozen, starters: frozenset[str]) -> tuple[Found, ...]:
    there = staff(definitions.by_digest(digest), dict(people), starters)
    return tuple(Found(short, spare.joining(there, short)) for short in there.shortfalls())


@lru_cache(maxsize=200)
def _ways(digest: str) -> Ways:
    definition = definitions.by_digest(digest)
    return Ways(definition, Moves(definition))
