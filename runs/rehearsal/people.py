"""The people of a scenario in the database: accounts, groups and parts, kept as the scenario has them by now."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import Group

from engine.definition import Definition
from engine.language.verbs import OPERATOR
from engine.machine.events import ENGINE, Event
from engine.rehearsal.directory import Away, Directory, Lent
from runs.attached import files_in
from runs.models import Absence, Delegation, File
from workflows.models import Artifact, Part, Person, Unit

#: The unit above all others: everybody may start what is below it, the operator may operate it.
ROOT = "rehearsal"
#: As long as something stands that has no end yet.
EVER = timedelta(days=36_500)


class People:
    """Makes whoever is named, and moves people as the directory of the rehearsal does."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.root, _ = Unit.objects.get_or_create(slug=ROOT, defaults={"title": "Rehearsal"})
        self.known: dict[str, Person] = {}
        self.groups: dict[str, set[str]] = {}
        self.inactive: set[str] = set()
        self.services: set[str] = set()
        self.lent: dict[Lent, int] = {}
        self.away: dict[Away, int] = {}

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
        programs = self.directory.people.services - self.services
        if programs:
            Person.objects.filter(username__in=programs).update(is_service=True)
            self.services |= programs
        self._lend()
        self._leave()

    def _lend(self) -> None:
        """Have the delegations that there are, and no others."""
        there = self.directory.people.lent
        for lent in [one for one in self.lent if one not in there]:
            Delegation.objects.filter(pk=self.lent.pop(lent)).delete()
        for lent in [one for one in there if one not in self.lent]:
            by = self.known[lent.by]
            given = Delegation.objects.create(
                person=by,
                to=self.known[lent.to],
                starts_at=lent.since,
                ends_at=lent.until or lent.since + EVER,
                made_by=by,
                made_at=lent.since,
            )
            named = [Artifact.objects.get_or_create(slug=it, defaults={"unit": self.root})[0] for it in lent.playbooks]
            given.playbooks.set(named)
            self.lent[lent] = given.pk

    def _leave(self) -> None:
        """Have the absences that there are, and no others."""
        there = self.directory.people.away
        for away in [one for one in self.away if one not in there]:
            Absence.objects.filter(pk=self.away.pop(away)).delete()
        for away in [one for one in there if one not in self.away]:
            person, until = self.known[away.person], away.until or away.since + EVER
            absence = Absence.objects.create(
                person=person, starts_at=away.since, ends_at=until, made_by=person, made_at=away.since
            )
            self.away[away] = absence.pk

    def keep(self, event: Event, run: UUID | None) -> None:
        """Have the files that an event names, as if whoever acts had uploaded them; nobody reads their bytes."""
        for _, file in files_in(event) if event.actor != ENGINE else ():
            File.objects.create(run_id=run, by=self.known[event.actor], at=event.at, **asdict(file))

    def _take_part(self, person: Person) -> None:
        parts = [Part.Kind.MEMBER]
        if person.username == OPERATOR:
            parts += [Part.Kind.OPERATOR, Part.Kind.BREAK_GLASS]
        Part.objects.bulk_create(Part(unit=self.root, person=person, part=part) for part in parts)
