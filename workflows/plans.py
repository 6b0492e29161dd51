"""The plans of the library as published, and whether the playbooks they name are there and take what they are given.

Asked where a plan is published, and again each time it is shown: what was there may be gone meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.compiler import Compiled
from engine.language.plan import Delivery, Plan, from_json
from engine.lifecycles import VersionStatus
from engine.plan_inputs import Misfit, misfits
from engine.problems import Problem, did_you_mean
from workflows import owners, playbooks
from workflows.models import Unit, Version

HEAVY = ("source", "definition", "proven")
Startable = Mapping[str, Version]


def of_version(version: Version) -> Plan:
    return by_digest(version.digest)


@lru_cache(maxsize=256)
def by_digest(digest: str) -> Plan:
    """Return the plan with this digest. Raises `LookupError` when no version holds it."""
    stored = Version.objects.plans().filter(digest=digest).values_list("definition", flat=True).first()
    if stored is None:
        raise LookupError(f"no version has the plan {digest}")
    return from_json(json.loads(stored))


def startable(plans: Iterable[Plan]) -> Startable:
    """Return the published versions of the playbooks that these plans name, by id. One statement."""
    named = {run.playbook for plan in plans for milestone in plan.milestones for run in milestone.runs}
    found = Version.objects.playbooks().filter(status=VersionStatus.PUBLISHED.value, artifact__slug__in=named)
    return {version.artifact.slug: version for version in found.select_related("artifact__unit").defer(*HEAVY)}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a run of the plan cannot be started as it is written, at its playbook or (`name`) at one of its inputs."""

    code: str
    message: str
    hint: str = ""
    name: str = ""


def trouble_with(run: Delivery, published: Startable, known: Iterable[str] = ()) -> tuple[Trouble, ...]:
    """Return what stands in the way of a run of a plan. `known` are the ids that it may have meant."""
    version = published.get(run.playbook)
    if version is None:
        hint = did_you_mean(run.playbook, known) or "Publish the playbook first."
        return (Trouble("unknown-playbook", f"No playbook `{run.playbook[:80]}` is published.", hint),)
    if wrong := _version(run, version.number):
        return (wrong,)
    definition = playbooks.by_digest(version.digest)
    if definition.template:
        message = f"`{run.playbook}` is a template: it starts no runs."
        return (Trouble("unknown-playbook", message, "Name a playbook that adapts it."),)
    return tuple(_of(misfit) for misfit in misfits(run, definition.inputs))


def _version(run: Delivery, newest: int) -> Trouble | None:
    wanted = int(run.version.removeprefix("^") or 0)
    if wanted > newest:
        message = f"`{run.playbook}` has no version {wanted}: version {newest} is published."
        return Trouble("unknown-playbook", message, f"Write `{run.playbook}@^{newest}`.")
    if wanted < newest and run.version.isdecimal():
        message = f"Version {wanted} of `{run.playbook}` starts no new runs: version {newest} is published."
        return Trouble("unknown-playbook", message, f"Write `{run.playbook}@^{wanted}` for that one or a newer.")
    return None


def _of(misfit: Misfit) -> Trouble:
    return Trouble(misfit.code, misfit.message, misfit.hint, misfit.name)


def problems(compiled: Compiled, plan: Plan, unit: Unit) -> Iterator[Problem]:
    """Yield what this organisation lacks for a plan of this unit.

    Playbooks and inputs are errors; owners whom nobody knows, or who will not find it, are warnings.
    """
    published, known = startable([plan]), playbooks.Published()
    for at, milestone in enumerate(plan.milestones):
        for nth, run in enumerate(milestone.runs):
            path = ("milestones", at, "runs", nth)
            for one in trouble_with(run, published, known):
                place = compiled.places.at(*path, *(("with", one.name) if one.name else ("playbook",)))
                yield Problem(one.code, one.message, place, one.hint, file=compiled.file)
    places = {plan.owner: ("owner",)}
    for at, milestone in enumerate(plan.milestones):
        places.setdefault(milestone.owner, ("milestones", at, "owner"))
    for name, owner in owners.look_up(places).items():
        if owner.is_gone:
            left = f"{owner.title} has left." if owner.person else f"Nobody is called `{name[:80]}`."
            hint = "Name a unit, a group, or a person as they sign in."
            place = compiled.places.at(*places[name])
            yield Problem(
                "bad-value", f"{left} Nobody answers for it.", place, hint, file=compiled.file, is_warning=True
            )
        elif owner.unit and owner.unit.path not in unit.paths and unit.path not in owner.unit.paths:
            place = compiled.places.at(*places[name])
            message = f"{owner.title} stands beside {unit.title} in the tree: its process owners do not find this plan."
            hint = f"Name a person or a group, or keep the plan in {owner.title} or a unit above both."
            yield Problem("bad-value", message, place, hint, file=compiled.file, is_warning=True)
