"""What an operator may do to a run, on the command line: each act with what it takes beside the runs and a reason."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from engine.machine.commands import Refusal
from engine.migration import Kind
from runs import complete, definitions, guard, migrate, moving, operate
from runs.directory import USER
from runs.management.steps import items_of, pairs, visit_of
from runs.models import Run
from runs.outcomes import Accepted, FieldErrors
from workflows.models import Person, Version

#: What `move --dry-run` says of each assessment.
MOVING = {
    Kind.SAFE: "safe: it goes on as it stands.",
    Kind.REPEATS: "repeats: a step that is done would be done again.",
    Kind.SKIPS_GATE: "skips a gate: one that the version requires would never be passed.",
    Kind.NEEDS_MAPPING: "needs a mapping: something of it has no counterpart there.",
}

Answer = Accepted | Refusal | FieldErrors | object

#: act -> what it does, and the arguments it takes beside the runs' numbers
ACTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "pause": ("let the run stand still: people's acts are refused, clocks stop", ()),
    "resume": ("let a paused run go on", ()),
    "cancel": ("end the run", ()),
    "rollback": ("have what was done undone, newest first; then the run ends", ()),
    "signal": ("say a signal that a step waits for, or will wait for", ("name", "--data")),
    "retry": ("try a step with an incident again", ("step",)),
    "skip": ("go on without a step; an undo: it was done by hand", ("step",)),
    "reassign": ("hand a task to a role or a person", ("step", "--to")),
    "jump": ("go on at another step", ("step", "--undo")),
    "move": (
        "let a run go on in another version of its playbook",
        ("--version", "--map", "--set", "--accept", "--dry-run"),
    ),
    "data": ("put inputs or data of steps that have ended right", ("values",)),
}


def do(act: str, run: Run, person: Person, given: dict[str, Any]) -> Answer:
    """Do it by its verb, which asks the guard."""
    reason = given["reason"]
    match act:
        case "pause":
            return operate.pause(run, person, reason)
        case "resume":
            return operate.resume(run, person, reason)
        case "cancel":
            return operate.cancel(run, person, reason)
        case "rollback":
            return operate.rollback(run, person, reason)
        case "signal":
            return operate.signal(run, person, given["name"], given["data"], reason)
        case "retry":
            return operate.retry(run, visit_of(run, given["step"]), person, reason)
        case "skip":
            return operate.skip(run, visit_of(run, given["step"]), person, reason)
        case "move":
            version, values = version_of(run, given["version"]), pairs(given["set"])
            mapping = pairs(given["mapping"])
            return migrate.migrate(run, person, version, reason, mapping, given["accept"], given=values)
        case "jump":
            return operate.jump(run, person, given["step"], reason, undo=given["undo"])
        case "reassign":
            return operate.reassign(run, visit_of(run, given["step"]), person, whom(run, given["to"]), reason)
    return operate.change(run, person, pairs(given["values"]), reason)


def whom(run: Run, to: str) -> str:
    """Return a role of the run's playbook as it is; anything else is somebody's name."""
    return to if to in definitions.of(run).roles or to.startswith(USER) else USER + to


def given_there(version: Version, given: dict[str, Any]) -> dict[str, Any]:
    """Read what `--set` gives the runs that are moved. Raises CommandError where it does not fit."""
    values, wrong = moving.open_given(definitions.of_version(version), pairs(given["set"]))
    if wrong:
        raise CommandError("Refused: " + " ".join(f"{name}: {message}" for name, message in wrong.items()))
    return values


def version_of(run: Run, number: int) -> Version:
    """Return the version with this number. Raises CommandError where runs may not be moved to it."""
    version = moving.targets(run.version.artifact).filter(number=number).first()
    if version is None:
        slug = run.version.artifact.slug
        raise CommandError(f"Run {run.number} is of {slug}, and of that there is no version {number} to move it to.")
    return version


def said_of_moving(run: Run, person: Person, given: dict[str, Any]) -> list[str]:
    """Say what stands against moving the run, and move nothing. Raises CommandError where the person may not."""
    verdict = guard.may(person, "migrate", run)
    if not verdict:
        raise CommandError(f"Refused ({verdict.code}): {verdict.sentence}")
    version = version_of(run, given["version"])
    after, values = definitions.of_version(version), given_there(version, given)
    found = moving.assess_each([run], after, pairs(given["mapping"]), values)[run]
    lines = [f"Run {run.number}: {MOVING[found.kind]}"]
    for finding in found.findings:
        way = f" Way: {' > '.join(finding.example)}." if finding.example else ""
        lines.append(f"  {finding.sentence}{way}")
    return lines


def complete_for(run: Run, person: Person, given: dict[str, Any]) -> Answer:
    """Hand a task in: one's own, or as an operator for somebody."""
    visit = visit_of(run, given["step"])
    return complete.complete(
        run,
        visit,
        person,
        pairs(given["field"]),
        given["outcome"],
        on_behalf_of=given["on_behalf_of"],
        reason=given["reason"] or "",
        ticked=items_of(run, visit) if given["ticked"] else (),
    )
