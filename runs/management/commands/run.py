"""`manage.py run cancel|retry|skip NUMBER …`: what an operator may do, from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engine.machine.commands import Refusal
from runs import definitions, operate
from runs.models import Run
from runs.outcomes import is_accepted
from workflows.models import Person


class Command(BaseCommand):
    """In somebody's name and with that person's rights: the command line is no way around the guard."""

    help = "Cancel a run, retry a step with an incident, or skip an open step."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        for act in ("cancel", "retry", "skip"):
            one = acts.add_parser(act)
            one.add_argument("number", type=int, help="the run's number")
            if act != "cancel":
                one.add_argument("step", help="the id of an open step")
            one.add_argument("--by", required=True, metavar="USERNAME", help="the operator who does it")
            one.add_argument("--reason", required=True)

    def handle(self, *args: Any, act: str, number: int, by: str, reason: str, **options: Any) -> None:
        run = Run.objects.filter(number=number).select_related("unit").first()
        person = Person.objects.filter(username=by).first()
        if run is None or person is None:
            raise CommandError(f"There is no run {number}." if run is None else f"There is nobody called {by}.")
        if act == "cancel":
            outcome = operate.cancel(run, person, reason)
        else:
            does = operate.retry if act == "retry" else operate.skip
            outcome = does(run, _visit(run, options["step"]), person, reason)
        if isinstance(outcome, Refusal):
            raise CommandError(f"Refused ({outcome.code}): {outcome.sentence}")
        if is_accepted(outcome):
            self.stdout.write(f"Done: entry {outcome.seq} of run {number}.")


def _visit(run: Run, step: str) -> int:
    visits = [visit.number for visit in definitions.state_of(run).visits.values() if visit.step == step]
    if not visits:
        raise CommandError(f"The step {step} of run {run.number} is not open.")
    return visits[-1]
