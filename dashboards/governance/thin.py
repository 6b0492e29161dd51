"""Gates that the next person to leave stops, or that are stopped already. Three statements, however many gates.

Counting takes a while where a library holds hundreds: a count is kept while nobody comes, leaves or changes groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.urls import reverse

from dashboards.governance.items import Item
from engine import values
from engine.definition import GateSpec
from engine.naming import title
from engine.proofs import spare
from runs import definitions
from runs.staffing import proof
from workflows.eligible import Organisation, organisation
from workflows.models import DOCUMENTS, Version
from workflows.playbooks import by_digest

LACKS = "Too few people: it cannot be decided, whoever starts the run."
AT_TIMES = "Too few at times: some who start a run, or do what comes before, leave too few to decide."
NONE_TO_SPARE = "Nobody to spare: the next one who leaves, or is away, stops it."


def gates(versions: Sequence[Version], shown: Sequence[str]) -> list[Item]:
    """Return the gates of these playbooks without anybody to spare, with those that lack people as late.

    `shown` are the units whose gates have a page for the reader (`runs.staffing.readers.paths`).
    """
    there = organisation()
    everybody = values.digest({person: sorted(groups) for person, groups in there.people.items()})
    found = []
    for version in versions:
        if version.kind in DOCUMENTS or (definition := definitions.of_version(version)).template:
            continue
        starters = there.starters(definition, version.artifact.unit)
        has_page = version.artifact.unit.path.startswith(tuple(shown))
        for step, says in _thin(_Question(version.digest, everybody, starters, there)):
            found.append(_item(version, step, title(definition, step), says, has_page))
    return found


@dataclass(frozen=True)
class _Question:
    """Equal where the playbook, all people with their groups, and those who may start it are."""

    digest: str
    everybody: str
    starters: frozenset[str]
    there: Organisation = field(compare=False)


@lru_cache(maxsize=5000)
def _thin(question: _Question) -> tuple[tuple[str, str], ...]:
    """Return the gates of a playbook without anybody to spare, each with what to say of it."""
    definition, people = by_digest(question.digest), question.there.people
    gates = [step for step in definition.steps.values() if isinstance(step.does, GateSpec)]
    if not gates:
        return ()
    staff = proof.staff(definition, people, question.starters)
    shorts = {one.short.step for one in proof.ask(definition, people, question.starters) if not one.short.is_warning}
    left = {step.id: spare.spare(staff, step) for step in gates}
    return tuple(
        (step.id, LACKS if step.id in shorts else AT_TIMES if left[step.id] < 0 else NONE_TO_SPARE)
        for step in gates
        if left[step.id] <= 0
    )


def _item(version: Version, step: str, called: str, says: str, has_page: bool) -> Item:
    slug = version.artifact.slug
    return Item(
        title=f"{called} in {version.title}",
        address=reverse("gate-people", args=[slug, step]) if has_page else reverse("playbook", args=[slug]),
        says=says,
        act="See who could join",
        unit=version.artifact.unit.title,
        is_late=says == LACKS,
    )
