"""`manage.py absences FILE.ics --by USER [--feed NAME] [--dry-run]`: bring the absences of a calendar in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engine.machine.commands import Refusal
from runs.feed.bring_in import bring_in
from runs.feed.reading import MOST_BYTES
from workflows.models import Person


class Command(BaseCommand):
    """In an administrator's name and with the guard's rules, as on the page."""

    help = "Bring absences in from an iCalendar file: new ones are put down, changed ones changed, gone ones ended."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="an iCalendar file (.ics) of at most 1 MB")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="the administrator who does it")
        parser.add_argument(
            "--feed",
            default="",
            metavar="NAME",
            help="what the calendar is known by from one time to the next; its own name without it",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, **options: Any) -> None:
        by = Person.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError(f"There is nobody called {options['by']}.")
        file: Path = options["file"]
        try:
            with file.open("rb") as opened:
                raw = opened.read(MOST_BYTES + 1)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from error
        report = bring_in(raw, by, options["feed"], options["dry_run"])
        if isinstance(report, Refusal):
            raise CommandError(f"{file}: {report.sentence}")
        for line in report.lines:
            self.stdout.write(f"{line.what}: {line.whom + ' ' if line.whom else ''}{line.words}")
        self.stdout.write(report.sentence)
