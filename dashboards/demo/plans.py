"""A plan of Lindhaven: new meters in three milestones, delivered by rollouts of the demo."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboards.demo import organisation
from runs import link
from runs.models import Run
from workflows.models import Artifact, Person, Unit, Version
from workflows.publish import publish

SLUG = "new-meters"
UNIT = "metering"
OWNER = "aiko"
#: Milestone -> the firmware of each rollout that delivers it.
DELIVERED_BY = {"old-model": ("3.9",), "new-model": ("4.2", "4.3")}


def publish_it(now: datetime, began: datetime) -> None:
    """Publish the plan as of then."""
    publisher = Person.objects.get(username=organisation.PROCESS_OWNER)
    answer = publish(_text(now), Unit.objects.get(slug=UNIT), publisher, f"{SLUG}.yaml", at=began)
    if not isinstance(answer, Version):
        raise ValueError(f"the demo's plan is not published: {answer}")


def link_runs(now: datetime) -> None:
    """Let the plan's owner link the rollouts that are over or under way."""
    owner, plan = Person.objects.get(username=OWNER), Artifact.objects.get(slug=SLUG)
    for milestone, firmwares in DELIVERED_BY.items():
        for firmware in firmwares:
            run = Run.objects.get(version__artifact__slug="meter-rollout", title__contains=f" {firmware} ")
            linked = link.link(plan, milestone, run.number, owner, at=now - timedelta(hours=1))
            if not isinstance(linked, Run):
                raise ValueError(f"the demo's run {run.number} is not linked: {linked.sentence}")


def _text(now: datetime) -> str:
    def day(days: int) -> str:
        return (now + timedelta(days=days)).date().isoformat()

    return f"""\
plan: {SLUG}
title: New meters in the city
objective: Every household in five districts reads its own meter by the end of the season.
summary: The old model first, as it is known; then the new one, two districts at a time.
owner: {OWNER}
milestones:
  - id: old-model
    title: Old model up to date
    owner: ines
    due: {day(-6)}
    runs: [{{playbook: meter-rollout@^1, with: {{model: KM-4, firmware: "3.9"}}}}]
  - id: new-model
    title: New model in five districts
    owner: engineers
    due: {day(2)}
    runs:
      - {{playbook: meter-rollout@^1, with: {{model: KM-5, firmware: "4.2"}}}}
      - {{playbook: meter-rollout@^1, with: {{model: KM-5, firmware: "4.3"}}}}
  - id: last-districts
    title: The last two districts
    due: {day(40)}
    runs:
      - playbook: meter-rollout@^1
        with: {{model: KM-5, firmware: "4.3", districts: [Molenwijk, Zuidhoek]}}
"""
