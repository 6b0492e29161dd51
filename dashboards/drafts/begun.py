"""How a new document begins: where somebody may write one, and a first text that compiles once its names are there."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from workflows.guard import PARTS
from workflows.models import PLAN, Person, Unit

_TEXT = """\
playbook: my-playbook
title: What it is called
kind: sop
summary: When somebody starts it, and what comes of it.
owner: {unit}

roles:
  team: {{groups: []}}

steps:
  - id: first
    title: What is done first
    task: {{assign: starter, instructions: Say how.}}

  - id: done
    end: completed
"""


def units_of(person: Person) -> list[Unit]:
    """Return the units whose playbooks this person may write, by title."""
    held = person.parts.filter(part__in=PARTS["author"]).values_list("unit__path", flat=True)
    units = Unit.objects.order_by("title")
    return [unit for unit in units if any(unit.path.startswith(path) for path in held)]


_PLAN = """\
plan: my-plan
title: What it is called
objective: What is to be reached, in one sentence.
owner: {unit}
milestones:
  - id: first
    title: What is reached first
    due: {due}
    runs: []
"""
#: Until the first milestone of a plan that is begun.
_LATER = timedelta(days=30)


def text(unit: Unit, kind: str = "") -> str:
    """Return a first text of this kind: a plan's, or else a playbook's."""
    template = _PLAN if kind == PLAN else _TEXT
    return template.format(unit=unit.slug, due=(timezone.localdate() + _LATER).isoformat())
