"""A definition as SCXML 1.0 (W3C Recommendation, 1 September 2015), for tools that read state charts.

States keep the ids of their steps; what SCXML needs besides has an id with `--`, which no step has. An event is
`<step>.<trigger>`, since several steps may be open at once. A guard that is asked on arrival is a transition without
an event, its `cond` the expression as written: the data model is `cel` where one stands in the document, else `null`.
What SCXML has no word for stands in a namespace of our own, which other readers pass over:

- an `each` is one compound state: its list once, not once for each item; `penstock:each` names the list of items;
- a `parallel` that is over before all its branches are says so in `penstock:join`, and leaves by its own event;
- in a `parallel` whose steps need each other every step has a region, in which it waits for `<step>.open`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from xml.sax.saxutils import quoteattr

from engine.definition import (
    FAIL,
    LEAVE,
    MAIN,
    ROLLBACK,
    CallSpec,
    DecideSpec,
    Definition,
    EachSpec,
    EndSpec,
    ParallelSpec,
    StepSpec,
    Transition,
    WaitSpec,
)

NAMESPACE = "http://www.w3.org/2005/07/scxml"
OWN = "urn:penstock:scxml:1"
COMPLETED, FAILED, ROLLING_BACK, ROLLED_BACK = (
    "run--completed",
    "run--failed",
    "run--rolling-back",
    "run--rolled-back",
)

Lines = Iterator[str]


def draw(definition: Definition) -> str:
    """Write the document, ending in a line break."""
    body = [line for step in _listed(definition, MAIN) for line in _step(definition, step)]
    body += list(_ends())
    start = definition.target("", "start") or LEAVE
    attributes = {
        "xmlns": NAMESPACE,
        "xmlns:penstock": OWN,
        "version": "1.0",
        "name": definition.playbook,
        "initial": COMPLETED if start == LEAVE else start,
        "datamodel": "cel" if any(" cond=" in line for line in body) else "null",
        "penstock:title": definition.title,
        "penstock:digest": definition.digest,
    }
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', *_element("scxml", attributes, body)]
    return "\n".join(lines) + "\n"


def state_of(within: str) -> str:
    """Return the id of the state that holds this list: `ship--eu` for `ship/eu`."""
    return within.replace("/", "--")


def _listed(definition: Definition, within: str) -> list[StepSpec]:
    return [definition.steps[step] for step in definition.lists.get(within, ())]


def _ends() -> Lines:
    yield from _element("final", {"id": COMPLETED})
    yield from _element("final", {"id": FAILED})
    undone = _transition({"event": "run.undone", "target": ROLLED_BACK})
    yield from _element("state", {"id": ROLLING_BACK}, undone)
    yield from _element("final", {"id": ROLLED_BACK})


def _step(definition: Definition, step: StepSpec) -> Lines:
    if isinstance(step.does, EndSpec):
        yield from _end(step, step.does)
        return
    about = _about(step)
    ways = [line for way in definition.ways[step.id] for line in _way(definition, step, way)]
    if step.kind == "rollback":
        yield from _element("state", about, _transition({"target": ROLLING_BACK}))
    elif isinstance(step.does, ParallelSpec):
        inside = _graph if definition.is_graph(step.id) else _branches
        yield from _element("parallel", about, [*ways, *inside(definition, step.id)])
    elif isinstance(step.does, EachSpec):
        body = list(_list(definition, step.id))
        first = _target(definition, step.within, definition.target(step.id, f"enter:{step.id}") or LEAVE, step.id)
        yield from _element("state", {**about, "initial": first}, [*ways, *body])
    else:
        yield from _element("state", about, [*_timers(step), *ways, *_invoked(step)])


def _end(step: StepSpec, does: EndSpec) -> Lines:
    """A final state of the whole run; in a region a way out to one, since a final state there ends only the region."""
    about = {**_about(step), "penstock:status": does.status, "penstock:message": does.message}
    if step.within:
        target = COMPLETED if does.status == "completed" else FAILED
        yield from _element("state", about, _transition({"target": target}))
    else:
        yield from _element("final", about)


def _branches(definition: Definition, owner: str) -> Lines:
    for within in definition.bodies(owner):
        first = definition.target(owner, f"enter:{within}") or LEAVE
        state = state_of(within)
        initial = f"{state}--end" if first == LEAVE else first
        yield from _element("state", {"id": state, "initial": initial}, list(_list(definition, within)))


def _list(definition: Definition, within: str) -> Lines:
    for step in _listed(definition, within):
        yield from _step(definition, step)
    yield from _element("final", {"id": f"{state_of(within)}--end"})


def _graph(definition: Definition, owner: str) -> Lines:
    does = definition.steps[owner].does
    needs = does.needs if isinstance(does, ParallelSpec) else {}
    for step in _listed(definition, owner):
        wanted, waiting = needs.get(step.id, ()), f"{step.id}--waiting"
        body = list(_step(definition, step))
        if wanted:
            opens = _transition({"event": f"{step.id}.open", "target": step.id})
            dead = _transition({"event": f"{step.id}.dead", "target": f"{step.id}--over"})
            body = [*_element("state", {"id": waiting, "penstock:needs": " ".join(wanted)}, [*opens, *dead]), *body]
        body += _element("final", {"id": f"{step.id}--over"})
        yield from _element("state", {"id": f"{step.id}--part", "initial": waiting if wanted else step.id}, body)


def _about(step: StepSpec) -> dict[str, str]:
    about = {"id": step.id, "penstock:kind": step.kind, "penstock:title": step.title}
    does = step.does
    if isinstance(does, ParallelSpec) and does.join != "all":
        about["penstock:join"] = str(does.join)
    if isinstance(does, EachSpec):
        about |= {"penstock:each": does.over, "penstock:as": does.name, "penstock:join": str(does.join)}
        about["penstock:at-most"] = str(does.at_most or "")
    if step.undo is not None:
        about["penstock:undo"] = step.undo.kind
    if step.window is not None:
        about["penstock:window"] = step.window
    return about


def _way(definition: Definition, step: StepSpec, way: Transition) -> Lines:
    if way.trigger.startswith("enter:"):
        return
    attributes = {"target": _target(definition, step.within, way.target, step.id)}
    name, _, rest = way.trigger.partition(":")
    if isinstance(step.does, DecideSpec) and name in ("rule", "otherwise"):
        if way.guard is not None:
            attributes = {"cond": way.guard} | attributes
    elif name == "skip" and step.when is not None:
        attributes = {"cond": f"!({step.when})"} | attributes
    else:
        attributes = {"event": _event(definition, step, name, rest)} | attributes
        if name == "value":
            attributes["penstock:value"] = rest
    if definition.is_graph(step.within) and way.target in definition.lists[step.within]:
        attributes["penstock:opens"] = way.target
    yield from _transition(attributes)


def _event(definition: Definition, step: StepSpec, name: str, rest: str) -> str:
    """Return the event of a trigger; of what a table gives its number, since a value may be any text."""
    if name == "done" and isinstance(step.does, ParallelSpec) and step.does.join == "all":
        return f"done.state.{step.id}"
    if name == "done" and isinstance(step.does, CallSpec):
        return f"done.invoke.{step.id}--run"
    if name == "value":
        values = [way.trigger for way in definition.ways[step.id] if way.trigger.startswith("value:")]
        rest = str(values.index(f"value:{rest}"))
    return f"{step.id}.{name}.{rest}" if rest else f"{step.id}.{name}"


def _target(definition: Definition, within: str, target: str, source: str) -> str:
    """Return the state a way leads to; in a graph every way within ends the step's own part of it."""
    if target == FAIL:
        return FAILED
    if target == ROLLBACK:
        return ROLLING_BACK
    if definition.is_graph(within) and (target == LEAVE or target in definition.lists[within]):
        return f"{source}--over"
    if target == LEAVE:
        return f"{state_of(within)}--end" if within else COMPLETED
    return target


def _timers(step: StepSpec) -> Lines:
    """The clocks that run while the step is open, where they count real time."""
    found: dict[str, timedelta] = {}
    if isinstance(step.does, WaitSpec):
        lengths = {"done": step.does.length, "deadline": step.does.deadline}
        found |= {name: length for name, length in lengths.items() if isinstance(length, timedelta)}
    for number, rung in enumerate(step.escalate):
        if rung.go is not None and isinstance(rung.after, timedelta):
            found[f"rung.{number}"] = rung.after
    if not found:
        return
    sent = [
        f"<send {_attributes({'id': _clock(step, name), 'event': f'{step.id}.{name}', 'delay': _seconds(length)})}/>"
        for name, length in found.items()
    ]
    yield from _element("onentry", {}, sent)
    yield from _element("onexit", {}, [f"<cancel {_attributes({'sendid': _clock(step, name)})}/>" for name in found])


def _clock(step: StepSpec, name: str) -> str:
    return f"{step.id}--{name.replace('.', '-')}"


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.3f}".rstrip("0").rstrip(".") + "s"


def _invoked(step: StepSpec) -> Lines:
    if isinstance(step.does, CallSpec):
        called = f"{step.does.playbook}@{step.does.version}" if step.does.version else step.does.playbook
        attributes = {
            "type": "urn:penstock:playbook",
            "src": f"urn:penstock:playbook:{called}",
            "id": f"{step.id}--run",
        }
        yield f"<invoke {_attributes(attributes)}/>"


def _transition(attributes: Mapping[str, str]) -> list[str]:
    return [f"<transition {_attributes(attributes)}/>"]


def _element(name: str, attributes: Mapping[str, str], inside: Iterable[str] = ()) -> list[str]:
    body = list(inside)
    opening = f"{name} {_attributes(attributes)}".rstrip()
    if not body:
        return [f"<{opening}/>"]
    return [f"<{opening}>", *("  " + line for line in body), f"</{name}>"]


def _attributes(attributes: Mapping[str, str]) -> str:
    """Write attributes, without those of our own that say nothing."""
    return " ".join(
        f"{name}={quoteattr(_plain(value))}" for name, value in attributes.items() if value or ":" not in name
    )


def _plain(text: str) -> str:
    """Leave out what no XML document may hold."""
    return "".join(letter if letter >= " " and letter not in "\ufffe\uffff" else " " for letter in text)
