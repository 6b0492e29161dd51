"""Playbooks that call others: the other is known, is given what it takes, and does not lead back here."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from engine.compiler.given import check_given
from engine.compiler.library import find
from engine.compiler.sources import Sources
from engine.definition import CallSpec, Definition
from engine.language.places import Path
from engine.language.step import Step
from engine.problems import did_you_mean

Calls = Mapping[str, tuple[str, ...]]
"""Playbook -> what it calls, for playbooks that are compiled in the same breath and have no definition yet."""


class Called:
    """The playbooks that one may call: those with a definition, by id, and others of which only the calls are known."""

    def __init__(self, playbook: str, known: Mapping[str, Definition], calls: Calls) -> None:
        self.playbook, self.known, self.calls = playbook, known, calls

    def definitions(self, steps: tuple[Step, ...]) -> dict[str, Definition]:
        """Return what is known of the playbooks that these steps call, by the id of the step."""
        works = {step.id: step.does for step in steps if isinstance(step.does, CallSpec)}
        found = {id: find(self.known, work.playbook, work.version) for id, work in works.items()}
        return {id: child for id, child in found.items() if child is not None and child.playbook != self.playbook}

    def check(self, step: Step, work: CallSpec, sources: Sources) -> None:
        """Report an unknown playbook, a call that leads back, and inputs that do not fit."""
        reading, places = sources.reading, sources.places
        sources.templates(work.parameters, (*step.path, "with"), "call")
        place = places.at(*step.path, "call")
        if way := self._way_back(work.playbook):
            message = f"This calls in a circle: {' → '.join((self.playbook, *way))}."
            reading.problem("bad-value", message, place, "A playbook cannot call itself, nor one that calls it.")
        elif (child := find(self.known, work.playbook, work.version)) is not None and child.template:
            message = f"`{work.playbook}` is a template, which starts no runs."
            reading.problem("bad-value", message, place, "Call a playbook that adapts it.")
        elif child is not None:
            _check_inputs(step.path, work, child, sources)
        elif work.playbook in self.known:
            message = f"`{work.playbook}` has no version `{work.version}` to call."
            reading.problem("unknown-playbook", message, place, "Leave the version out to call the newest.")
        elif work.playbook not in self.calls:
            offered = sorted({*self.known, *self.calls} - {self.playbook})
            hint = did_you_mean(work.playbook, offered)
            hint = hint or "Compile its file together with this one, or publish it first."
            reading.problem("unknown-playbook", f"There is no playbook `{work.playbook[:80]}` here.", place, hint)

    def _way_back(self, child: str) -> tuple[str, ...]:
        """Return a shortest way by calls from this child to the playbook itself, empty where there is none."""
        came_from: dict[str, str] = {child: ""}
        queue = deque([child])
        while queue:
            here = queue.popleft()
            if here == self.playbook:
                way = [here]
                while came_from[way[-1]]:
                    way.append(came_from[way[-1]])
                return tuple(reversed(way))
            for called in self._called_by(here):
                if called not in came_from:
                    came_from[called] = here
                    queue.append(called)
        return ()

    def _called_by(self, playbook: str) -> Iterator[str]:
        if playbook in self.calls:
            yield from self.calls[playbook]
        elif playbook in self.known:
            works = (step.does for step in self.known[playbook].steps.values())
            yield from (work.playbook for work in works if isinstance(work, CallSpec))


def _check_inputs(path: Path, work: CallSpec, child: Definition, sources: Sources) -> None:
    reading, places = sources.reading, sources.places
    inputs = {spec.name: spec for spec in child.inputs}
    for name, value in work.parameters.items():
        at = (*path, "with", name)
        if name in inputs:
            check_given(inputs[name], value, at, sources)
        else:
            hint = did_you_mean(name, inputs) or (f"It takes {', '.join(inputs)}." if inputs else "It takes nothing.")
            message = f"`{work.playbook}` takes no `{name[:80]}`."
            reading.problem("unknown-key", message, reading.keys.get(at, places.at(*at)), hint)
    for name, spec in inputs.items():
        if spec.required and name not in work.parameters:
            place = places.at(*path, "with") if work.parameters else places.at(*path, "call")
            reading.problem("missing-key", f"`{work.playbook}` needs `{name}` in `with`.", place)
