"""`manage.py verify_log`: proves that the log of every run is whole and gives the state that is stored."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runs import ledger
from runs.models import Run


class Command(BaseCommand):
    """Ends with 0 when all holds; else names each bad run's first bad entry and ends with 1."""

    help = "Check the chain, the gaps and the replay of every run's log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("runs", nargs="*", type=int, metavar="NUMBER", help="only these runs")

    def handle(self, *args: Any, runs: list[int], **options: Any) -> None:
        chosen = Run.objects.order_by("number")
        if runs:
            chosen = chosen.filter(number__in=runs)
            missing = set(runs) - set(chosen.values_list("number", flat=True))
            if missing:
                raise CommandError(f"There is no run {', '.join(map(str, sorted(missing)))}.")
        checked = flaws = 0
        for run in chosen.iterator(chunk_size=200):
            flaw = ledger.verify(run)
            checked += 1
            if flaw:
                flaws += 1
                self.stdout.write(self.style.ERROR(f"run {run.number} ({flaw.run}), entry {flaw.seq}: {flaw.says}"))
        if flaws:
            raise CommandError(f"{flaws} of {checked} runs do not hold.", returncode=1)
        self.stdout.write(f"{checked} runs verified: every chain is whole and gives the stored state.")
