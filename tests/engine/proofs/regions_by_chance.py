"""Random small playbooks with regions in regions, ways that leave them, and reads of everything from everywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from engine.definition import Definition, FieldSpec, Rung
from tests.engine.building import action, compute, decide, end, gate, task, wait
from tests.engine.regions import Piece, back, book, call, each, needing, parallel, signal

MOST = 12
DEEPEST = 3
FORM = (FieldSpec("v", "integer"),)
INPUTS = (FieldSpec("q", "boolean"), FieldSpec("items", "list"))
IDS = tuple(f"s{number}" for number in range(MOST + 8))
NAMES = {
    "inputs.q": "bool",
    "inputs.items": "list(string)",
    **{f"steps.{id}.visits": "int" for id in IDS},
    **{f"steps.{id}.v": "int" for id in IDS},
}
MINUTE = timedelta(minutes=1)
PLAIN = ("task", "set", "set", "set", "action", "decide", "decide", "wait", "signal", "call", "gate", "end", "rollback")


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Draw a definition. Every read is of `v`, which tasks, sets, signals and calls may leave."""
    return book(*_Drawn(draw).steps((), 0), inputs=INPUTS, names=NAMES, sla=MINUTE)


class _Drawn:
    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.used = draw, 0

    def _one(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def _ids(self, most: int) -> list[str]:
        count = self.draw(st.integers(1, most))
        ids = list(IDS[self.used : min(self.used + count, MOST)]) or [IDS[self.used]]
        self.used += len(ids)
        return ids

    def steps(
        self, around: tuple[str, ...], depth: int, needs: dict[str, tuple[str, ...]] | None = None
    ) -> list[Piece]:
        """Draw one list. `around` are the steps of the lists around it."""
        ids = self._ids(4 if depth else 5)
        if needs is not None:
            for at, id in enumerate(ids):
                needs[id] = tuple(self.draw(st.lists(st.sampled_from(ids[:at]), max_size=2, unique=True))) if at else ()
        found = []
        for id in ids:
            reach = (*ids, *around)
            if needs is not None:
                reach = (*(one for one in ids if id in needs[one]), *around)
            found.append(self._piece(id, ids, reach, depth, needs))
        return found

    def _piece(self, id: str, ids: list[str], reach: tuple[str, ...], depth: int, needs: Any) -> Piece:
        is_graph = needs is not None
        room = depth < DEEPEST and self.used < MOST
        kind = self._one(*PLAIN, *(("parallel", "parallel", "each", "needing") * 2 if room else ()))
        when = self._one(None, None, None, "inputs.q")
        ways = (None, *reach, "leave", "fail")
        next = None if is_graph else self._one(None, None, None, *ways)
        target = self._one("fail", "leave", *reach) if not is_graph else self._one("fail", *reach)
        inner = (*ids, *reach)
        rungs = (Rung(after=MINUTE, go=target),) if self._one(0, 0, 0, 1) else ()
        if kind == "parallel":
            names = ["x", "y", "z"][: self.draw(st.integers(1, 3))]
            branches = {name: self.steps(inner, depth + 1) for name in names}
            return parallel(id, branches, self._one("all", "all", "any", 1, 2), next, when=when, escalate=rungs)
        if kind == "each":
            return each(id, self.steps(inner, depth + 1), join=self._one("all", "any", 2), next=next, when=when)
        if kind == "needing":
            own: dict[str, tuple[str, ...]] = {}
            return needing(id, self.steps(inner, depth + 1, own), own, next, when=when, escalate=rungs)
        return self._plain(kind, id, next, target, when, rungs, ways if not is_graph else reach or ("fail",))

    def _plain(self, kind: str, id: str, next: Any, target: str, when: Any, rungs: Any, ways: Any) -> Piece:
        if kind == "task":
            return task(id, next, form=FORM, when=when, escalate=rungs)
        if kind == "set":
            other = self._one(*IDS[: self.used])
            return compute(id, next, v=self._one("1", f"steps.{other}.v", f"steps.{other}.v"))
        if kind == "action":
            return action(id, next, self._one(None, target), when=when)
        if kind == "decide":
            other = self._one(*IDS[: self.used])
            rule = self._one("inputs.q", f"steps.{other}.visits < 3", f"has(steps.{other}.v)")
            some = [way for way in ways if way is not None]
            return decide(id, (rule, self._one(*some)), otherwise=self._one(*some))
        if kind == "wait":
            return wait(id, MINUTE, next=next, when=when)
        if kind == "signal":
            return signal(id, next, MINUTE, self._one(None, target))
        if kind == "call":
            return call(id, next, self._one(None, target))
        if kind == "gate":
            return gate(id, on_reject=target, next=next, when=when)
        return end(id) if kind == "end" else back(id)
