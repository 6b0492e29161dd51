"""`manage.py seed_load`: a database as it is after years, within minutes, to measure and to look at."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dashboards.demo.build import in_a_hurry
from dashboards.demo.organisation import AUDITOR, PEOPLE
from dashboards.seeding.filling import fill, prepare
from dashboards.seeding.shelf import NotStocked
from runs.clock import database_clock
from workflows.models import Person


class Command(BaseCommand):
    """What is due in the runs that it makes is spread over the weeks to come, and nobody is told of them."""

    help = "Fill the database with runs in every state, with logs that verify. Never where real work is done."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--runs", type=int, required=True, metavar="N", help="how many runs are added")
        parser.add_argument("--open", type=float, default=0.07, metavar="SHARE", help="how many of them are open: 0.07")
        parser.add_argument("--seed", type=int, default=1, help="another number gives other runs")
        parser.add_argument("--yes", action="store_true", help="do it although others than the demo's people are here")

    def handle(self, *args: Any, **options: Any) -> None:
        count, share, seed = options["runs"], options["open"], options["seed"]
        if settings.PRODUCTION:
            raise CommandError("This is a production installation (PENSTOCK_ENV=production): no runs are made up here.")
        if count < 1 or not 0 <= share <= 1:
            raise CommandError("Give --runs as a whole number from 1, and --open as a share between 0 and 1.")
        ours = {colleague.username for colleague in (*PEOPLE, AUDITOR)}
        others = Person.objects.exclude(username__in=ours).count()
        if others and not options["yes"]:
            raise CommandError(
                f"There are {others} people here who are not the demo's: runs made up would stand among theirs. "
                "Take another database, or say --yes."
            )
        began = time.monotonic()
        try:
            self._fill(count, share, seed, quiet=options["verbosity"] == 0)
        except NotStocked as fault:
            raise CommandError(f"The playbooks that runs are made up of cannot be published here: {fault}") from fault
        if options["verbosity"]:
            self.stdout.write(f"{count:,} runs in {time.monotonic() - began:.0f} s.")

    def _fill(self, count: int, share: float, seed: int, *, quiet: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with in_a_hurry(), Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
            bar = progress.add_task("playing samples", total=count)
            now = database_clock()
            logging.disable(logging.INFO)
            for done in fill(prepare(count, seed, now), count, share, seed, now):
                progress.update(bar, completed=done, description="writing runs")
            logging.disable(logging.NOTSET)
