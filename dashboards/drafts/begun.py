"""How a new document begins: where somebody may write one, and a first text that compiles once its names are there."""

from __future__ import annotations

from workflows.guard import PARTS
from workflows.models import Person, Unit

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


def text(unit: Unit) -> str:
    return _TEXT.format(unit=unit.slug)
