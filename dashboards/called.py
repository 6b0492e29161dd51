"""What a visit is called on the pages: its title, and the item of an each that it belongs to.

Every item of an each has visits of the same steps, so a page that shows several must tell them apart: by the title,
where the playbook's says `${each.…}`, else by the item's value while it is known, else by its number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine import values
from engine.definition import Definition
from engine.machine import scopes
from engine.machine.state import State
from runs.models import Step

#: So long a name an item may have.
LONGEST = 60


def item(scope: str) -> str:
    """Call an item by its number: `item 1`, in an each within an each `item 1.3`; empty outside."""
    indices = re.findall(r"\d+", scopes.indices(scope))
    return f"item {'.'.join(str(int(index) + 1) for index in indices)}" if indices else ""


def numbered(step: Step) -> str:
    """The title of a visit with the number of its item: what a list over time needs, where items have ended too."""
    return f"{step.title} ({item(step.scope)})" if step.scope else step.title


def told(step: Step, definition: Definition) -> str:
    """The title of a visit, with the number of its item where the title does not say which."""
    return step.title if says_item(definition, step.name) else numbered(step)


def named(step: Step, definition: Definition, state: State) -> str:
    """The title of a visit, with its item where the title does not say which."""
    if not step.scope or says_item(definition, step.name):
        return step.title
    return f"{step.title}: {value_of(state, step.scope) or item(step.scope)}"


def says_item(definition: Definition, step: str) -> bool:
    """Say whether the title of a step names the item by itself."""
    written = definition.steps[step].title if step in definition.steps else ""
    return "${each." in written.replace(" ", "")


def value_of(state: State, scope: str) -> str:
    """The item of this scope in a few words, as long as its each is under way."""
    each = state.items.get(scope)
    return name(values.decode(each["item"])) if each and "item" in each else ""


def name(value: Any) -> str:
    """Write an item in a few words: a text as it is, of a mapping what tells it from the others."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("title", "name", "id", "key") if key in value), None) or ", ".join(
            f"{key} {part}" for key, part in list(value.items())[:2]
        )
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
