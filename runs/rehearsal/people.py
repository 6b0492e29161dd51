"""The people of a scenario in the database: accounts, groups and parts, kept as the scenario has them by now."""

from __future__ import annotations

from django.contrib.auth.models import Group

from engine.definition import Definition
from engine.language.verbs import OPERATOR
from engine.rehearsal.directory import Directory
from workflows.models import Part, Person, Unit

#: The unit above all others: everybody may start what is below it, the operator may operate it.
ROOT = "rehearsal"


class People:
    """Makes whoever is named, and moves people as the directory of the rehearsal does."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.root, _ = Unit.objects.get_or_create(slug=ROOT, defaults={"title": "Rehearsal"})
        self.known: dict[str, Person] = {}
        self.groups: dict[str, set[str]] = {}
        self.inactive: set[str] = set()

    def unit_of(self, definition: Definition) -> Unit:
        """Return the unit that keeps this playbook."""
        return Unit.objects.get_or_create(
            slug=definition.owner, defaults={"title": definition.owner, "parent": self.root}
        )[0]

    def settle(self) -> None:
        """Let the database know what the directory knows: whom it was asked about, who is where, who is active."""
        for name in sorted(self.directory.named - self.known.keys()):
            self.known[name] = Person.objects.create(username=name)
            self._take_part(self.known[name])
        for name, groups in self.directory.groups.items():
            if self.groups.get(name, set()) != groups:
                there = [Group.objects.get_or_create(name=group)[0] for group in sorted(groups)]
                self.known[name].groups.set(there)
                self.groups[name] = set(groups)
        gone = self.directory.inactive - self.inactive
        if gone:
            Person.objects.filter(username__in=gone).update(is_active=False)
            self.inactive |= gone

    def _take_part(self, person: Person) -> None:
        parts = [Part.Kind.MEMBER]
        if person.username == OPERATOR:
            parts += [Part.Kind.OPERATOR, Part.Kind.BREAK_GLASS]
        Part.objects.bulk_create(Part(unit=self.root, person=person, part=part) for part in parts)
