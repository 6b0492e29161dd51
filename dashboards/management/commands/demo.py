"""`manage.py demo`: fill an empty installation with the invented Lindhaven Energy. A second call does nothing."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboards.demo.build import NotHere, build
from runs.models import Run
from workflows.models import Person


class Command(BaseCommand):
    help = "Build the living demo. Only with PENSTOCK_DEMO=1, and only where nobody has worked yet."

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            is_new = build()
        except NotHere as why:
            raise CommandError(str(why)) from None
        if options["verbosity"] == 0:
            return
        if is_new:
            people, runs = Person.objects.count(), Run.objects.count()
            self.stdout.write(f"Lindhaven Energy: {people} people, {runs} runs, in {time.monotonic() - began:.0f} s")
        else:
            self.stdout.write("The demo is there already; nothing was changed.")
