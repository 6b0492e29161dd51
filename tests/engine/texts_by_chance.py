"""Playbooks by chance, written as text with every construct of the language, and compiled by the real compiler.

What they say is well formed (row 1 of the proofs), so that there is a definition; the other proofs may find fault:
endless loops, joins that cannot be met, data read before it is set. First the tree of steps is drawn, then what each
says, so that an expression names only what may be read where it stands, and a way leads only where it may lead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import yaml

from engine.calendars import OFFICE_HOURS
from engine.compiler import compile_together, playbooks_of, tables_of
from engine.compiler.compile import compile_text
from engine.definition import Concurrency, Definition
from tests.engine.playbooks_by_chance import ROLES, Dice

CHILD = """\
playbook: child
title: Child
kind: sop
owner: nobody
inputs: {n: {type: integer, required: false}}
steps: [{id: think, set: {n: "3"}}]
outputs: {n: steps.think.n}
"""
TABLE = """\
decision: level
inputs: {n: integer}
outputs: {level: text}
hit: first
rules:
  - {n: ">= 7", then: {level: "'high'"}}
  - {n: "[2..6]", then: {level: "'low'"}}
  - {then: {level: "'none'"}}
"""
_FOUND = compile_together([("child.yaml", CHILD), ("level.yaml", TABLE)])
KNOWN, TABLES = playbooks_of(_FOUND), tables_of(_FOUND)
CALENDARS = {"office-hours": OFFICE_HOURS}

_LEAVES = ("task", "task", "task", "gate", "gate", "action", "action", "decide", "set", "wait", "wait", "call")
_REGIONS = ("branches", "branches", "graph", "each", "each")


@dataclass
class Node:
    """One step in the tree. `each` is the innermost each around it, `lists` are what it holds, by branch."""

    id: str
    kind: str
    each: str = ""
    each_around: tuple[str, ...] = ()
    lists: dict[str, list[Node]] = field(default_factory=dict)
    leaves: tuple[str, ...] = ()
    """Names that it leaves to be read, all of them numbers."""


@dataclass
class Writer:
    """Draws the tree, then writes each step. `left` counts the steps that may still be drawn."""

    dice: Dice
    left: int
    nodes: dict[str, Node] = field(default_factory=dict)

    # ---- the tree

    def tree(self, depth: int = 0, each: str = "", around: tuple[str, ...] = ()) -> list[Node]:
        found = []
        for _ in range(2 + self.dice.number(4) if depth == 0 else 1 + self.dice.number(3)):
            if self.left <= 0 and found:
                break
            found.append(self._node(depth, each, around))
        return found

    def _node(self, depth: int, each: str, around: tuple[str, ...]) -> Node:
        self.left -= 1
        is_region = depth < 3 and self.left > 1 and self.dice.number(2) == 1
        kind = self.dice.pick(*_REGIONS) if is_region else self.dice.pick(*_LEAVES)
        if not is_region and self.dice.number(20) == 19:
            kind = self.dice.pick("end", "rollback")
        node = Node(f"s{len(self.nodes)}", kind, each, around)
        self.nodes[node.id] = node
        if kind in ("set", "action", "call", "signal") or (kind == "task" and self.dice.number(2)):
            node.leaves = ("n",)
        if kind == "branches":
            node.lists = {f"b{number}": self.tree(depth + 1, each, around) for number in range(1 + self.dice.number(3))}
        elif kind == "graph":
            node.lists = {"": self.tree(depth + 1, each, around)}
        elif kind == "each":
            node.lists = {"": self.tree(depth + 1, node.id, (*around, node.id))}
        return node

    # ---- what may be read

    def condition(self, node: Node, more: tuple[str, ...] = ()) -> str:
        there = self._readable(node)
        step = self.dice.pick(*there)
        options = ["inputs.n > 4", "true", "false", f"steps.{step.id}.visits < 3", f"has(steps.{step.id})"]
        options += [f"steps.{step.id}.visits < 2", "inputs.n / (inputs.n - 3) > 0", *more]
        options += [f"int(steps.{step.id}.{name}) > 1" for name in step.leaves]
        if node.each:
            options += ["each.item > 4", "each.index == 0", "each.index < 2"]
        return str(self.dice.pick(*options))

    def number(self, node: Node) -> str:
        there = [step for step in self._readable(node) if step.leaves]
        options = ["inputs.n", "inputs.n + 1", "9 / inputs.n"]
        options += [f"has(steps.{step.id}.n) ? int(steps.{step.id}.n) + 1 : 0" for step in there[:2]]
        options += [f"int(steps.{step.id}.n)" for step in there[:2]]
        return str(self.dice.pick(*options, *(["each.item", "each.index"] if node.each else [])))

    def _readable(self, node: Node) -> list[Node]:
        seen = ("", *node.each_around)
        return [step for step in self.nodes.values() if step.each in seen and step.kind not in ("end", "rollback")] or [
            node
        ]

    # ---- what is written

    def steps(self, nodes: list[Node], around: tuple[str, ...] = (), is_graph: bool = False) -> list[dict[str, Any]]:
        ids = tuple(node.id for node in nodes)
        needs = {node.id: self._needs(ids[:place]) if is_graph else () for place, node in enumerate(nodes)}
        return [self._step(node, ids, around, needs if is_graph else None) for node in nodes]

    def _needs(self, before: tuple[str, ...]) -> tuple[str, ...]:
        return self.dice.some(2, *before) if before else ()

    def _step(
        self, node: Node, beside: tuple[str, ...], around: tuple[str, ...], needs: dict[str, tuple[str, ...]] | None
    ) -> dict[str, Any]:
        place = beside.index(node.id)
        after, outer = beside[place + 1 :], (*beside[place + 1 :], *beside[: place + 1], *around)
        if needs is None:
            back = beside if node.kind in ("task", "gate", "wait") else (self.dice.pick(*beside),)
            away = self.dice.pick("leave", "fail", "rollback", "rollback")
            targets = (*(after or ("leave",)), *after, *back, *around[:1], *around[:2], away)
        else:
            dependents = tuple(id for id, needed in needs.items() if node.id in needed)
            targets = (*dependents * 3, *around[:3], self.dice.pick("fail", "rollback"))
            outer = (*dependents, *around)
        step: dict[str, Any] = {"id": node.id, **self._work(node, targets, outer)}
        if needs is not None and needs[node.id]:
            step["needs"] = list(needs[node.id])
        if node.kind in ("end", "rollback"):
            return step
        if node.kind != "decide":
            if self.dice.number(5) == 4:
                step["when"] = self.condition(node)
            if needs is None and self.dice.number(5) == 4:
                step["next"] = self.dice.pick(*beside[beside.index(node.id) :], *around[:1], "leave")
            if self.dice.number(9) == 8:
                step["window"] = "office-hours"
        if node.kind in ("task", "action", "call", "each", "branches", "set") and self.dice.number(5) < 3:
            step["undo"] = self._undo(node)
        if node.kind not in ("decide", "set") and self.dice.number(3) == 2:
            due = self.dice.pick(None, "2h", "2bh")
            step |= {"due": due} if due else {}
            step["escalate"] = [self._rung(node, targets, due is not None) for _ in range(1 + self.dice.number(2))]
        return step

    def _work(self, node: Node, targets: tuple[str, ...], outer: tuple[str, ...]) -> dict[str, Any]:
        dice = self.dice
        match node.kind:
            case "task":
                return self._task(node, targets)
            case "gate":
                return self._gate(node, targets)
            case "action":
                return self._action(node, targets)
            case "decide":
                return self._decide(node, targets)
            case "set":
                return {"set": {"n": self.number(node)}}
            case "wait":
                return {"wait": self._wait(node, targets)}
            case "call":
                given = dice.pick({}, {"n": f"${{{self.number(node)}}}"})
                aside = dice.pick({}, {"on_error": "ignore"}, {"on_error": dice.pick(*targets)})
                return {"call": "child", **({"with": given} if given else {}), **aside}
            case "branches":
                branches = {name: self.steps(nodes, outer) for name, nodes in node.lists.items()}
                return {"parallel": {"branches": branches, "join": self._join(len(branches))}}
            case "graph":
                return {"parallel": {"steps": self.steps(node.lists[""], outer, is_graph=True)}}
            case "each":
                over = dice.pick(
                    "inputs.items", "inputs.items", "[1, 5]", "[]", "[1, 2, 3, 4, 5]", "[inputs.n, 9 / inputs.n]"
                )
                mode = dice.pick({}, {"mode": "sequence"}, {"at_most": 1 + dice.number(2)})
                inner = self.steps(node.lists[""], outer)
                return {"each": over, "as": f"x{node.id}", **mode, "join": self._join(3), "steps": inner}
            case "rollback":
                return {"rollback": True}
        return {"end": dice.pick("completed", "failed"), "message": "It was ${inputs.n}"}

    def _join(self, lists: int) -> Any:
        return self.dice.pick("all", "all", "any", 1 + self.dice.number(lists))

    def _task(self, node: Node, targets: tuple[str, ...]) -> dict[str, Any]:
        dice = self.dice
        assign = dice.pick(*ROLES, *ROLES, "starter", "user:di", {"role": "red", "pick": "round-robin"})
        task: dict[str, Any] = {"assign": assign, "instructions": "Do ${inputs.n}"}
        if node.leaves:
            task["form"] = {"n": {"type": "integer", "min": 0, "max": 9}}
        if dice.number(4) == 3:
            task["checklist"] = ["one", "two"]
        if dice.number(2):
            return {"task": task}
        task["outcomes"] = ["yes", "no"]
        routes = {outcome: dice.pick(*targets) for outcome in dice.some(2, "yes", "no")}
        return {"task": task, **({"on_outcome": routes} if routes else {})}

    def _gate(self, node: Node, targets: tuple[str, ...]) -> dict[str, Any]:
        dice = self.dice
        tasks = [step for step in self._readable(node) if step.kind in ("task", "gate")]
        approvers = dice.some(2, *ROLES, "user:ed") or ("red",)
        roles = [role for role in approvers if role in ROLES]
        order = dice.pick("any", "any", "sequential")
        quorums: list[Any] = ["any", "all"]
        if order == "any":
            quorums += [2, "60%"]
        if roles and len(roles) == len(approvers):
            quorums.append(dict.fromkeys(roles, 1))
        shown = [f"steps.{step.id}.n" for step in self._readable(node) if step.kind == "task" and step.leaves]
        gate = {
            "ask": "May ${inputs.n}?",
            "show": dice.pick([], ["inputs.n"], shown[:1]),
            "approvers": list(approvers),
            "quorum": dice.pick(*quorums),
            "order": order,
            "reject": dice.pick("any", "majority", "impossible"),
            "exclude": list(dice.some(2, "starter", "user:cy", "blue", *(step.id for step in tasks[:2]))),
        }
        ways = {"on_reject": dice.pick(*targets), "on_return": dice.pick(*targets)}
        return {"gate": gate, **{key: way for key, way in ways.items() if dice.number(2)}}

    def _action(self, node: Node, targets: tuple[str, ...]) -> dict[str, Any]:
        aside = self.dice.pick({}, {"on_error": "ignore"}, {"on_error": self.dice.pick(*targets)})
        given = self.dice.pick({}, {"with": {"n": f"${{{self.number(node)}}}"}})
        return {"action": "debug.echo", "retry": {"attempts": 1 + self.dice.number(2)}, **given, **aside}

    def _decide(self, node: Node, targets: tuple[str, ...]) -> dict[str, Any]:
        dice = self.dice
        if dice.number(4) == 3:
            go = {"high": dice.pick(*targets), "low": dice.pick(*targets)}
            given = {"n": "${inputs.n}"}
            return {
                "decide": {"table": "level", "with": given, "on": "level", "go": go, "otherwise": dice.pick(*targets)}
            }
        rules = [{"when": self.condition(node), "go": dice.pick(*targets)} for _ in range(1 + dice.number(2))]
        return {"decide": [*rules, *([{"otherwise": dice.pick(*targets)}] if dice.number(4) else [])]}

    def _wait(self, node: Node, targets: tuple[str, ...]) -> Any:
        signal: dict[str, Any] = {"signal": self.dice.pick("ready", "ready", "other")}
        if self.dice.number(2):
            signal["match"] = "has(signal.n) && signal.n > 3"
        if self.dice.number(2):
            signal |= {"deadline": self.dice.pick("2h", "2bh"), "on_deadline": self.dice.pick(*targets)}
        return self.dice.pick("1h", "1bh", {"until": "now + duration('90m')"}, signal, signal)

    def _undo(self, node: Node) -> dict[str, Any]:
        if self.dice.number(3) == 2:
            return {"task": {"assign": self.dice.pick(*ROLES, "starter")}}
        return {"action": "debug.echo", "with": {"n": f"${{{self.number(node)}}}"}}

    def _rung(self, node: Node, targets: tuple[str, ...], is_due: bool) -> dict[str, Any]:
        acts: list[dict[str, Any]] = [{"remind": "red"}, {"go": self.dice.pick(*targets)}, {"incident": True}]
        if node.kind == "task":
            acts += [{"reassign": "blue"}, {"add": "green"}, {"remind": ["red", "assigned"]}]
        if node.kind == "gate":
            acts += [{"outcome": "approve"}, {"outcome": "reject"}, {"add": "user:bo"}, {"add": "blue"}]
        act = self.dice.pick(*acts)
        time = {"before_due": "1h"} if is_due and self.dice.number(3) == 2 else {}
        time = time or {"after": self.dice.pick("0h", "1h", "3h", "3bh", "1bd")}
        when = {"when": self.condition(node)} if self.dice.number(4) == 3 else {}
        every = {"every": "1h"} if "remind" in act and self.dice.number(3) == 2 else {}
        return {**time, **when, **act, **every}


@dataclass(frozen=True)
class Written:
    """A playbook by chance: `text` as drawn, and what the compiler made of it."""

    rolled: bytes

    @cached_property
    def text(self) -> str:
        dice = Dice(self.rolled)
        writer = Writer(dice, 4 + dice.number(9))
        nodes = writer.tree()
        steps = writer.steps(nodes)
        outer = [node for node in writer.nodes.values() if not node.each and node.leaves]
        document = {
            "playbook": "chance",
            "title": "By chance",
            "kind": "runbook",
            "owner": "nobody",
            "run_title": "Number ${inputs.n}",
            **dice.pick({}, {"sla": "5h"}, {"sla": "1bd"}),
            "inputs": {
                "n": {"type": "integer", "min": 0, "max": 9},
                "items": {"type": "list", "of": "integer", "default": [4, 5, 6]},
            },
            "roles": {role: {"groups": [role]} for role in ROLES},
            "steps": steps,
            "outputs": {f"o{number}": f"steps.{node.id}.n" for number, node in enumerate(outer[:2])},
        }
        return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False)

    @cached_property
    def definition(self) -> Definition:
        compiled = compile_text(self.text, "chance.yaml", CALENDARS, decisions=TABLES, playbooks=KNOWN)
        assert compiled.definition is not None, "\n".join((self.text, *map(str, compiled.problems)))
        place = Concurrency("${inputs.n}", 1, "queue") if sum(self.rolled[:3]) % 6 == 0 else None
        return replace(compiled.definition, concurrency=place)


def kinds_of(definition: Definition) -> Iterator[str]:
    for step in definition.steps.values():
        yield step.kind
