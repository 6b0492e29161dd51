"""What is done outside: `action` and `call` as written, with what stands beside them, and `undo`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from engine import documents
from engine.definition import ActionSpec, CallSpec, Retry, TaskSpec
from engine.expressions.names import trouble_with_id
from engine.language.keys import outside
from engine.language.kinds import read_task
from engine.language.lookup import written
from engine.language.section import Section

_VERSION = re.compile(r"\^?[1-9][0-9]{0,8}")
RETRY = ("attempts", "backoff", "first", "max")
ACTION = ("action", "with", "timeout", "retry", "idempotency_key")


def read_action(step: Section) -> ActionSpec | None:
    provider = step.filled("action")
    parameters = read_with(step, "parameters")
    timeout = step.duration("timeout")
    if timeout is not None and not timeout:
        step.bad("timeout", "`timeout` must be longer than nothing.")
    spec = ActionSpec(
        provider=provider,
        parameters=parameters,
        timeout=timeout or ActionSpec.timeout,
        retry=_retry(step),
        idempotency_key=step.filled("idempotency_key") or None,
    )
    return spec if provider else None


def read_call(step: Section) -> CallSpec | None:
    """Read `call: id`, `id@2` or `id@^2`, and `with`."""
    named = step.filled("call")
    parameters = read_with(step, "inputs")
    playbook, at, version = named.partition("@")
    if not named:
        return None
    if wrong := trouble_with_id(playbook):
        hint = "Write `call: id`, `id@2` or `id@^2`."
        step.bad("call", wrong if playbook else "`call` names no playbook.", hint)
        return None
    if at and not _VERSION.fullmatch(version):
        step.bad(
            "call", f"`{version[:40]}` is no version.", "Write `id@2` for that one, `id@^2` for the newest from it on."
        )
        return None
    return CallSpec(playbook=playbook, version=version, parameters=parameters)


def read_undo(step: Section, id: str) -> ActionSpec | TaskSpec | None:
    """Read what takes back what the step did: an action with its keys, or a task."""
    section = step.inner("undo", "`undo`")
    if section is None:
        return None
    hints = {**outside("undo"), "id": "An `undo` is no step of its own."}
    if "task" in section:
        beside = dict.fromkeys(ACTION, "An `undo` is an action or a task, and this one is a task.")
        section.only(("task",), {**hints, **beside})
        return read_task(section, f"{id}.undo")
    section.only(ACTION, {key: hint for key, hint in hints.items() if key not in ACTION})
    if "action" not in section:
        message = "`undo` needs the key `action`, or `task` in its place."
        section.reading.problem("missing-key", message, section.place)
        return None
    return read_action(section)


def read_with(section: Section, what: str) -> Mapping[str, Any]:
    """Return the `with` as written: JSON whose texts may hold `${…}`."""
    node = section.node.get("with")
    if isinstance(node, documents.Mapping):
        given: Mapping[str, Any] = written(section, node, (*section.path, "with"))
        return given
    if node is not None:
        section.bad("with", f"`with` must be a mapping from {what} to values.")
    return {}


def _retry(step: Section) -> Retry:
    section = step.inner("retry", "`retry`")
    if section is None:
        return Retry()
    section.only(RETRY)
    backoff: Literal["fixed", "exponential"] = "fixed"
    if section.choice("backoff", ("fixed", "exponential"), "fixed") == "exponential":
        backoff = "exponential"
    first, longest = section.duration("first"), section.duration("max")
    if first is not None and longest is not None and longest < first:
        section.bad("max", "`max` is shorter than `first`.")
    return Retry(
        attempts=section.integer("attempts", 1, 100, 1),
        backoff=backoff,
        first=Retry.first if first is None else first,
        maximum=longest,
    )
