"""`manage.py run ACT NUMBER …`: what an operator may do to a run, or to several, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engine.machine.commands import Refusal
from engine.machine.state import step_of
from runs import complete, definitions, operate
from runs.directory import USER
from runs.models import Run
from runs.outcomes import Accepted, FieldErrors, is_accepted
from workflows.models import Person

#: act -> what it does, and the arguments it takes beside the runs' numbers
ACTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "pause": ("let the run stand still: people's acts are refused, clocks stop", ()),
    "resume": ("let a paused run go on", ()),
    "cancel": ("end the run", ()),
    "rollback": ("have what was done undone, newest first; then the run ends", ()),
    "signal": ("say a signal that a step waits for, or will wait for", ("name", "--data")),
    "retry": ("try a step with an incident again", ("step",)),
    "skip": ("go on without a step; an undo: it was done by hand", ("step",)),
    "complete": ("hand in a task for somebody", ("step", "--for", "--field", "--outcome", "--ticked")),
    "reassign": ("hand a task to a role or a person", ("step", "--to")),
    "jump": ("go on at another step", ("step", "--undo")),
    "data": ("put inputs or data of steps that have ended right", ("values",)),
}
ADDRESS = "the id of an open step; `look[0]` in an item, `ship.undo` what takes it back"


class Command(BaseCommand):
    """In somebody's name and with that person's rights: the command line is no way around the guard."""

    help = "Operate a run: each act asks for a reason and is kept in its log."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        for act, (words, takes) in ACTS.items():
            one = acts.add_parser(act, help=words, description=words.capitalize() + ".")
            if "step" in takes:
                one.add_argument("number", type=int, nargs="+", help="the runs' numbers")
                where = "the id of the step; `look[0]` in an item" if act == "jump" else ADDRESS
                one.add_argument("step", help=where)
            elif "values" in takes:
                says = "the runs' numbers, then inputs.<field> or steps.<id>.<name>"
                one.add_argument("words", nargs="+", metavar="NUMBER … NAME=VALUE", help=says)
            else:
                one.add_argument("number", type=int, nargs="+", help="the runs' numbers")
            if "name" in takes:
                one.add_argument("name", help="the name of the signal")
            if "--data" in takes:
                one.add_argument("--data", default="", metavar="JSON", help="what it says")
            if "--undo" in takes:
                one.add_argument("--undo", action="store_true", help="undo first what was done since that step")
            if "--to" in takes:
                one.add_argument("--to", required=True, metavar="ROLE|USERNAME", help="a role of the playbook, or who")
            if "--for" in takes:
                one.add_argument("--for", required=True, metavar="USERNAME", dest="on_behalf_of", help="who did it")
                one.add_argument("--field", action="append", default=[], metavar="NAME=VALUE", help="of the form")
                one.add_argument("--outcome", help="one of the task's outcomes")
                one.add_argument("--ticked", action="store_true", help="the whole checklist is done")
            one.add_argument("--by", required=True, metavar="USERNAME", help="the operator who does it")
            one.add_argument("--reason", required=True)

    def handle(self, *args: Any, act: str, by: str, reason: str, **options: Any) -> None:
        numbers, options["values"] = _numbers(options)
        person = Person.objects.filter(username=by).first()
        if person is None:
            raise CommandError(f"There is nobody called {by}.")
        if len(numbers) == 1:
            self.stdout.write(f"Done: {self._do(act, numbers[0], person, reason, options)} of run {numbers[0]}.")
            return
        refused = 0
        for number in numbers:
            try:
                self.stdout.write(f"Run {number}: done, {self._do(act, number, person, reason, options)}.")
            except CommandError as problem:
                refused += 1
                self.stdout.write(f"Run {number}: {str(problem)[:1].lower()}{str(problem)[1:]}")
        if refused:
            raise CommandError(f"Nothing was done to {refused} of {len(numbers)} runs.")

    def _do(self, act: str, number: int, person: Person, reason: str, options: dict[str, Any]) -> str:
        """Do it to one run and return its entry in words. Raises CommandError where it was not done."""
        run = Run.objects.filter(number=number).select_related("unit").first() if 0 < number < 2**63 else None
        if run is None:
            raise CommandError(f"There is no run {number}.")
        outcome = _DO[act](run, person, reason, options)
        if isinstance(outcome, FieldErrors):
            raise CommandError("Refused: " + " ".join(f"{name}: {message}" for name, message in outcome.items()))
        if isinstance(outcome, Refusal):
            raise CommandError(f"Refused ({outcome.code}): {outcome.sentence}")
        if not is_accepted(outcome):
            raise CommandError("Refused: it has changed meanwhile.")
        return f"entry {outcome.seq}"


def _numbers(options: dict[str, Any]) -> tuple[list[int], list[str]]:
    """Return the runs, each once, and the `NAME=VALUE`s behind them where there are any."""
    written, pairs = options.pop("number", None), []
    if written is None:
        words = options.pop("words")
        count = next((nth for nth, word in enumerate(words) if not word.isdecimal()), len(words))
        written, pairs = [int(word) for word in words[:count] if len(word) < 19], words[count:]
        if not written or not pairs:
            raise CommandError("Write the run's number, then NAME=VALUE.")
    return list(dict.fromkeys([written] if isinstance(written, int) else written)), pairs


def _visit(run: Run, step: str) -> int:
    visits = definitions.state_of(run).visits.values()
    found = [visit for visit in visits if visit.address == step]
    found = found or [visit for visit in visits if visit.step == step]
    if not found:
        raise CommandError(f"The step {step} of run {run.number} is not open.")
    if len(found) > 1:
        several = ", ".join(visit.address for visit in found[:5])
        raise CommandError(f"The step {step} is open for several items of run {run.number}: say which, as {several}.")
    return found[0].number


def _pairs(written: list[str]) -> dict[str, str]:
    wrong = [pair for pair in written if "=" not in pair]
    if wrong:
        raise CommandError(f"Write NAME=VALUE, not {wrong[0]}.")
    return dict(pair.split("=", 1) for pair in written)


Answer = Accepted | Refusal | FieldErrors | object
Doing = Callable[[Run, Person, str, dict[str, Any]], Answer]


def _complete(run: Run, person: Person, reason: str, options: dict[str, Any]) -> Answer:
    visit = _visit(run, options["step"])
    state = definitions.state_of(run)
    does = step_of(definitions.of(run), state.visits[visit]).does
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
    "rollback": lambda run, person, reason, _: operate.rollback(run, person, reason),
    "signal": lambda run, person, reason, given: operate.signal(run, person, given["name"], given["data"], reason),
    "retry": lambda run, person, reason, options: operate.retry(run, _visit(run, options["step"]), person, reason),
    "skip": lambda run, person, reason, options: operate.skip(run, _visit(run, options["step"]), person, reason),
    "complete": _complete,
    "reassign": _reassign,
    "jump": lambda run, person, reason, given: operate.jump(run, person, given["step"], reason, undo=given["undo"]),
    "data": lambda run, person, reason, options: operate.change(run, person, _pairs(options["values"]), reason),
}
