"""Whom a definition names, and whether this organisation has them.

The compiler knows documents, not people; this module asks the directory about one compiled document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.contrib.auth.models import Group
from django.db.models import QuerySet

from engine.compiler import Compiled
from engine.definition import Definition, GateSpec, StepSpec, TaskSpec
from engine.language.plan import Plan
from engine.language.policy import Policy
from engine.problems import Problem
from engine.tables.table import Table
from workflows import contents, owners
from workflows.contents import Content
from workflows.models import DOCUMENTS, Artifact, Person, Unit, Version

USER = "user:"
LONGEST_TAGS = 480


def groups(definition: Definition) -> set[str]:
    """Return the names of the groups that the roles are made of."""
    return {group for role in definition.roles.values() for group in role.groups}


def people(definition: Definition) -> set[str]:
    """Return the usernames that roles, tasks, gates and rungs name."""
    in_roles = {user for role in definition.roles.values() for user in role.users}
    return in_roles.union(*(_in_step(step) for step in definition.steps.values()))


def _in_step(step: StepSpec) -> set[str]:
    names = [work.assign for work in (step.does, step.undo) if isinstance(work, TaskSpec)]
    names += step.does.approvers if isinstance(step.does, GateSpec) else ()
    for rung in step.escalate:
        names += (*rung.remind, *(name for name in (rung.add, rung.reassign) if name))
    return {name.removeprefix(USER) for name in names if name.startswith(USER)}


def known_groups(definition: Definition) -> QuerySet[Group]:
    return Group.objects.filter(name__in=groups(definition))


def known_people(definition: Definition) -> QuerySet[Person]:
    return Person.objects.filter(username__in=people(definition))


def keep(version: Version, content: Content) -> None:
    """Note at a version whom it names: they find it, and the runs on it.

    A playbook names by its roles; a plan by who answers for it and for its milestones (docs/decisions/0040).
    """
    if isinstance(content, Definition):
        version.role_groups.set(known_groups(content))
        version.role_people.set(known_people(content))
    elif isinstance(content, Plan):
        answering = answering_for(content)
        version.role_groups.set(Group.objects.filter(name__in=[one.name for one in answering if one.kind == "group"]))
        version.role_people.set([one.person for one in answering if one.person is not None])


def answering_for(plan: Plan) -> Iterable[owners.Owner]:
    """Return who answers for a plan and for its milestones."""
    return owners.look_up([plan.owner, *(milestone.owner for milestone in plan.milestones)]).values()


def strangers(compiled: Compiled, content: Content, unit: Unit) -> Iterator[Problem]:
    """Yield a problem for each unit, group and person that is named and not there, and for what cannot be kept:
    an id that is taken, a text that is too long."""
    kept = contents.columns(content)
    for key, longest in (("title", 200), ("domain", 64)):
        if len(kept[key]) > longest:
            yield _problem(compiled, "bad-value", f"`{key}` has more than {longest} characters.", "Shorten it.", key)
    if len(kept["tags"]) > LONGEST_TAGS:
        message = f"`tags` have more than {LONGEST_TAGS} characters together."
        yield _problem(compiled, "bad-value", message, "Leave some out.", "tags")
    if isinstance(content, Policy):
        yield from _elsewhere(compiled, content, unit)
    # who owns a plan may also be a person or a group, and `workflows.plans` warns where nobody is called so
    elif not isinstance(content, Plan) and _is_strange(content):
        message = f"No unit is called `{content.owner}`."
        yield _problem(compiled, "bad-value", message, "Name a unit of the organisation.", "owner")
    yield from _taken(compiled, content, unit)
    if isinstance(content, Definition):
        yield from _unknown_people(compiled, content)


def _is_strange(content: Definition | Table) -> bool:
    """Say whether the unit that owns it is not there; a decision may be without one."""
    is_named = isinstance(content, Definition) or bool(content.owner)
    return is_named and not Unit.objects.filter(slug=content.owner).exists()


def _elsewhere(compiled: Compiled, policy: Policy, unit: Unit) -> Iterator[Problem]:
    """Yield a problem where a policy names another unit than the one that is to keep it."""
    there, said = unit.path.strip("/").split("/"), policy.unit.split("/")
    if there[-len(said) :] != said:
        message = f"This policy is for `{policy.unit}`, and {unit.title} is `{'/'.join(there)}`."
        yield _problem(compiled, "bad-value", message, "Publish it for the unit that it names.", "unit")


def _taken(compiled: Compiled, content: Content, unit: Unit) -> Iterator[Problem]:
    """Yield a problem where the id is another unit's, or that of a document of another kind."""
    what, slug = contents.word(content), contents.slug(content)
    artifact = Artifact.objects.filter(slug=slug).select_related("unit").first()
    kind = artifact and artifact.versions.order_by("-number").values_list("kind", flat=True).first()
    if artifact is None or kind is None:
        return
    stored = kind if kind in DOCUMENTS else "playbook"
    if artifact.unit != unit or stored != what:
        message = f"{artifact.unit} already keeps a {stored} called `{slug}`."
        hint = "Choose another id, or publish it there." if stored == what else "Choose another id."
        yield _problem(compiled, "duplicate-id", message, hint, what)


def _unknown_people(compiled: Compiled, definition: Definition) -> Iterator[Problem]:
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
