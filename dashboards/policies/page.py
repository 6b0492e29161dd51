"""The page of a policy: what it demands in prose, which playbooks it binds, and whether each keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboards.policies.listing import titles_of
from engine.language.policy import Policy
from engine.naming import WORDS, listed
from engine.policies import say, say_publishing
from workflows import guard
from workflows.models import Artifact, Person, PolicyException, Unit, Version
from workflows.playbooks import by_digest
from workflows.policies import binding, checking, exceptions
from workflows.policies.binding import Bound
from workflows.policies.checking import Finding
from workflows.policies.preview import bound_by

#: The worst first: what a reader has to do something about stands above the rest.
ORDER = {"broken": 0, "excepted": 1, "holds": 2, "not-applicable": 3}


@dataclass(frozen=True)
class Held:
    """One playbook under one policy. `findings` are those that do not hold, excepted ones among them."""

    version: Version
    state: checking.State
    findings: tuple[Finding, ...] = ()
    may_ask: bool = False


@dataclass(frozen=True)
class Told:
    """What the policy says: whom it is about, its demands, and who must agree before a version is published."""

    about: str
    demands: tuple[str, ...]
    publishing: str = ""


def tell(policy: Policy) -> Told:
    """Say a policy in sentences."""
    limits = [
        ("the risk", policy.risk),
        ("the kind", policy.kind),
        ("the domain", policy.domain),
        ("one of the tags", policy.tags),
    ]
    said = [f"{what} {listed(values, 'or')}" for what, values in limits if values]
    about = f"Playbooks with {listed(said)}." if said else "Every playbook."
    return Told(
        about,
        tuple(say(one, WORDS) for one in policy.require),
        say_publishing(policy.publish) if policy.publish else "",
    )


def held(bound: Bound, person: Person, now: datetime) -> tuple[Held, ...]:
    """Return how each published playbook that this person finds stands to the policy, the worst first."""
    visible = set(Version.objects.visible_to(person).playbooks().values_list("pk", flat=True))
    rows = [_held(bound, version, now) for version in bound_by(bound.artifact.unit) if version.pk in visible]
    units = {row.version.artifact.unit for row in rows if row.state == "broken"}
    asking = {unit.pk for unit in units if guard.may(person, "author", unit)}
    rows = [
        Held(row.version, row.state, row.findings, row.state == "broken" and row.version.artifact.unit_id in asking)
        for row in rows
    ]
    return tuple(sorted(rows, key=lambda row: (ORDER[row.state], row.version.title.lower())))


def _held(bound: Bound, version: Version, now: datetime) -> Held:
    found = checking.findings(by_digest(version.digest), [bound], lambda: now)
    state: checking.State = min((one.state for one in found), key=ORDER.__getitem__, default="not-applicable")
    return Held(version, state, tuple(one for one in found if one.state in ("broken", "excepted")))


@dataclass(frozen=True)
class Kept:
    """One policy that binds a playbook, and how that stands to each demand."""

    title: str
    artifact: Artifact
    state: checking.State
    findings: tuple[Finding, ...]


def of_playbook(version: Version, now: datetime) -> tuple[Kept, ...]:
    """Return the policies that bind this playbook and apply to it, with what each demands."""
    definition = by_digest(version.digest)
    found = []
    for bound in binding.binding(version.artifact.unit):
        findings = checking.findings(definition, [bound], lambda: now)
        state = min((one.state for one in findings), key=ORDER.__getitem__, default="not-applicable")
        if state != "not-applicable":
            found.append(Kept(bound.version.title, bound.artifact, state, findings))
    return tuple(found)


def bound_of(version: Version) -> Bound:
    """Return this version of a policy as if it were the one that is published."""
    return Bound(version.artifact, version, binding.of_version(version))


def of_policy(policy: Artifact, person: Person, now: datetime) -> tuple[tuple[PolicyException, str], ...]:
    """Return the exceptions from this policy that are waited for or in force, and that this person may see.

    Each comes with the title of its playbook.
    """
    seen = PolicyException.objects.visible_to(person).filter(policy=policy, ends_at__gt=now)
    rows = seen.filter(status__in=exceptions.OPEN).select_related("playbook", "asked_by")
    found = list(rows.order_by("ends_at"))
    titles = titles_of(found)
    return tuple((one, titles.get(one.playbook_id, one.playbook.slug)) for one in found)


def units_below(unit: Unit) -> int:
    return Unit.objects.filter(path__startswith=unit.path).exclude(pk=unit.pk).count()
