"""`manage.py trigger NAME --payload FILE`: what a call of a webhook does, from the command line."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from runs import trigger
from runs.models import Run
from runs.outcomes import is_accepted
from workflows.management.reading import read


class Command(BaseCommand):
    help = "Start what a webhook starts, with this as what was sent. Exits 1 where nothing begins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="The name of the webhook, as playbooks have it.")
        parser.add_argument("--payload", metavar="FILE", type=Path, help="What was sent: a file of JSON.")
        parser.add_argument("--key", default=None, help="Sent again with the same key, it starts nothing more.")

    def handle(self, *, name: str, payload: Path | None, key: str | None, **options: Any) -> None:
        sent = {}
        if payload is not None:
            try:
                sent = json.loads(read(payload))
            except ValueError as fault:
                raise CommandError(f"{payload}: this is no JSON: {fault}.") from None
        fired = trigger.fire_webhook(name, sent, key)
        if not fired:
            raise CommandError(f"No published playbook is triggered by `{name}`.")
        refused = []
        for one in fired:
            if is_accepted(one.answer):
                run = Run.objects.select_related("started_by").get(pk=one.answer.run_id)
                how = "had begun already" if one.answer.repeated else f"began in the name of {run.started_by}"
                self.stdout.write(f"{one.trigger.artifact}: run {run.number} {how}.")
            else:
                refused.append(f"{one.trigger.artifact}: {trigger.why(one.trigger, one.answer)}")
        if refused:
            raise CommandError("\n".join(refused))
