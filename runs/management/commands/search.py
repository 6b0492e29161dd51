"""`manage.py search`: finds runs by their words as the pages do; `--rebuild` makes the index anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runs import search
from runs.models import Run


class Command(BaseCommand):
    """Shows every run there is: whoever may use the database may see them all."""

    help = "Find runs by number, id or words, or make the index anew that finds them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("words", nargs="*", help="what to look for: a number, an id or words")
        parser.add_argument("--rebuild", action="store_true", help="make words and index anew from the runs")

    def handle(self, *args: Any, words: list[str], rebuild: bool, **options: Any) -> None:
        if not rebuild and not words:
            raise CommandError("Say what to look for, or --rebuild.")
        if rebuild:
            done = 0
            for done in search.rebuild():
                self.stdout.write(f"\r{done} runs", ending="")
                self.stdout.flush()
            self.stdout.write(f"\rThe words of {done} runs are made anew, and the index over them.")
        if words:
            text = " ".join(words)
            number = search.exact(text)
            found = Run.objects.filter(number=number) if number is not None else Run.objects.none()
            for run in [*found, *Run.objects.filter(number__in=search.numbers(text)).order_by("-number")[:20]]:
                self.stdout.write(f"{run.number}  {run.title}  ({run.get_status_display()})")
