"""Gates: how many of whom must approve, and what makes a gate weaker.

Weaker in any respect is major, however much stronger the gate became in another: who trusted it has to look again.
Where two quorums cannot be put in order (a percentage and a number, say) the new one counts as weaker.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.definition import Definition, GateSpec, Quorum
from engine.differences.difference import Weight
from engine.differences.words import capital, counted, expression, holes, listed, named, plain, quoted, roles

Told = Iterator[tuple[Weight, str]]

_NEEDED = {"comment": "a comment", "evidence": "a file or a link as evidence", "reauthenticate": "a fresh sign-in"}
_REJECTS = {
    "any": "one rejection rejects",
    "majority": "only more than half of those asked reject",
    "impossible": "it is rejected only once approval is out of reach",
}
#: From what stops soonest to what stops last.
_STOPS = ("any", "majority", "impossible")


def changed(before: Definition, after: Definition, was: GateSpec, now: GateSpec) -> Told:
    """Tell how a gate differs, to stand after its name."""
    yield from _people(was, now)
    yield from _excluded(before, after, was, now)
    gone = [_NEEDED[need] for need in was.require if need not in now.require]
    new = [_NEEDED[need] for need in now.require if need not in was.require]
    if gone:
        yield "major", f"no longer needs {listed(gone)} with a vote"
    if new:
        yield "minor", f"now needs {listed(new)} with a vote"
    if was.order != now.order:
        if now.order == "any":
            yield "major", "now asks everybody at once; before it asked the roles one after the other"
        else:
            yield "minor", "now asks its roles one after the other; before it asked everybody at once"
    if was.reject != now.reject:
        level: Weight = "major" if _STOPS.index(now.reject) > _STOPS.index(was.reject) else "minor"
        yield level, f"counts rejections differently: now {_REJECTS[now.reject]}"
    yield from _shown(before, after, was, now)
    if was.ask != now.ask:
        yield "patch", f"now asks {quoted(holes(now.ask) or 'Approve?')}"


def _people(was: GateSpec, now: GateSpec) -> Told:
    gone = [name for name in was.approvers if name not in now.approvers]
    new = [name for name in now.approvers if name not in was.approvers]
    if was.quorum != now.quorum:
        weaker = is_weaker(was, now)
        alike = was.approvers == now.approvers and was.quorum.count and now.quorum.count
        before = str(was.quorum.count) if alike else needed(was)
        yield ("major" if weaker else "minor"), f"now needs {needed(now)}; before it needed {before}"
    if gone:
        yield "major", f"no longer asks {roles(gone)}"
    if new:
        # a seat of their own takes nothing from the others; the same bar with more people does
        level: Weight = "minor" if now.quorum.per_role or now.quorum.everyone else "major"
        yield (
            level,
            f"now asks {roles(new)} too" if not gone or set(was.approvers) - set(gone) else f"now asks {roles(new)}",
        )
    if not gone and not new and was.approvers != now.approvers:
        yield "minor", f"now asks its roles in the order {roles(now.approvers)}"


def is_weaker(was: GateSpec, now: GateSpec) -> bool:
    """Say whether fewer may now be enough. Quorums that cannot be put in order count as weaker."""
    before, after = was.quorum, now.quorum
    if before == after:
        return False
    if before.per_role:
        if after.per_role:
            return any(after.per_role.get(role, 0) < count for role, count in before.per_role.items())
        [only, *others] = before.per_role.items()
        same = not others and now.approvers == (only[0],)
        return not (same and ((after.everyone and only[1] == 1) or (after.count or 0) >= only[1]))
    if before.count is not None:
        if after.everyone:
            return before.count > 1
        return (sum(after.per_role.values()) or after.count or 0) < before.count
    if before.percent is not None and not after.everyone:
        return (after.percent or 0) < before.percent
    return not after.everyone


def needed(gate: GateSpec) -> str:
    """Say how many of whom a gate needs: `2 release managers`, `1 engineer and 1 of security`."""
    quorum: Quorum = gate.quorum
    if quorum.per_role:
        return listed([counted(count, role) for role, count in quorum.per_role.items()])
    if quorum.everyone:
        return f"all of {roles(gate.approvers)}"
    if quorum.percent is not None:
        return f"{quorum.percent} % of {roles(gate.approvers)}"
    if quorum.by_data is not None:
        return f"as many of {roles(gate.approvers)} as {expression(quorum.by_data.strip()[2:-1])} gives"
    if len(gate.approvers) == 1:
        return counted(quorum.count or 1, gate.approvers[0])
    return f"{quorum.count or 1} of {listed([plain(name) for name in gate.approvers], 'or')}"


def _excluded(before: Definition, after: Definition, was: GateSpec, now: GateSpec) -> Told:
    gone = [_barred(before, name) for name in was.exclude if name not in now.exclude]
    new = [_barred(after, name) for name in now.exclude if name not in was.exclude]
    if gone:
        yield "major", f"no longer excludes {listed(gone)}"
    if new:
        yield "minor", f"now excludes {listed(new)}"
    if not gone and not new and was.exclude != now.exclude:
        yield "patch", "names whom it excludes in another order"


def _barred(definition: Definition, name: str) -> str:
    if name in definition.steps:
        verb = "voted at" if definition.steps[name].kind == "gate" else "did"
        return f"whoever {verb} {named(definition, name)}"
    return named(definition, name)


def _shown(before: Definition, after: Definition, was: GateSpec, now: GateSpec) -> Told:
    """What is shown is what is approved: a vote is bound to it, and falls where it changes."""
    gone = [_value(before, name) for name in was.show if name not in now.show]
    new = [_value(after, name) for name in now.show if name not in was.show]
    if gone:
        yield "major", f"no longer shows {listed(gone)} to those who vote"
    if new:
        yield "minor", f"now also shows {listed(new)} to those who vote"
    if not gone and not new and was.show != now.show:
        yield "patch", "shows the same in another order"


def _value(definition: Definition, name: str) -> str:
    head, _, rest = name.partition(".")
    if head == "inputs":
        return f"the input {quoted(capital(plain(rest)))}" if rest else "all inputs"
    spelt, _, field = rest.partition(".")
    id = next((id for id in definition.steps if id.replace("-", "_") == spelt), "")
    said = named(definition, id) if id else quoted(plain(spelt))
    return f"{quoted(capital(plain(field)))} of {said}" if field else f"what came of {said}"
