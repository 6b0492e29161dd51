"""`manage.py run ACT NUMBER …`: what a person may do to a run, or to several, from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engine.machine.commands import Refusal
from runs.management import many, operating, own
from runs.management.steps import ADDRESS
from runs.models import Run
from runs.outcomes import FieldErrors, is_accepted
from workflows.models import Person

ACTS = {**own.ACTS, **operating.ACTS}


class Command(BaseCommand):
    """In somebody's name and with that person's rights: the command line is no way around the guard."""

    help = "Vote, do a task or operate a run: each act is kept in its log under the name given."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        for act, (words, takes) in ACTS.items():
            one = acts.add_parser(act, help=words, description=words.capitalize() + ".")
            if "values" in takes:
                says = "the runs' numbers, then inputs.<field> or steps.<id>.<name>"
                one.add_argument("words", nargs="+", metavar="NUMBER … NAME=VALUE", help=says)
            elif act == "vote":  # what is voted on was seen: one run at a time
                one.add_argument("number", type=int, help="the run's number")
            else:
                one.add_argument("number", type=int, nargs="+", help="the runs' numbers")
            if "step" in takes:
                one.add_argument("step", help="the id of the step; `look[0]` in an item" if act == "jump" else ADDRESS)
            _add_what_it_takes(one, takes)
            one.add_argument("--by", required=True, metavar="USERNAME", help="who does it")
            if act in operating.ACTS:
                one.add_argument("--reason", required="--dry-run" not in takes, default="")
            elif act == "complete":
                one.add_argument("--reason", help="needed where it is for somebody")

    def handle(self, *args: Any, act: str, by: str, **given: Any) -> None:
        numbers, given["values"] = _numbers(given)
        person = Person.objects.filter(username=by).first()
        if person is None:
            raise CommandError(f"There is nobody called {by}.")
        if len(numbers) == 1:
            self.stdout.write(self._do(act, numbers[0], person, given, "Done: {entry} of run {number}."))
            return
        refused = 0
        together = many.do if many.is_kept(act, given) else self._one_by_one
        for number, says, is_done in together(act, numbers, person, given):
            refused += not is_done
            is_told = is_done and (act == "show" or given.get("dry_run"))
            self.stdout.write(says if is_told else f"Run {number}: {says[:1].lower()}{says[1:]}")
        if refused:
            raise CommandError(f"Nothing was done to {refused} of {len(numbers)} runs.")

    def _one_by_one(
        self, act: str, numbers: list[int], person: Person, given: dict[str, Any]
    ) -> Iterator[tuple[int, str, bool]]:
        """Do it to each of these runs; give each with what came of it and whether it was done."""
        for number in numbers:
            try:
                yield number, self._do(act, number, person, given, "Done, {entry}."), True
            except CommandError as problem:
                yield number, str(problem), False

    def _do(self, act: str, number: int, person: Person, given: dict[str, Any], words: str) -> str:
        """Do it to one run and return that in words. Raises CommandError where it was not done."""
        run = Run.objects.filter(number=number).select_related("unit").first() if 0 < number < 2**63 else None
        if run is None:
            raise CommandError(f"There is no run {number}.")
        if act == "show":
            return "\n".join(own.show(run, person))
        if given.get("dry_run"):
            return "\n".join(operating.said_of_moving(run, person, given))
        doing = operating.do if act in operating.ACTS else own.do
        outcome = doing(act, run, person, given)
        if isinstance(outcome, FieldErrors):
            raise CommandError("Refused: " + " ".join(f"{name}: {message}" for name, message in outcome.items()))
        if isinstance(outcome, Refusal):
            raise CommandError(f"Refused ({outcome.code}): {outcome.sentence}")
        if not is_accepted(outcome):
            raise CommandError("Refused: it has changed meanwhile.")
        return words.format(entry=f"entry {outcome.seq}", number=number)


def _add_what_it_takes(one: CommandParser, takes: tuple[str, ...]) -> None:
    if "choice" in takes:
        one.add_argument("choice", choices=own.CHOICES)
        one.add_argument("--comment", default="")
    if "--seen" in takes:
        one.add_argument(
            "--seen", required=True, metavar="DIGEST", help="of what was read: `manage.py run show` says it"
        )
    if "--link" in takes:
        one.add_argument("--link", action="append", default=[], metavar="URL", help="as evidence")
    if "name" in takes:
        one.add_argument("name", help="the name of the signal")
    if "--data" in takes:
        one.add_argument("--data", default="", metavar="JSON", help="what it says")
    if "--version" in takes:
        one.add_argument("--to", required=True, type=int, metavar="VERSION", dest="version", help="its number")
        one.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="OLD=NEW",
            dest="mapping",
            help="which step, inputs.<field> or steps.<id>.<field> is which there",
        )
        one.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help="what the run has not and needs there"
        )
        one.add_argument(
            "--accept",
            action="append",
            default=[],
            choices=("repeats", "skips-gate"),
            help="move it although a step would be done again, or a gate passed over",
        )
        one.add_argument("--dry-run", action="store_true", help="say what stands against it and move nothing")
    if "--undo" in takes:
        one.add_argument("--undo", action="store_true", help="undo first what was done since that step")
    if "--to" in takes:
        one.add_argument("--to", required=True, metavar="USERNAME", help="who; a task may go to a role as well")
    if "--for" in takes:
        one.add_argument("--for", metavar="USERNAME", dest="on_behalf_of", help="whose right or task it is")
    if "--field" in takes:
        one.add_argument("--field", action="append", default=[], metavar="NAME=VALUE", help="of the form")
        one.add_argument("--outcome", help="one of the task's outcomes")
        one.add_argument("--ticked", action="store_true", help="the whole checklist is done")


def _numbers(given: dict[str, Any]) -> tuple[list[int], list[str]]:
    """Return the runs, each once, and the `NAME=VALUE`s behind them where there are any."""
    written, pairs = given.pop("number", None), []
    if written is None:
        words = given.pop("words")
        count = next((nth for nth, word in enumerate(words) if not word.isdecimal()), len(words))
        written, pairs = [int(word) for word in words[:count] if len(word) < 19], words[count:]
        if not written or not pairs:
            raise CommandError("Write the run's number, then NAME=VALUE.")
    return list(dict.fromkeys([written] if isinstance(written, int) else written)), pairs
