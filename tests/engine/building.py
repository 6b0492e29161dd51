"""Definitions built by hand, for tests of what stands below the compiler's reader.

`playbook` takes the steps in reading order; each builder returns the step and its ways. A way left out leads to the
following step, as in a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.definition import (
    ActionSpec,
    DecideSpec,
    Definition,
    EndSpec,
    FieldSpec,
    GateSpec,
    Quorum,
    RoleSpec,
    Rung,
    SetSpec,
    StepSpec,
    TaskSpec,
    Transition,
    WaitSpec,
    Work,
)

Ways = list[tuple[str, str | None, str | None]]
"""(trigger, target or None for the following step, guard)"""


def _step(id: str, does: Work, ways: Ways, **common: Any) -> tuple[StepSpec, Ways]:
    common.setdefault("title", id.replace("-", " ").capitalize())
    if common.get("when"):
        ways = [*ways, ("skip", next((target for trigger, target, _ in ways if trigger == "done"), None), None)]
    for number, rung in enumerate(common.get("escalate", ())):
        if rung.go:
            ways = [*ways, (f"rung:{number}", rung.go, None)]
    return StepSpec(id=id, does=does, **common), ways


def task(
    id: str,
    next: str | None = None,
    outcomes: Mapping[str, str | None] | None = None,
    form: tuple[FieldSpec, ...] = (),
    assign: str = "starter",
    **common: Any,
) -> tuple[StepSpec, Ways]:
    outcomes = outcomes or {}
    ways: Ways = [(f"outcome:{name}", target or next, None) for name, target in outcomes.items()]
    instructions = common.pop("instructions", "")
    does = TaskSpec(assign=assign, form=form, outcomes=tuple(outcomes), instructions=instructions)
    return _step(id, does, ways or [("done", next, None)], **common)


def gate(
    id: str,
    on_reject: str = "fail",
    on_return: str | None = None,
    next: str | None = None,
    approvers: tuple[str, ...] = ("manager",),
    quorum: Quorum | None = None,
    ask: str = "Approve?",
    show: tuple[str, ...] = (),
    exclude: tuple[str, ...] = ("starter",),
    **common: Any,
) -> tuple[StepSpec, Ways]:
    ways: Ways = [("approve", next, None), ("reject", on_reject, None)]
    if on_return:
        ways.append(("return", on_return, None))
    does = GateSpec(approvers=approvers, quorum=quorum or Quorum(count=1), ask=ask, show=show, exclude=exclude)
    return _step(id, does, ways, **common)


def action(
    id: str, next: str | None = None, on_error: str | None = None, with_: Mapping[str, Any] | None = None, **common: Any
) -> tuple[StepSpec, Ways]:
    ways: Ways = [("done", next, None)]
    handling = "incident"
    if on_error == "ignore":
        handling = "ignore"
    elif on_error:
        handling = "route"
        ways.append(("error", on_error, None))
    return _step(id, ActionSpec(provider="debug.echo", parameters=with_ or {}, on_error=handling), ways, **common)


def decide(id: str, *rules: tuple[str, str], otherwise: str | None = None) -> tuple[StepSpec, Ways]:
    ways: Ways = [(f"rule:{number}", go, when) for number, (when, go) in enumerate(rules)]
    if otherwise:
        ways.append(("otherwise", otherwise, None))
    return _step(id, DecideSpec(), ways)


def compute(id: str, next: str | None = None, **assign: str) -> tuple[StepSpec, Ways]:
    return _step(id, SetSpec(assign=assign), [("done", next, None)])


def wait(
    id: str, length: timedelta | None = None, until: str | None = None, next: str | None = None, **common: Any
) -> tuple[StepSpec, Ways]:
    return _step(id, WaitSpec(length=length, until=until), [("done", next, None)], **common)


def end(id: str, status: str = "completed") -> tuple[StepSpec, Ways]:
    return _step(id, EndSpec(status=status), [])


def playbook(
    *steps: tuple[StepSpec, Ways],
    inputs: tuple[FieldSpec, ...] = (),
    roles: Mapping[str, RoleSpec] | None = None,
    outputs: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> Definition:
    order = [step.id for step, _ in steps]
    transitions = [Transition("", "start", order[0])]
    for at, (step, ways) in enumerate(steps):
        following = order[at + 1] if at + 1 < len(order) else "leave"
        transitions += [Transition(step.id, trigger, target or following, guard) for trigger, target, guard in ways]
    return replace(
        Definition(playbook="sample", title="Sample", kind="runbook", owner="platform"),
        inputs=inputs,
        roles=roles or {"manager": RoleSpec(groups=("managers",))},
        steps={step.id: step for step, _ in steps},
        lists={"": tuple(order)},
        transitions=tuple(transitions),
        outputs=outputs or {},
        names=names or {},
    )


__all__ = [
    "FieldSpec",
    "Quorum",
    "RoleSpec",
    "Rung",
    "action",
    "compute",
    "decide",
    "end",
    "gate",
    "playbook",
    "task",
    "wait",
]
