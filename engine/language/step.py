"""A step as written: the keys beside its `id`, and the kind it is; and lists of them, however deep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine import documents
from engine.definition import MAIN, ActionSpec, DecideSpec, ParallelSpec, Rung, TaskSpec, Work
from engine.documents import Node, Scalar
from engine.durations import Length
from engine.expressions.names import spelt, trouble_with_id
from engine.language import kinds
from engine.language.doing import read_action, read_call, read_undo
from engine.language.escalation import read_rung
from engine.language.gate import read_gate
from engine.language.keys import kind_of
from engine.language.lookup import OTHERWISE, read_lookup
from engine.language.places import Path
from engine.language.regions import Body, read_each, read_parallel
from engine.language.routes import Rule, Targets, asks_table, read_routes, read_rules
from engine.language.section import Reading, Section


@dataclass(frozen=True)
class Step:
    """One step of the playbook as its author wrote it; targets are not resolved yet.

    `does` is None where the kind could not be read. `within` is the id of its list. `routes` maps the routing keys to
    targets, with `on_outcome` as `outcome:<name>`; `rules` are those of a decide.
    """

    id: str
    path: Path
    title: str
    kind: str
    does: Work | None
    within: str = MAIN
    when: str | None = None
    next: str | None = None
    needs: tuple[str, ...] = ()
    due: Length | None = None
    escalate: tuple[Rung, ...] = ()
    window: str = ""
    undo: ActionSpec | TaskSpec | None = None
    tags: tuple[str, ...] = ()
    locked: bool = False
    routes: Mapping[str, Targets] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()


@dataclass
class Steps:
    """All steps of a list and of the lists in it, each before those inside it; and the lists, by id."""

    steps: list[Step] = field(default_factory=list)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_steps(reading: Reading, node: Node) -> Steps:
    """Read the steps of a playbook; a step whose id is taken is left out, with all that is in it."""
    return _Reader(reading).read(Body(MAIN, node, ("steps",)), "A playbook")


class _Reader:
    """Ids are one set over all lists, so a step is found under `("steps", id)` wherever it stands."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.seen: dict[str, str] = {}

    def read(self, body: Body, what: str) -> Steps:
        found = Steps(lists={body.list: ()})
        if not isinstance(body.node, documents.Sequence):
            message = f"{what} has a list of steps." if body.list else "`steps` is a list of steps."
            self.reading.problem("bad-value", message, body.node.place, "Write `- id: first`.")
            return found
        if not body.node.items:
            self.reading.problem("bad-value", f"{what} has at least one step.", body.node.place)
        for index, item in enumerate(body.node.items):
            inner = self._read(item, body, index)
            if inner is not None:
                found.lists[body.list] += (inner.steps[0].id,)
                found.steps += inner.steps
                found.lists.update(inner.lists)
        return found

    def _read(self, node: Node, body: Body, index: int) -> Steps | None:
        """Return a step, first, and those inside it."""
        if not isinstance(node, documents.Mapping):
            self.reading.problem("bad-value", "A step must be a mapping of keys and values.", node.place)
            return None
        named = node.get("id")
        id = named.text.strip() if isinstance(named, Scalar) else ""
        is_taken = bool(id) and named is not None and not self.reading.is_new(id, named.place, self.seen)
        path: Path = ("steps", id) if id and not is_taken else (*body.path, index)
        section = Section(self.reading, node, path, f"The step `{id}`" if id else "A step")
        if not id:
            section.require("id")
            if named is not None:
                section.filled("id")
        elif named is not None:
            self.reading.nodes[path] = named.place
            if wrong := trouble_with_id(id):
                self.reading.problem("bad-value", wrong, named.place)
        found = self._step(section, id, body)
        if is_taken or not id:
            return None
        return found if not trouble_with_id(id) else Steps(found.steps[:1])

    def _step(self, section: Section, id: str, body: Body) -> Steps:
        kind = kind_of(section, body.is_graph)
        title = section.filled("title") or id.replace("-", " ").replace("_", " ").capitalize()
        before = len(self.reading.problems)
        does, rules, bodies = _work(section, kind, id, title)
        if does is None or (kind in ("action", "call") and len(self.reading.problems) > before):
            self.reading.loose.add(f"steps.{spelt(id)}")
        step = Step(
            id=id,
            path=section.path,
            title=title,
            kind=kind,
            does=does,
            within=body.list,
            when=section.expression("when"),
            next=section.filled("next") or None,
            needs=section.texts("needs") if body.is_graph else (),
            due=section.length("due"),
            escalate=section.items("escalate", lambda node, at: read_rung(self.reading, node, at)),
            window=section.filled("window"),
            undo=read_undo(section, id),
            tags=section.texts("tags"),
            locked=section.flag("locked"),
            routes=read_routes(section, kind),
            rules=rules,
        )
        found = Steps([step])
        for inner in bodies:
            self._add(found, inner, id)
        return found

    def _add(self, found: Steps, body: Body, id: str) -> None:
        """Add what a list of the first step holds; with `needs` the step says what each in it needs."""
        branch = body.list.partition("/")[2]
        inner = self.read(body, f"The branch `{branch}`" if branch else f"The step `{id}`")
        found.steps += inner.steps
        found.lists.update(inner.lists)
        does = found.steps[0].does
        if body.is_graph and isinstance(does, ParallelSpec):
            needs = {step.id: step.needs for step in inner.steps if step.within == body.list}
            found.steps[0] = replace(found.steps[0], does=replace(does, needs=needs))


_Read = tuple[Work | None, tuple[Rule, ...], tuple[Body, ...]]


def _work(section: Section, kind: str, id: str, title: str) -> _Read:
    """Return what the step does, the rules of a decide, and the lists that it holds."""
    does: Work | None = None
    if kind == "parallel":
        does, bodies = read_parallel(section, id)
        return does, (), bodies
    if kind == "each":
        does, bodies = read_each(section, id)
        return does, (), bodies
    if kind == "decide" and not asks_table(section):
        rules = read_rules(section)
        return (None, (), ()) if rules is None else (DecideSpec(), rules, ())
    if kind == "decide":
        asking = section.inner("decide", "A `decide` that asks a table")
        lookup = read_lookup(asking, ("go", OTHERWISE)) if asking else None
        does = None if lookup is None else DecideSpec(table=lookup)
    elif kind == "task":
        does = kinds.read_task(section, id)
    elif kind == "gate":
        inside = section.inner("gate", "A gate")
        does = read_gate(inside, title) if inside else None
    elif kind == "action":
        does = read_action(section)
    elif kind == "call":
        does = read_call(section)
    elif kind == "set":
        does = kinds.read_set(section, id)
    elif kind == "wait":
        does = kinds.read_wait(section)
    elif kind == "rollback":
        does = kinds.read_rollback(section)
    elif kind == "end":
        does = kinds.read_end(section)
    return does, (), ()
