"""What a step does, kind by kind: everything but gates, which are weighed apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.definition import (
    STARTER,
    ActionSpec,
    CallSpec,
    DecideSpec,
    Definition,
    EachSpec,
    EndSpec,
    GateSpec,
    Join,
    ParallelSpec,
    SetSpec,
    TaskSpec,
    WaitSpec,
    Work,
)
from engine.differences import asked, gates
from engine.differences.difference import Weight
from engine.differences.words import capital, expression, holes, length, listed, named, plain, quoted
from engine.tables.table import Lookup

Told = Iterator[tuple[Weight, str]]

_FAILING = {
    "incident": "waits for an operator when it fails for good",
    "ignore": "goes on without a result when it fails for good",
    "route": "goes a way of its own when it fails for good",
}


def changed(before: Definition, after: Definition, was: Work, now: Work) -> Told:
    """Tell how two pieces of work of one kind differ, to stand after the name of their step."""
    if isinstance(was, GateSpec) and isinstance(now, GateSpec):
        yield from gates.changed(before, after, was, now)
    elif type(was) in _TELLERS:
        yield from _TELLERS[type(was)](before, after, was, now)


def assigned(definition: Definition, does: TaskSpec) -> str:
    """Name who a task is for."""
    if does.assign == STARTER:
        return "whoever started the run"
    name = holes(does.assign) if "${" in does.assign else plain(does.assign)
    picked = {"round-robin": ", in turn", "least-busy": ", whoever has least to do"}
    return f"one of {name}{picked[does.pick]}" if does.pick else name


def _task(before: Definition, after: Definition, was: TaskSpec, now: TaskSpec) -> Told:
    if (was.assign, was.pick) != (now.assign, now.pick):
        yield "minor", f"is now for {assigned(after, now)}; before it was for {assigned(before, was)}"
    yield from asked.form(was.form, now.form)
    gone = [item for item in was.checklist if item not in now.checklist]
    new = [item for item in now.checklist if item not in was.checklist]
    if new:
        yield "minor", f"has more to tick off: {listed(map(quoted, new))}"
    if gone:
        yield "minor", f"has less to tick off, without {listed(map(quoted, gone))}"
    if not gone and not new and was.checklist != now.checklist:
        yield "patch", "has its checklist in another order"
    yield from _came_and_went("may end as", "can no longer end as", was.outcomes, now.outcomes)
    if was.require != now.require:
        needs = "now needs a file or a link as evidence" if now.require else "no longer needs a file or a link"
        yield "minor", needs
    if was.instructions != now.instructions:
        yield "patch", "has other instructions"


def _action(before: Definition, after: Definition, was: ActionSpec, now: ActionSpec) -> Told:
    if was.provider != now.provider:
        yield "minor", f"now does {quoted(now.provider)}; before it did {quoted(was.provider)}"
    yield from _given(was.parameters, now.parameters)
    if was.timeout != now.timeout:
        yield "minor", f"now gives up an attempt after {length(now.timeout)}; before after {length(was.timeout)}"
    if was.retry.attempts != now.retry.attempts:
        yield "minor", f"is now tried {_times(now.retry.attempts)}; before {_times(was.retry.attempts)}"
    if (was.retry.backoff, was.retry.first, was.retry.maximum) != (
        now.retry.backoff,
        now.retry.first,
        now.retry.maximum,
    ):
        yield "minor", "waits otherwise between its attempts"
    if was.idempotency_key != now.idempotency_key:
        yield "minor", "names itself otherwise to what it calls, by which that tells a repeated attempt"
    yield from _failing(was.on_error, now.on_error)


def _decide(before: Definition, after: Definition, was: DecideSpec, now: DecideSpec) -> Told:
    yield from _lookup("", was.table, now.table)


def _set(before: Definition, after: Definition, was: SetSpec, now: SetSpec) -> Told:
    names = [*was.assign, *was.tables], [*now.assign, *now.tables]
    yield from _came_and_went("now computes", "no longer computes", *names)
    for name, source in now.assign.items():
        if name in was.assign and was.assign[name] != source:
            yield (
                "minor",
                (
                    f"computes {quoted(capital(plain(name)))} as {expression(source)} now; "
                    f"before as {expression(was.assign[name])}"
                ),
            )
        elif name in was.tables:
            yield "minor", f"computes {quoted(capital(plain(name)))} now, without a decision table"
    for name, lookup in now.tables.items():
        if name in names[0]:
            yield from _lookup(f" for {quoted(capital(plain(name)))}", was.tables.get(name), lookup)


def _lookup(what: str, was: Lookup | None, now: Lookup | None) -> Told:
    """The table itself is told of once for all who ask it."""
    if was is None or now is None:
        asked = now or was
        if asked is not None:
            asks = "now asks" if now else "no longer asks"
            yield "minor", f"{asks} the decision table {quoted(plain(asked.decision))}{what}"
    elif was.decision != now.decision:
        table, other = quoted(plain(now.decision)), quoted(plain(was.decision))
        yield "minor", f"now asks the decision table {table}{what}; before {other}"
    else:
        if was.on != now.on:
            yield "minor", f"takes {quoted(plain(now.on))} from the decision table now; before {quoted(plain(was.on))}"
        yield from _given(was.given, now.given)
        if was.digest != now.digest:
            yield "minor", f"asks the decision table {quoted(plain(now.decision))}{what} in another version"


def _wait(before: Definition, after: Definition, was: WaitSpec, now: WaitSpec) -> Told:
    if (was.length, was.until, was.signal) != (now.length, now.until, now.signal):
        yield "minor", f"now waits {_awaited(now)}; before it waited {_awaited(was)}"
    if was.match != now.match:
        yield (
            "minor",
            f"now takes the signal where {expression(now.match)}" if now.match else "now takes any such signal",
        )
    if was.deadline != now.deadline:
        yield "minor", f"now waits at most {length(now.deadline)}" if now.deadline else "now waits as long as it takes"


def _awaited(does: WaitSpec) -> str:
    if does.length is not None:
        return length(does.length)
    return f"for the signal {quoted(plain(does.signal))}" if does.signal else f"until {expression(does.until)}"


def _parallel(before: Definition, after: Definition, was: ParallelSpec, now: ParallelSpec) -> Told:
    words = [[plain(name) for name in does.branches] for does in (was, now)]
    yield from _came_and_went("has the new branch", "no longer has the branch", *words)
    if set(was.branches) == set(now.branches) and was.branches != now.branches:
        yield "patch", "has its branches in another order"
    if bool(was.branches) != bool(now.branches):
        how = "branches" if now.branches else "steps that say what they need"
        yield "minor", f"is made of {how} now"
    if was.join != now.join:
        yield "minor", f"now goes on {_joined(now.join)}; before {_joined(was.join)}"
    for id, needs in now.needs.items():
        if id in was.needs and set(was.needs[id]) != set(needs):
            yield (
                "minor",
                f"begins {named(after, id)} {_needs(after, needs)} now; before {_needs(before, was.needs[id])}",
            )


def _needs(definition: Definition, needs: tuple[str, ...]) -> str:
    return f"after {listed(named(definition, one) for one in needs)}" if needs else "at once"


def _joined(join: Join) -> str:
    if join == "all":
        return "when all have ended"
    return f"when {'one has' if join in ('any', 1) else f'{join} have'} got something done"


def _each(before: Definition, after: Definition, was: EachSpec, now: EachSpec) -> Told:
    if was.over != now.over:
        yield "minor", f"now goes through {expression(now.over)}; before through {expression(was.over)}"
    if was.at_most != now.at_most:
        yield "minor", f"now takes {_pace(now.at_most)}; before {_pace(was.at_most)}"
    if was.join != now.join:
        yield "minor", f"now goes on {_joined(now.join)}; before {_joined(was.join)}"
    if was.name != now.name:
        yield "patch", f"calls each of them {quoted(plain(now.name or 'item'))} now"


def _pace(at_most: int | None) -> str:
    return {None: "all at once", 1: "one after the other"}.get(at_most, f"at most {at_most} at once")


def _call(before: Definition, after: Definition, was: CallSpec, now: CallSpec) -> Told:
    if (was.playbook, was.version) != (now.playbook, now.version):
        yield "minor", f"now runs {_called(now)}; before it ran {_called(was)}"
    yield from _given(was.parameters, now.parameters)
    yield from _failing(was.on_error, now.on_error)


def _called(does: CallSpec) -> str:
    later = " or a later one" if does.version.startswith("^") else ""
    version = f", version {does.version.removeprefix('^')}{later}" if does.version else ""
    return f"the playbook {quoted(plain(does.playbook))}{version}"


def _end(before: Definition, after: Definition, was: EndSpec, now: EndSpec) -> Told:
    if was.status != now.status:
        yield "minor", f"now ends the run as {now.status}; before as {was.status}"
    if was.message != now.message:
        yield "patch", f"says {quoted(holes(now.message))} now" if now.message else "says nothing now"


def _given(was: Mapping[str, Any], now: Mapping[str, Any]) -> Told:
    yield from _came_and_went("is now given", "is no longer given", list(was), list(now))
    other = [quoted(capital(plain(name))) for name, value in now.items() if name in was and was[name] != value]
    if other:
        yield "minor", f"is given another {listed(other)}"


def _failing(was: str, now: str) -> Told:
    if was != now:
        yield "minor", f"{_FAILING[now]}; before it {_FAILING[was].replace('waits', 'waited').replace('goes', 'went')}"


def _came_and_went(comes: str, goes: str, was: list[str] | tuple[str, ...], now: list[str] | tuple[str, ...]) -> Told:
    new = [quoted(capital(plain(name))) for name in now if name not in was]
    gone = [quoted(capital(plain(name))) for name in was if name not in now]
    if new:
        yield "minor", f"{comes} {listed(new)}"
    if gone:
        yield "minor", f"{goes} {listed(gone)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"up to {count} times"


_TELLERS: dict[type, Callable[[Definition, Definition, Any, Any], Told]] = {
    TaskSpec: _task,
    ActionSpec: _action,
    DecideSpec: _decide,
    SetSpec: _set,
    WaitSpec: _wait,
    ParallelSpec: _parallel,
    EachSpec: _each,
    CallSpec: _call,
    EndSpec: _end,
}
