"""Gates that the next person to leave stops, or that are stopped already. Four statements, however many gates."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from dashboards.consequences import title
from dashboards.governance.items import Item
from engine.definition import GateSpec
from engine.proofs import spare
from runs import definitions
from runs.staffing import proof
from workflows.eligible import organisation
from workflows.models import DOCUMENTS, Version

LACKS = "Too few people: it cannot be decided, whoever starts the run."
AT_TIMES = "Too few at times: some who start a run, or do what comes before, leave too few to decide."
NONE_TO_SPARE = "Nobody to spare: the next one who leaves, or is away, stops it."


def gates(versions: Sequence[Version], shown: Sequence[str]) -> list[Item]:
    """Return the gates of these playbooks without anybody to spare, with those that lack people as late.

    `shown` are the units whose gates have a page for the reader (`runs.staffing.readers.paths`).
    """
    there = organisation()
    found = []
    for version in versions:
        if version.kind in DOCUMENTS or (definition := definitions.of_version(version)).template:
            continue
        asked = [step for step in definition.steps.values() if isinstance(step.does, GateSpec)]
        if not asked:
            continue
        starters = there.starters(definition, version.artifact.unit)
        staff = proof.staff(definition, there.people, starters)
        shorts = {one.short.step for one in proof.ask(definition, there.people, starters) if not one.short.is_warning}
        for step in asked:
            left = spare.spare(staff, step)
            if left <= 0:
                has_page = version.artifact.unit.path.startswith(tuple(shown))
                says = LACKS if step.id in shorts else AT_TIMES if left < 0 else NONE_TO_SPARE
                found.append(_item(version, step.id, title(definition, step.id), says, has_page))
    return found


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
