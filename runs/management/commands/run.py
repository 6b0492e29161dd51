"""`manage.py run ACT NUMBER …`: what an operator may do to a run, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engine.machine.commands import Refusal
from runs import complete, definitions, operate
from runs.directory import USER
from runs.models import Run
from runs.outcomes import Accepted, FieldErrors, is_accepted
from workflows.models import Person

#: act -> what it does, and the arguments it takes beside the run's number
ACTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "pause": ("let the run stand still: people's acts are refused, clocks stop", ()),
    "resume": ("let a paused run go on", ()),
    "cancel": ("end the run", ()),
    "retry": ("try a step with an incident again", ("step",)),
    "skip": ("go on without a step", ("step",)),
    "complete": ("hand in a task for somebody", ("step", "--for", "--field", "--outcome", "--ticked")),
    "reassign": ("hand a task to a role or a person", ("step", "--to")),
    "jump": ("go on at another step", ("step",)),
    "data": ("put inputs or data of steps that have ended right", ("values",)),
}


class Command(BaseCommand):
    """In somebody's name and with that person's rights: the command line is no way around the guard."""

    help = "Operate a run: each act asks for a reason and is kept in its log."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        for act, (words, takes) in ACTS.items():
            one = acts.add_parser(act, help=words, description=words.capitalize() + ".")
            one.add_argument("number", type=int, help="the run's number")
            if "step" in takes:
                one.add_argument("step", help="the id of the step" if act == "jump" else "the id of an open step")
            if "values" in takes:
                one.add_argument("values", nargs="+", metavar="NAME=VALUE", help="inputs.<field> or steps.<id>.<name>")
            if "--to" in takes:
                one.add_argument("--to", required=True, metavar="ROLE|USERNAME", help="a role of the playbook, or who")
            if "--for" in takes:
                one.add_argument("--for", required=True, metavar="USERNAME", dest="on_behalf_of", help="who did it")
                one.add_argument("--field", action="append", default=[], metavar="NAME=VALUE", help="of the form")
                one.add_argument("--outcome", help="one of the task's outcomes")
                one.add_argument("--ticked", action="store_true", help="the whole checklist is done")
            one.add_argument("--by", required=True, metavar="USERNAME", help="the operator who does it")
            one.add_argument("--reason", required=True)

    def handle(self, *args: Any, act: str, number: int, by: str, reason: str, **options: Any) -> None:
        run = Run.objects.filter(number=number).select_related("unit").first()
        person = Person.objects.filter(username=by).first()
        if run is None or person is None:
            raise CommandError(f"There is no run {number}." if run is None else f"There is nobody called {by}.")
        outcome = _DO[act](run, person, reason, options)
        if isinstance(outcome, FieldErrors):
            raise CommandError("Refused: " + " ".join(f"{name}: {message}" for name, message in outcome.items()))
        if isinstance(outcome, Refusal):
            raise CommandError(f"Refused ({outcome.code}): {outcome.sentence}")
        if is_accepted(outcome):
            self.stdout.write(f"Done: entry {outcome.seq} of run {number}.")


def _visit(run: Run, step: str) -> int:
    visits = [visit.number for visit in definitions.state_of(run).visits.values() if visit.step == step]
    if not visits:
        raise CommandError(f"The step {step} of run {run.number} is not open.")
    return visits[-1]


def _pairs(written: list[str]) -> dict[str, str]:
    wrong = [pair for pair in written if "=" not in pair]
    if wrong:
        raise CommandError(f"Write NAME=VALUE, not {wrong[0]}.")
    return dict(pair.split("=", 1) for pair in written)


Answer = Accepted | Refusal | FieldErrors | object
Doing = Callable[[Run, Person, str, dict[str, Any]], Answer]


def _complete(run: Run, person: Person, reason: str, options: dict[str, Any]) -> Answer:
    visit = _visit(run, options["step"])
    does = definitions.of(run).steps[options["step"]].does
    items = getattr(does, "checklist", ()) if options["ticked"] else ()
    return complete.complete(
        run,
        visit,
        person,
        _pairs(options["field"]),
        options["outcome"],
        on_behalf_of=options["on_behalf_of"],
        reason=reason,
        ticked=items,
    )


def _reassign(run: Run, person: Person, reason: str, options: dict[str, Any]) -> Answer:
    to = options["to"]
    to = to if to in definitions.of(run).roles or to.startswith(USER) else USER + to
    return operate.reassign(run, _visit(run, options["step"]), person, to, reason)


_DO: dict[str, Doing] = {
    "pause": lambda run, person, reason, _: operate.pause(run, person, reason),
    "resume": lambda run, person, reason, _: operate.resume(run, person, reason),
    "cancel": lambda run, person, reason, _: operate.cancel(run, person, reason),
    "retry": lambda run, person, reason, options: operate.retry(run, _visit(run, options["step"]), person, reason),
    "skip": lambda run, person, reason, options: operate.skip(run, _visit(run, options["step"]), person, reason),
    "complete": _complete,
    "reassign": _reassign,
    "jump": lambda run, person, reason, options: operate.jump(run, person, options["step"], reason),
    "data": lambda run, person, reason, options: operate.change(run, person, _pairs(options["values"]), reason),
}
