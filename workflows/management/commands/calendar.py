"""`manage.py calendar load|use|list`: the organisation's own calendars, and which one a unit counts by."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows import reports
from workflows.calendars import KNOWN, Known
from workflows.keep_calendar import count_by, keep
from workflows.management.reading import read
from workflows.models import Calendar, Person, Unit
from workflows.publish import NotPublished


class Command(BaseCommand):
    help = "Keep calendars that playbooks may name, in the name of a person who may. Exits 1 where it is refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        load = acts.add_parser("load", help="keep a calendar of YAML, or change it")
        load.add_argument("file", metavar="FILE", type=Path)
        load.add_argument("--unit", required=True, help="the slug of the unit that keeps it")
        use = acts.add_parser("use", help="let a unit's playbooks count by a calendar where they name none")
        use.add_argument("name", metavar="NAME", help='the calendar, or "" for that of the unit above')
        use.add_argument("--unit", required=True, help="the slug of the unit")
        for act in (load, use):
            act.add_argument("--by", required=True, metavar="USERNAME", help="who does it")
        acts.add_parser("list", help="show the calendars that playbooks may name")

    def handle(self, *, act: str, **options: Any) -> None:
        if act == "list":
            self._list()
            return
        unit = Unit.objects.filter(slug=options["unit"]).first()
        person = Person.objects.filter(username=options["by"]).first()
        if unit is None:
            raise CommandError(f"No unit is called `{options['unit']}`.")
        if person is None:
            raise CommandError(f"Nobody signs in as `{options['by']}`.")
        if act == "load":
            self._load(options["file"], unit, person)
        else:
            self._use(options["name"], unit, person)

    def _load(self, file: Path, unit: Unit, person: Person) -> None:
        text = read(file)
        kept = keep(text, unit, person, str(file))
        if isinstance(kept, NotPublished):
            for problem in kept.problems:
                for line in reports.problem_lines(problem, text):
                    self.stderr.write(line)
            self.stderr.write(kept.sentence or f"{file}: not kept.")
            sys.exit(1)
        self.stdout.write(
            f"{kept.name} {kept.number} is kept: playbooks that are published from now on may name it. Those that have "
            "been keep what they were published with."
        )

    def _use(self, name: str, unit: Unit, person: Person) -> None:
        if sentence := count_by(unit, name, person):
            raise CommandError(sentence)
        by = f"`{name}`" if name else "the calendar of the unit above"
        self.stdout.write(f"{unit} counts by {by}, in what is published from now on.")

    def _list(self) -> None:
        own = {calendar.name: calendar for calendar in Calendar.objects.select_related("unit")}
        for name, calendar in Known().items():
            whose = "shipped" if name in KNOWN else f"{own[name].unit}, {own[name].number}"
            self.stdout.write(f"{name}  ({whose})  {calendar.title}".rstrip())
