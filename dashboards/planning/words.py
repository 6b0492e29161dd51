"""What a plan's page says of milestones, risks and owners, in sentences."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from django.utils import timezone

from dashboards.templatetags.times import day
from engine.lifecycles import RunStatus
from engine.progress import Outlook, Risk, Stand, Why

#: The status (`dashboards.templatetags.statuses`) and the words of each outlook.
LOOKS = {
    Outlook.REACHED: ("done", "Reached"),
    Outlook.ON_TIME: ("running", "On time"),
    Outlook.AT_RISK: ("attention", "At risk"),
    Outlook.LATE: ("overdue", "Late"),
}
_RISKS = {
    Why.NOTHING_DELIVERS: "Nothing delivers it yet: name its runs in the plan, or link one that is under way.",
    Why.NEEDS_HELP: "{run} needs attention.",
    Why.OVERDUE: "{run} is past its own due date.",
    Why.DUE_TOO_LATE: "{run} is due {due}, after the milestone.",
    Why.TO_REPEAT: "{run} {ended}: it has to be started again.",
}
_ENDED = {
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "was cancelled",
    RunStatus.ROLLED_BACK: "was rolled back",
}


def risk(one: Risk, run: str) -> str:
    """Say what puts a milestone at risk; `run` is what the reader may read of the run."""
    going = one.run
    due = day(timezone.localtime(going.due_at).date()) if going and going.due_at else ""
    ended = _ENDED.get(going.status, "ended") if going else ""
    says = _RISKS[one.why].format(run=run, due=due, ended=ended)
    return says[0].upper() + says[1:]


def forecast(stand: Stand, now: datetime, zone: tzinfo) -> str:
    """Say when a milestone is due, or was reached, against today."""
    due, today = stand.milestone.due, now.astimezone(zone).date()
    if stand.outlook is Outlook.REACHED:
        at = stand.reached_at.astimezone(zone).date() if stand.reached_at else due
        return f"Reached on {day(at)}, {_against(at, due)}."
    if stand.outlook is Outlook.LATE:
        return f"Was due {day(due)}, {_days((today - due).days)} ago, and {_left(stand)}."
    if today == due:
        return f"Due today, and {_left(stand)}."
    return f"Due {day(due)}, in {_days((due - today).days)}; {_left(stand)}."


def _against(at: date, due: date) -> str:
    if at == due:
        return "on the day"
    return f"{_days((due - at).days)} early" if at < due else f"{_days((at - due).days)} late"


def _left(stand: Stand) -> str:
    left = stand.total - stand.done
    if not stand.total:
        return "no run delivers it"
    return f"{left} of {stand.total} run{'' if stand.total == 1 else 's'} {'is' if left == 1 else 'are'} not done"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
