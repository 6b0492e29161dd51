"""What the lines of a scenario name and is not there: steps, runs, triggers of the playbook."""

from __future__ import annotations

from engine.definition import Definition
from engine.language.verbs import Act
from engine.problems import Problem, did_you_mean
from engine.rehearsal import addresses
from engine.rehearsal.addresses import Called, Wrong


def unknown(definition: Definition, library: Called, act: Act, file: str) -> list[Problem]:
    """Report addresses that lead to no step of the playbook, or of one that it calls, and triggers it has not."""
    found: list[Problem] = []
    for key in ("step", "gate", *(("to",) if act.verb == "jump" else ())):
        written = act.says.get(key)
        if isinstance(written, str) and (wrong := _step(written, definition, library)) is not None:
            found.append(Problem("unknown-step", wrong[0], act.place_of(key), wrong[1], file=file))
    run = act.says.get("in")
    if run is not None and (wrong := _run(run, definition, library)) is not None:
        found.append(Problem("unknown-step", wrong[0], act.place_of("in"), wrong[1], file=file))
    return found + (_triggers(definition, act, file) if act.verb == "trigger" else [])


def _step(written: str, definition: Definition, library: Called) -> Wrong | None:
    address = addresses.parse(written)
    if address is None:
        return f"The playbook has no step `{written[:80]}`.", did_you_mean(written, definition.steps)
    return addresses.wrong(address, definition, library)


def _run(written: str, definition: Definition, library: Called) -> Wrong | None:
    """Say what is wrong with the name of a run: a number, or the calls that lead to it."""
    address = addresses.parse(f"{written}/x")
    if address is None:
        return (
            f"`{written[:80]}` names no run.",
            "Write the step that calls it, such as `sub`, or `2` for the second run.",
        )
    reached = addresses.reach(address.calls, definition, library)
    return None if isinstance(reached, Definition) else reached


def _triggers(definition: Definition, act: Act, file: str) -> list[Problem]:
    offered = {
        "schedule": [schedule.cron for schedule in definition.schedules],
        "webhook": [webhook.name for webhook in definition.webhooks],
    }
    found: list[Problem] = []
    for kind, names in offered.items():
        if kind in act.says and act.says[kind] not in names:
            message = f"The playbook has no {kind} `{act.says[kind][:80]}`."
            hint = f"It has {', '.join(f'`{name}`' for name in names)}." if names else ""
            found.append(Problem("bad-value", message, act.place_of(kind), hint, file=file))
    return found
