"""Whom a definition names, and whether this organisation has them.

The compiler knows documents, not people; this module asks the directory about one compiled document.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.models import Group
from django.db.models import QuerySet

from engine.compiler import Compiled
from engine.definition import Definition, GateSpec, StepSpec, TaskSpec
from engine.problems import Problem
from workflows.models import Artifact, Person, Unit

USER = "user:"


def groups(definition: Definition) -> set[str]:
    """Return the names of the groups that the roles are made of."""
    return {group for role in definition.roles.values() for group in role.groups}


def people(definition: Definition) -> set[str]:
    """Return the usernames that roles, tasks, gates and rungs name."""
    in_roles = {user for role in definition.roles.values() for user in role.users}
    return in_roles.union(*(_in_step(step) for step in definition.steps.values()))


def _in_step(step: StepSpec) -> set[str]:
    names: list[str] = [step.does.assign] if isinstance(step.does, TaskSpec) else []
    names += step.does.approvers if isinstance(step.does, GateSpec) else ()
    for rung in step.escalate:
        names += (*rung.remind, *(name for name in (rung.add, rung.reassign) if name))
    return {name.removeprefix(USER) for name in names if name.startswith(USER)}


def known_groups(definition: Definition) -> QuerySet[Group]:
    return Group.objects.filter(name__in=groups(definition))


def known_people(definition: Definition) -> QuerySet[Person]:
    return Person.objects.filter(username__in=people(definition))


def strangers(compiled: Compiled, definition: Definition, unit: Unit) -> Iterator[Problem]:
    """Yield a problem for each unit, group and person that is named and not there, and for what cannot be kept:
    an id that is taken, a text that is too long."""
    for key, longest in (("title", 200), ("domain", 64)):
        if len(getattr(definition, key)) > longest:
            yield _problem(compiled, "bad-value", f"`{key}` has more than {longest} characters.", "Shorten it.", key)
    if not Unit.objects.filter(slug=definition.owner).exists():
        message = f"No unit is called `{definition.owner}`."
        yield _problem(compiled, "bad-value", message, "Name a unit of the organisation.", "owner")
    taken = Artifact.objects.filter(slug=definition.playbook).exclude(unit=unit).select_related("unit").first()
    if taken is not None:
        message = f"{taken.unit} already keeps a playbook called `{definition.playbook}`."
        yield _problem(compiled, "duplicate-id", message, "Choose another id, or publish it there.", "playbook")
    absent_groups = groups(definition) - set(known_groups(definition).values_list("name", flat=True))
    absent_people = people(definition) - set(known_people(definition).values_list("username", flat=True))
    by_name = "Name people as they sign in."
    for name, role in definition.roles.items():
        for group in sorted(absent_groups & set(role.groups)):
            message = f"Role `{name}` names the group `{group}`, which does not exist."
            yield _problem(compiled, "unknown-role", message, "Make the group first.", "roles", name)
        for user in sorted(absent_people & set(role.users)):
            message = f"Role `{name}` names `{user}`, whom nobody knows."
            yield _problem(compiled, "unknown-role", message, by_name, "roles", name)
    for step in definition.steps.values():
        for user in sorted(absent_people & _in_step(step)):
            message = f"Step `{step.id}` names `{user}`, whom nobody knows."
            yield _problem(compiled, "unknown-role", message, by_name, "steps", step.id)


def _problem(compiled: Compiled, code: str, message: str, hint: str, *path: str) -> Problem:
    return Problem(code, message, compiled.places.at(*path), hint, file=compiled.file)
