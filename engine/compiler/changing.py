"""The changes of a child, applied in their order to the steps of its parent (semantics [templates]).

Works on the nodes of the document, so that every step keeps its file, line and column. What is removed gives its
routes to what came after it; a locked step, and what stands inside one, stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from engine.compiler.rerouting import Targets, one, rerouted, text_of, ways_of
from engine.definition import LEAVE
from engine.documents import Entry, Mapping, Node, Scalar, Sequence
from engine.language.section import Reading
from engine.language.template import Change
from engine.problems import Place, did_you_mean

Items = tuple[Node, ...]
#: Kinds that never go on to the following step by themselves.
_FINAL = ("decide", "end", "rollback")


class Changing:
    """The steps of one playbook while it is adapted. `made` maps the ids a change brought or led elsewhere to it."""

    def __init__(self, steps: Sequence, reading: Reading) -> None:
        self.steps, self.reading = steps, reading
        self.made: dict[str, Place] = {}

    def apply(self, change: Change) -> None:
        """Apply one change, or say why it cannot be."""
        found = next((step for step in self._all() if step.id == change.step), None)
        if found is None:
            known = [step.id for step in self._all()]
            hint = did_you_mean(change.step, known) or f"Steps here: {', '.join(known[:12])}."
            self._problem("unknown-step", f"There is no step `{change.step[:80]}` to change.", change, hint)
            return
        if self._is_barred(found, change) or self._is_taken(change):
            return
        if change.act == "remove":
            self._take_out(found, change, ())
            return
        for step in change.steps:
            self.made.update(dict.fromkeys((inner.id for inner in _steps((step,))), change.place))
        if change.act == "replace":
            self._take_out(found, change, change.steps)
        else:
            at = 0 if change.act == "before" else 1
            self._edit(found.id, lambda items, index: (*items[: index + at], *change.steps, *items[index + at :]))

    def locked(self) -> list[str]:
        """Return the ids of the locked steps, in the order of the document."""
        return [step.id for step in self._all() if step.is_locked and not step.is_inside_locked]

    def _all(self) -> Iterator[_Step]:
        return _steps(self.steps.items)

    def _is_barred(self, found: _Step, change: Change) -> bool:
        """Report a change of what is locked: the step itself, what it holds, and what holds it."""
        inside, goes = found.is_inside_locked, change.act in ("remove", "replace")
        held = next((step.id for step in self._all() if step.is_locked and found.id in step.around[:-1]), "")
        if goes and held and not found.is_locked:
            message = f"The step `{change.step}` holds the locked step `{held}`: it cannot go."
            self._problem("locked-step", message, change, "Change the steps in it that are not locked.")
            return True
        if not inside and not (goes and found.is_locked):
            return False
        act = {"remove": "removed", "replace": "replaced"}.get(change.act, "changed")
        where = f"The step `{change.step}` stands in a locked step" if inside else f"The step `{change.step}` is locked"
        hint = "Steps may come before and after it." if not inside else "Steps may come before and after that one."
        self._problem("locked-step", f"{where}: it cannot be {act} here.", change, hint)
        return True

    def _is_taken(self, change: Change) -> bool:
        """Report ids that come in and are there already; one that is replaced may come back."""
        going = {step.id for step in self._all() if change.act == "replace" and change.step in step.around}
        there = {step.id for step in self._all()} - going
        taken = [step for step in _steps(change.steps) if step.id and step.id in there]
        for step in taken:
            message = f"The name `{step.id}` is taken: a step of the parent has it."
            self.reading.problem("duplicate-id", message, step.place, "Choose another, or `replace` that step.")
        return bool(taken)

    def _take_out(self, found: _Step, change: Change, coming: tuple[Mapping, ...]) -> None:
        """Let other steps, or none, stand in the place of one, and lead its routes on."""
        ids = [text_of(step.get("id")) for step in coming]
        if found.id in ids:
            self._edit(found.id, lambda items, index: (*items[:index], *coming, *items[index + 1 :]))
            return
        bound = next((step for step in self._all() if step.is_locked and found.id in ways_of(step.node)), None)
        if bound is not None:
            message = f"The locked step `{bound.id}` names the step `{found.id}`, so that has to stay."
            self._problem("locked-step", message, change, "A step of the same id may take its place.")
            return
        targets = self._onward(found, change) if not ids else Targets((ids[0],), tuple(ids))
        if targets is None:
            return
        for step in self._all():
            if found.id in ways_of(step.node):
                self.made[step.id] = change.place
        if not ids:
            self._lead_past(found, change, targets)
        self._edit(found.id, lambda items, index: (*items[:index], *coming, *items[index + 1 :]))
        self.steps = _each_step(self.steps, lambda step: rerouted(step, found.id, targets))

    def _onward(self, found: _Step, change: Change) -> Targets | None:
        """Return where the routes to a removed step lead from now on; None where nothing can be said for it."""
        if found.is_graph:
            after = [step.id for step in self._all() if found.id in one(step.node.get("needs"))]
            return Targets(tuple(after) or (LEAVE,), one(found.node.get("needs")))
        index = found.index
        following = found.beside[index + 1] if index + 1 < len(found.beside) else LEAVE
        named = text_of(found.node.get("next"))
        target = named if named and named != found.id else following
        if index == 0 and target != following and len(found.beside) > 1:
            message = f"The step `{found.id}` begins its list and leads to `{target}`, which does not stand after it."
            self._problem("bad-target", message, change, "Replace it instead.")
            return None
        sources = [step for step in self._all() if found.id in ways_of(step.node) and step.id != found.id]
        if target == LEAVE and any(step.within != found.within for step in sources):
            message = f"The step `{found.id}` is the last of its list, and steps of an inner list lead to it."
            self._problem("bad-target", message, change, "Replace it instead.")
            return None
        return Targets((target,))

    def _lead_past(self, found: _Step, change: Change, targets: Targets) -> None:
        """Let the step before a removed one go where that would have gone, where that is not what follows now."""
        if found.is_graph or found.index == 0:
            return
        following = found.beside[found.index + 1] if found.index + 1 < len(found.beside) else LEAVE
        before = found.beside[found.index - 1]
        self.made.setdefault(before, change.place)
        written = found.node.by_key.get("next")
        if written is None or targets.steps == (following,) or not isinstance(written.value, Scalar):
            return
        value = replace(written.value, text=targets.steps[0], value=targets.steps[0])
        entry = replace(written, value=value)

        def lead(step: Mapping) -> Mapping:
            goes_on = not any(key in step.by_key for key in ("next", *_FINAL))
            is_it = text_of(step.get("id")) == before
            return replace_entries(step, (*step.entries, entry)) if is_it and goes_on else step

        self.steps = _each_step(self.steps, lead)

    def _edit(self, id: str, edit: Callable[[Items, int], Items]) -> None:
        """Change the list in which this step stands."""

        def change(items: Items) -> Items:
            for index, item in enumerate(items):
                if isinstance(item, Mapping) and text_of(item.get("id")) == id:
                    return edit(items, index)
            return items

        self.steps = _each_list(self.steps, change)

    def _problem(self, code: str, message: str, change: Change, hint: str) -> None:
        self.reading.problem(code, message, change.place, hint)


class _Step:
    """A step of the document, with the list it stands in and the steps around it, itself the last."""

    def __init__(
        self, node: Mapping, within: int, index: int, beside: list[str], outside: tuple[_Step, ...], is_graph: bool
    ) -> None:
        named = node.get("id")
        self.node, self.within, self.index, self.beside, self.is_graph = node, within, index, beside, is_graph
        self.id = text_of(named)
        self.place = named.place if named is not None else node.place
        self.around = (*(step.id for step in outside), self.id)
        lock = node.get("locked")
        self.is_inside_locked: bool = any(step.is_locked for step in outside)
        self.is_locked: bool = self.is_inside_locked or (isinstance(lock, Scalar) and lock.value is True)


def _steps(items: Items, outside: tuple[_Step, ...] = (), is_graph: bool = False) -> Iterator[_Step]:
    """Give every step of a list and of the lists inside its steps, in the order of the document."""
    beside = [text_of(item.get("id")) if isinstance(item, Mapping) else "" for item in items]
    for index, item in enumerate(items):
        if isinstance(item, Mapping):
            step = _Step(item, id(items), index, beside, outside, is_graph)
            yield step
            for inner, is_needs in _lists(item):
                yield from _steps(inner.items, (*outside, step), is_needs)


def _lists(step: Mapping) -> Iterator[tuple[Sequence, bool]]:
    """Give the lists of steps inside a step, and whether each is one whose steps say what they need."""
    region, own = step.get("parallel"), step.get("steps")
    if isinstance(own, Sequence):
        yield own, False
    if isinstance(region, Mapping):
        branches, graph = region.get("branches"), region.get("steps")
        if isinstance(branches, Mapping):
            yield from ((entry.value, False) for entry in branches.entries if isinstance(entry.value, Sequence))
        if isinstance(graph, Sequence):
            yield graph, True


def _each_list(steps: Sequence, change: Callable[[Items], Items]) -> Sequence:
    """Return the list with this done to it and to every list inside its steps, the inner ones first."""

    def inner(node: Node) -> Node:
        return _each_list(node, change) if isinstance(node, Sequence) else node

    def step(node: Node) -> Node:
        if not isinstance(node, Mapping):
            return node
        return replace_entries(node, tuple(entry_of(entry) for entry in node.entries))

    def entry_of(entry: Entry) -> Entry:
        if entry.key == "steps":
            return replace(entry, value=inner(entry.value))
        if entry.key != "parallel" or not isinstance(entry.value, Mapping):
            return entry
        region = tuple(
            replace(one, value=inner(one.value))
            if one.key == "steps"
            else replace(one, value=branches(one.value))
            if one.key == "branches"
            else one
            for one in entry.value.entries
        )
        return replace(entry, value=replace_entries(entry.value, region))

    def branches(node: Node) -> Node:
        if not isinstance(node, Mapping):
            return node
        return replace_entries(node, tuple(replace(one, value=inner(one.value)) for one in node.entries))

    return Sequence(steps.place, change(tuple(step(item) for item in steps.items)))


def _each_step(steps: Sequence, change: Callable[[Mapping], Mapping]) -> Sequence:
    return _each_list(steps, lambda items: tuple(change(item) if isinstance(item, Mapping) else item for item in items))


def replace_entries(mapping: Mapping, entries: tuple[Entry, ...]) -> Mapping:
    return Mapping(mapping.place, entries)
