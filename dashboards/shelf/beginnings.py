"""How runs of a playbook begin without a person, in words: schedules and webhooks, when next, and what failed last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from engine import schedules
from engine.definition import Definition, Schedule
from runs import trigger
from runs.models import Run, Trigger
from workflows.models import Artifact, Person

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NTH = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth"}
_CATCH_UP = {
    "once": "Times that were missed start one run for all of them.",
    "each": "Times that were missed start a run each.",
    "skip": "Times that were missed start nothing.",
}


@dataclass(frozen=True)
class Beginning:
    """One way in which runs begin. `next_at` of a schedule; `row` is what is kept of it, once the clock knows it."""

    words: str
    about: str
    next_at: datetime | None = None
    row: Trigger | None = None
    last_run: Run | None = None
    is_schedule: bool = True


def of_playbook(artifact: Artifact, definition: Definition, reader: Person, now: datetime) -> tuple[Beginning, ...]:
    """Tell how runs of the version that is published now begin, with those runs that the reader may see."""
    if not (definition.schedules or definition.webhooks):
        return ()
    rows = {(row.kind, row.name): row for row in Trigger.objects.filter(artifact=artifact)}
    last = [row.last_run_id for row in rows.values() if row.last_run_id]
    runs = {run.pk: run for run in Run.objects.visible_to(reader).filter(pk__in=last)}

    def told(kind: str, name: str, words: str, about: str, next_at: datetime | None = None) -> Beginning:
        row = rows.get((kind, name))
        run = runs.get(row.last_run_id) if row and row.last_run_id else None
        return Beginning(words, about, next_at, row, run, kind == Trigger.Kind.SCHEDULE)

    return (
        *(
            told(Trigger.Kind.SCHEDULE, name, in_words(one), _CATCH_UP[one.catch_up], schedules.after(one, now))
            for name, one in trigger.schedules_of(definition).items()
        ),
        *(
            told(Trigger.Kind.WEBHOOK, name, f"When “{name}” is called", "By a webhook, from what is sent with it.")
            for name in trigger.webhooks_of(definition)
        ),
    )


def in_words(schedule: Schedule) -> str:
    """Say when a schedule is due: “Mondays at 09:00 Europe/Amsterdam”; what has no plain words stands as written."""
    minute, hour, day, month, weekday = schedule.cron.split()
    when, days = _clock(minute, hour), _days(day, month, weekday)
    if when is None or days is None:
        return f"At {schedule.cron}, {schedule.timezone}"
    is_often = days == "every day" and when.endswith(",")
    words = when if is_often else f"{days} {when}"
    return f"{words[0].upper()}{words[1:]} {schedule.timezone}"


def _clock(minute: str, hour: str) -> str | None:
    if step := re.fullmatch(r"\*/(\d+)", minute):
        return f"every {step[1]} minutes," if hour == "*" and 60 % int(step[1]) == 0 else None
    if not minute.isdecimal():
        return "every minute," if (minute, hour) == ("*", "*") else None
    if hour == "*":
        return f"every hour, {int(minute)} minutes past," if int(minute) else "every hour,"
    if not re.fullmatch(r"\d+(,\d+)*", hour):
        return None
    return "at " + _and([f"{int(one):02}:{int(minute):02}" for one in hour.split(",")])


def _days(day: str, month: str, weekday: str) -> str | None:
    """Say on which days, or None where there are no plain words for it."""
    if weekday != "*":
        return _weekdays(weekday.upper()) if (day, month) == ("*", "*") else None
    months = _months(month.upper())
    if months is None:
        return None
    if day == "*":
        return f"every day in {months}" if months else "every day"
    if day.upper() == "L":
        return f"on the last day of {months or 'every month'}"
    if not re.fullmatch(r"\d+(,\d+)*", day):
        return None
    numbers = [str(int(one)) for one in day.split(",")]
    return f"on {_and(numbers)} {months}" if months else f"on day {_and(numbers)} of every month"


def _weekdays(written: str) -> str | None:
    if nth := re.fullmatch(r"(\w+)#([1-5])", written):
        one = _weekday(nth[1])
        return f"on the {_NTH[nth[2]]} {one} of every month" if one else None
    if last := re.fullmatch(r"L(\d)", written):
        return f"on the last {_weekday(last[1])} of every month"
    if between := re.fullmatch(r"(\w+)-(\w+)", written):
        first, until = _weekday(between[1]), _weekday(between[2])
        return f"{first} to {until}" if first and until else None
    named = [_weekday(one) for one in written.split(",")]
    return _and([f"{one}s" for one in named if one]) if all(named) else None


def _weekday(written: str) -> str | None:
    if written.isdecimal():
        return _DAYS[int(written) % 7]
    return next((one for one in _DAYS if one[:3].upper() == written), None)


def _months(written: str) -> str | None:
    if written == "*":
        return ""
    found = []
    for one in written.split(","):
        place = (
            int(one) - 1 if one.isdecimal() else next((n for n, m in enumerate(_MONTHS) if m[:3].upper() == one), -1)
        )
        if not 0 <= place < 12:
            return None
        found.append(_MONTHS[place])
    return _and(found)


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
