"""What somebody may do with an exception: grant it, refuse it, or end it before its date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboards.forms import Control
from dashboards.policies.asking import said as saying
from engine.lifecycles import ExceptionStatus
from workflows.directory.changing import NotChanged
from workflows.models import Person, PolicyException
from workflows.policies import exceptions

ACTS = {"grant": exceptions.grant, "refuse": exceptions.refuse, "revoke": exceptions.revoke}
DONE = {
    "grant": "Granted. It counts on the days that were asked for, and ends by itself.",
    "refuse": "Refused. The policy holds without an exception.",
    "revoke": "Ended. From now on no run starts on this playbook until it keeps the policy.",
}


@dataclass(frozen=True)
class Offered:
    """One act as a form. `says` is what comes of it."""

    act: str
    title: str
    verb: str
    says: str
    control: Control
    is_danger: bool = False


def offered(
    found: PolicyException, person: Person, now: datetime, act: str, said: str, answer: NotChanged | None
) -> tuple[Offered, ...]:
    """Return what this person may do with it now; what was typed stands in the form that it was typed into."""
    if not exceptions.may_decide(found, person) or found.ends_at <= now:
        return ()

    def control(name: str, label: str, required: bool) -> Control:
        error = answer.errors.get("said", "") if answer and act == name else ""
        one = saying(error, said if act == name else "", label, required=required)
        return Control(one.name, f"{name}-said", one.label, one.kind, one.value, one.help, one.error, one.required)

    if found.status == ExceptionStatus.ASKED:
        return (
            Offered(
                "grant",
                "Grant it",
                "Grant the exception",
                "The playbook can be published and started although it does not keep this demand, until the last day.",
                control("grant", "What you want to say with it", required=False),
            ),
            Offered(
                "refuse",
                "Refuse it",
                "Refuse the exception",
                "The demand holds: the playbook is changed, or not used.",
                control("refuse", "Why not", required=True),
                is_danger=True,
            ),
        )
    if found.status == ExceptionStatus.GRANTED:
        return (
            Offered(
                "revoke",
                "End it before its date",
                "End the exception now",
                "From then on no run starts on this playbook until it keeps the demand. Runs under way go on.",
                control("revoke", "Why now", required=True),
                is_danger=True,
            ),
        )
    return ()


def perform(found: PolicyException, person: Person, act: str, said: str) -> PolicyException | NotChanged | None:
    """Do it; None where there is no such act."""
    verb = ACTS.get(act)
    return verb(found, person, said) if verb else None
