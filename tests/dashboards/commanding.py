"""What the command line does in somebody's name, for the matrix: each act once, who may, and one try of it, undone."""

from __future__ import annotations

import io
import sys
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from django.apps import apps
from django.core.management import CommandError, call_command, find_commands, load_command_class
from django.db import transaction
from django.utils import timezone

from tests.dashboards import doors, governed
from tests.dashboards.doors import ADMINISTRATOR, BREAKER, NOBODY, SEE_RUNS, World

ENGINEER, MANAGER, OPERATOR = (frozenset({name}) for name in ("engineer", "manager", "operator"))
#: Who operates the unit's runs: whoever may break the glass is an operator too.
OPERATE = OPERATOR | BREAKER | {"barred"}
WRITE = frozenset({"author", "process_owner"})

#: Each act with what it is told, and who may do it; `--by` is added.
BY_A_PERSON: Mapping[str, tuple[str, frozenset[str]]] = {
    "run show": ("{run}", SEE_RUNS | {"breaker", "barred"}),
    "run vote": ("{asked} board approve --seen {digest}", MANAGER),
    "run withdraw": ("{asked} board", NOBODY),
    "run delegate": ("{asked} board --to zoe", MANAGER),
    "run take-back": ("{asked} board", NOBODY),
    "run claim": ("{run} plan", ENGINEER | {"barred"}),
    "run release": ("{run} plan", NOBODY),
    "run complete": ("{run} plan --field change_ref=CHG-1 --field downtime=0m --ticked", ENGINEER | {"barred"}),
    "run pause": ("{run} --reason x", OPERATE),
    "run resume": ("{run} --reason x", NOBODY),
    "run cancel": ("{run} --reason x", OPERATE),
    "run rollback": ("{run} --reason x", OPERATE),
    "run signal": ("{run} go --reason x", NOBODY),
    "run retry": ("{run} plan --reason x", NOBODY),
    # past a gate: without the part beside the operator's, or where the gate excludes them, nobody
    "run skip": ("{asked} board --reason x", BREAKER),
    "run reassign": ("{run} plan --to zoe --reason x", OPERATE),
    "run jump": ("{asked} tell --reason x", BREAKER),
    "run move": ("{run} --to 1 --reason x", NOBODY),
    "run data": ("{run} inputs.service=other --reason x", OPERATE),
    "publish": ("{playbook_file} --unit platform", WRITE),
    "calendar load": ("{calendar_file} --unit platform", WRITE),
    "calendar use": ("office-hours-eu --unit platform", WRITE),
    "absences": ("{absences_file}", ADMINISTRATOR),
    "people add": ("eve", ADMINISTRATOR),
    "people change": ("ann --job-title Engineer", ADMINISTRATOR),
    "people password": ("ann", ADMINISTRATOR),
    "people activate": ("gus", ADMINISTRATOR),
    "people deactivate": ("ann", ADMINISTRATOR),
    "people appoint": ("ann", ADMINISTRATOR),
    "people dismiss": ("chief", ADMINISTRATOR),
    "people join": ("ann managers", ADMINISTRATOR),
    "people leave": ("ann engineers", ADMINISTRATOR),
    "people give": ("ann member --unit platform", ADMINISTRATOR),
    "people take": ("olga operator --unit platform", ADMINISTRATOR),
    "people import": ("{people_file}", ADMINISTRATOR),
}
#: What whoever has a shell on the host does in nobody's name: it reads files or the database, or is the installation.
OF_THE_HOST = frozenset({"calendar list", "clock", "compile", "decision", "demo", "flush", "load_library"})
OF_THE_HOST |= {"people list", "people log", "rehearse", "schema", "search", "seed_load", "trigger", "verify_log"}

_CALENDAR = """\
calendar: here
title: Here
timezone: Europe/Berlin
hours: "09:00-17:00"
"""
_ABSENCES = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//x//EN
X-WR-CALNAME:Away
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
ATTENDEE:mailto:ann@example.org
SUMMARY:ann
DTSTART;VALUE=DATE:{begins:%Y%m%d}
DTEND;VALUE=DATE:{ends:%Y%m%d}
END:VEVENT
END:VCALENDAR
"""
_FILES = {
    "playbook_file": ("other.yaml", governed.text("other")),
    "calendar_file": ("here.yaml", _CALENDAR),
    "people_file": ("people.csv", "username\neve\n"),
    "absences_file": ("away.ics", _ABSENCES),
}


def acts() -> Iterator[tuple[str, bool]]:
    """Every act of the command line of the product, and whether it is done in a person's name."""
    for app in ("workflows", "runs", "dashboards"):
        for name in find_commands(str(Path(apps.get_app_config(app).path) / "management")):
            parser = load_command_class(app, name).create_parser("manage.py", name)
            below = [one for one in parser._actions if isinstance(one, _SubParsersAction)]
            if not below:
                yield name, _takes_by(parser)
            for action in below:
                yield from ((f"{name} {act}", _takes_by(one)) for act, one in action.choices.items())


def _takes_by(parser: ArgumentParser) -> bool:
    return "--by" in parser._option_string_actions


def write(folder: Path) -> dict[str, object]:
    """Write the files that acts take; return their names for `World.known`."""
    begins = timezone.now() + timedelta(days=20)
    dates = {"begins": begins, "ends": begins + timedelta(days=2)}
    for file, text in _FILES.values():
        (folder / file).write_text(text.format(**dates) if text == _ABSENCES else text)
    return {name: folder / file for name, (file, _) in _FILES.items()}


def ask(world: World, who: str, act: str, told: str) -> tuple[bool, str]:
    """Do it in somebody's name and undo it; return whether it was done, and what was said."""
    by = world.people[who].username if who else "nobody-there"
    words = [*act.split(), *told.format(**world.known).split(), "--by", by]
    out, saved, stdin = io.StringIO(), transaction.savepoint(), sys.stdin
    sys.stdin = io.StringIO("penstock-and-sluice\n")
    try:
        with doors.noting() as written:
            call_command(*words, stdout=out, stderr=out, no_color=True)
    except (CommandError, SystemExit) as fault:
        assert not written - set(doors.LOGS), f"{' '.join(words)} failed, and yet wrote {written}"
        return False, f"{fault} {out.getvalue()}"
    finally:
        sys.stdin = stdin
        transaction.savepoint_rollback(saved)
    assert doors.is_logged(written), f"{' '.join(words)} wrote {written} and no log"
    return act == "run show" or bool(written - set(doors.LOGS)), out.getvalue()
