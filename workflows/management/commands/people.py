"""`manage.py people`: accounts, groups and parts on the command line, in the name of an administrator; and imports."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows.directory import accounts, administrators, memberships, parts, passwords
from workflows.directory.changing import NotChanged, Outcome
from workflows.directory.imports import doing
from workflows.directory.imports.planned import Plan
from workflows.directory.imports.table import read
from workflows.management.reading import read_bytes
from workflows.models import DirectoryEntry, Part, Person, Unit
from workflows.sheets import SheetError


class Command(BaseCommand):
    help = "Change accounts, groups and parts, with the rights of --by. Exits 1 where it is refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="make an account")
        add.add_argument("--service", action="store_true", help="a program's account, for good: it never votes")
        add.add_argument("--password", action="store_true", help="ask for a temporary password")
        change = acts.add_parser("change", help="change details of an account")
        for act in (add, change):
            for name in accounts.DETAILS:
                act.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="TEXT")
        password = acts.add_parser("password", help="ask for a temporary password and set it")
        activate = acts.add_parser("activate", help="let somebody in again")
        deactivate = acts.add_parser("deactivate", help="shut somebody out, and end their sessions")
        appoint = acts.add_parser("appoint", help="give administrator's rights")
        dismiss = acts.add_parser("dismiss", help="take administrator's rights")
        join = acts.add_parser("join", help="take somebody into a group")
        leave = acts.add_parser("leave", help="take somebody out of a group")
        give = acts.add_parser("give", help="give a part in a unit and below")
        take = acts.add_parser("take", help="take a part in a unit away")
        for act in (add, change, password, activate, deactivate, appoint, dismiss, join, leave, give, take):
            act.add_argument("username", metavar="USERNAME")
            act.add_argument("--by", required=True, metavar="USERNAME", help="the administrator who does it")
        for act in (join, leave):
            act.add_argument("group", metavar="GROUP")
        join.add_argument("--new", action="store_true", help="the group comes to be with this member")
        for act in (give, take):
            act.add_argument("part", metavar="PART", help=", ".join(Part.Kind.values))
            act.add_argument("--unit", required=True, metavar="SLUG")
        imported = acts.add_parser("import", help="do what a CSV file of people or units says, all of it or nothing")
        imported.add_argument("file", metavar="FILE", type=Path)
        imported.add_argument("--dry-run", action="store_true", help="only say what each line would do")
        imported.add_argument("--new-groups", action="store_true", help="groups that are not there come to be")
        imported.add_argument("--by", required=True, metavar="USERNAME", help="the administrator who does it")
        listed = acts.add_parser("list", help="show who is there, with groups and parts")
        listed.add_argument("--group", help="only members of this group")
        log = acts.add_parser("log", help="show what has changed, newest first")
        log.add_argument("--of", metavar="USERNAME", help="only what concerns this person")
        log.add_argument("--last", type=int, default=50, metavar="N", help="so many (50)")

    def handle(self, *, act: str, **options: Any) -> None:
        if act == "list":
            self._list(options["group"])
        elif act == "log":
            self._log(options["of"], options["last"])
        elif act == "import":
            self._import(options["file"], _person(options["by"]), options["new_groups"], options["dry_run"])
        else:
            self._say(_ACTS[act](options, _person(options["by"])))

    def _say(self, outcome: Outcome) -> None:
        if isinstance(outcome, NotChanged):
            self.stderr.write(outcome.sentence)
            sys.exit(1)
        self.stdout.write(str(outcome) if outcome else "It was so already: nothing was changed.")

    def _import(self, file: Path, by: Person, is_new_group_meant: bool, is_rehearsal: bool) -> None:
        try:
            table = read(read_bytes(file))
        except SheetError as error:
            raise CommandError(f"{file}: {error}") from None
        if is_rehearsal:
            plan = doing.look(table, by, is_new_group_meant)
            self._tell(plan)
            if plan.counts["wrong"]:
                sys.exit(1)
            return
        answer = doing.do(table, by, is_new_group_meant)
        if isinstance(answer, doing.NotImported):
            if answer.plan is not None:
                self._tell(answer.plan)
            self.stderr.write(answer.sentence)
            sys.exit(1)
        self.stdout.write(f"{table.of}: {answer.detail}." if answer else "It was so already: nothing was changed.")

    def _tell(self, plan: Plan) -> None:
        for line in plan.lines:
            said = "; ".join(f"{column}: {says}" if column else says for column, says in line.errors.items())
            said = said or "; ".join(act.says for act in line.acts)
            self.stdout.write(f"line {line.number}  {line.name}  {line.does}{': ' if said else ''}{said}")
        self.stdout.write(", ".join(f"{count} {does}" for does, count in plan.counts.items()))

    def _list(self, group: str | None) -> None:
        people = Person.objects.order_by("username").prefetch_related("groups", "parts__unit")
        for person in people.filter(groups__name=group) if group else people:
            marks = [
                mark
                for mark, holds in (
                    ("service", person.is_service),
                    ("administrator", person.is_superuser),
                    ("not active", not person.is_active),
                )
                if holds
            ]
            groups = " ".join(sorted(found.name for found in person.groups.all()))
            held = " ".join(
                sorted(parts.about(part.part, part.unit).replace(" in ", ":") for part in person.parts.all())
            )
            said = "  ".join(text for text in (person.username, str(person), ", ".join(marks), groups, held) if text)
            self.stdout.write(said)

    def _log(self, of: str | None, last: int) -> None:
        entries = DirectoryEntry.objects.select_related("person")
        for entry in (entries.filter(person=_person(of)) if of else entries)[: max(last, 0)]:
            said = " ".join(text for text in (entry.get_kind_display(), entry.about) if text)
            detail = f"  ({entry.detail})" if entry.detail else ""
            self.stdout.write(f"{entry.at:%Y-%m-%d %H:%M:%SZ}  {entry.by}  {entry.person.username}: {said}{detail}")


def _person(username: str) -> Person:
    person = Person.objects.filter(username=username).first()
    if person is None:
        raise CommandError(f"Nobody signs in as `{username}`.")
    return person


def _details(given: dict[str, Any]) -> dict[str, str]:
    return {name: given[name] for name in accounts.DETAILS if given[name] is not None}


def _asked() -> str:
    """Read a password: typed unseen, or the first line of what is piped in, so that it stands in no shell's history."""
    return getpass.getpass("Temporary password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _add(given: dict[str, Any], by: Person) -> Outcome:
    password = _asked() if given["password"] else ""
    return accounts.add(given["username"], by, _details(given), password, given["service"])


def _part(given: dict[str, Any], by: Person, verb: Callable[[Person, str, Unit, Person], Outcome]) -> Outcome:
    unit = Unit.objects.filter(slug=given["unit"]).first()
    if unit is None:
        raise CommandError(f"No unit is called `{given['unit']}`.")
    return verb(_person(given["username"]), given["part"], unit, by)


_ACTS: dict[str, Callable[[dict[str, Any], Person], Outcome]] = {
    "add": _add,
    "change": lambda given, by: accounts.change(_person(given["username"]), by, _details(given)),
    "password": lambda given, by: passwords.set_temporary(_person(given["username"]), by, _asked()),
    "activate": lambda given, by: accounts.activate(_person(given["username"]), by),
    "deactivate": lambda given, by: accounts.deactivate(_person(given["username"]), by),
    "appoint": lambda given, by: administrators.appoint(_person(given["username"]), by),
    "dismiss": lambda given, by: administrators.dismiss(_person(given["username"]), by),
    "join": lambda given, by: memberships.join(_person(given["username"]), given["group"], by, is_new=given["new"]),
    "leave": lambda given, by: memberships.leave(_person(given["username"]), given["group"], by),
    "give": lambda given, by: _part(given, by, parts.give),
    "take": lambda given, by: _part(given, by, parts.take),
}
