"""Whether people are enough for a run that this person would start: asked at the start page and at the start itself.

Who starts is known here, so that what was a warning of the playbook becomes certain, or goes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from engine.definition import Definition
from engine.machine.commands import Refusal
from runs import definitions
from runs.staffing import proof, published
from workflows.models import Person, Version

CODE = "nobody-eligible"


@dataclass(frozen=True)
class Outlook:
    """What comes of it if this person starts now: why it is refused, or what may go wrong."""

    refusal: Refusal | None = None
    warnings: tuple[str, ...] = ()


def outlook(version: Version, username: str) -> Outlook:
    """Say whether every task and gate of the run has people enough, this person being the one who starts it.

    One statement; two more where there is something to say.
    """
    definition = definitions.of_version(version)
    people = _people(definition)
    found = proof.ask(definition, people, {username})
    if not found:
        return Outlook()
    called = published.names({*people, username})
    says = [(one.short.is_warning, " ".join(published.sentences(definition, one, called)).strip()) for one in found]
    errors = [sentence for is_warning, sentence in says if not is_warning]
    if errors:
        return Outlook(Refusal(CODE, " ".join(errors)))
    return Outlook(warnings=tuple(sentence for _, sentence in says))


def _people(definition: Definition) -> dict[str, Collection[str]]:
    """Read everybody whom the playbook may mean, with their groups."""
    there = Person.objects.filter(is_active=True, is_service=False)
    groups, users = proof.groups_and_users(definition)
    if not proof.is_open_to_all(definition):
        there = there.filter(Q(groups__name__in=groups) | Q(username__in=users))
    found: dict[str, set[str]] = {}
    for username, group in there.values_list("username", "groups__name"):
        found.setdefault(username, set()).update([group] if group else [])
    return dict(found)
