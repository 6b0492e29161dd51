"""`manage.py load_library`: publish the shipped playbooks. A second call changes nothing."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows import reports, shipped


class Command(BaseCommand):
    help = "Publish the shipped library, with the units and groups it names. A second call changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            broken = self._load()
        except shipped.ScenarioFailed as fault:
            raise CommandError(str(fault)) from None
        if broken:
            sys.exit(1)

    def _load(self) -> bool:
        broken = False
        for loaded in shipped.load():
            if loaded.version is None:
                broken = True
                for problem in loaded.problems:
                    for line in reports.problem_lines(problem, ""):
                        self.stderr.write(line)
                self.stderr.write(f"{loaded.id}: not published. {loaded.sentence}".strip())
            else:
                state = "published" if loaded.is_new else "unchanged"
                self.stdout.write(f"{loaded.id} {loaded.version.number}: {state}")
        return broken
