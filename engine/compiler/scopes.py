"""Which names the expressions of each step are checked against: those around it, and its item's inside an `each`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from engine.compiler.names import Names, choices
from engine.compiler.secrecy import secrets_of
from engine.compiler.sources import Sources
from engine.expressions import checker, spelt
from engine.expressions.types import DYN
from engine.language.playbook import Playbook
from engine.language.section import Reading

_STEP = re.compile(r"steps\s*\.\s*(\w+)")
_ROOT = re.compile(r"(each|signal|payload)\b")
_ONLY = {
    "each": ("There is no item here.", "Only the steps of an `each` have one."),
    "signal": ("There is no signal here.", "It is read in the `match` of a wait, and afterwards as `steps.<wait>`."),
    "payload": ("There is no payload here.", "It is read in the `with` of a webhook."),
}


class Scopes:
    """The checks of one playbook's expressions, by the step whose they are."""

    def __init__(self, playbook: Playbook, names: Names, reading: Reading) -> None:
        self.playbook, self.names, self.reading = playbook, names, reading
        self.choices, self.secrets = choices(playbook), secrets_of(playbook)
        self._known: dict[str, Mapping[str, str]] = {}
        self._sources: dict[tuple[str, tuple[str, ...]], Sources] = {}
        self._inner = {spelt(step.id): each for step in playbook.steps if (each := playbook.each_around(step.within))}

    def names_in(self, within: str) -> Mapping[str, str]:
        """Return what a step of this list may read."""
        each = self.playbook.each_around(within)
        if each not in self._known:
            self._known[each] = self.names.of(each)
        return self._known[each]

    def of(self, within: str, *besides: str) -> Sources:
        """Return the checks for a step of this list, which may read these names besides (their values: anything)."""
        key = self.playbook.each_around(within), besides
        if key not in self._sources:
            names = self.names_in(within)
            if besides:
                names = {**names, **dict.fromkeys(besides, DYN)}
            self._sources[key] = Sources(
                self.reading, checker(names), self.choices, partial(self._explain, names), self.secrets
            )
        return self._sources[key]

    def _explain(self, names: Mapping[str, str], source: str) -> tuple[str, str] | None:
        """Say where a name could be read that is unknown here."""
        root = _ROOT.match(source)
        if root and not any(name.partition(".")[0] == root[1] for name in names):
            return _ONLY[root[1]]
        if root and root[1] == "each":
            offered = ", ".join(f"`{name}`" for name in names if name.startswith("each."))
            return "The item has no such name.", f"There is {offered}."
        step = _STEP.match(source)
        each = self._inner.get(step[1], "") if step else ""
        if step is None or not each or f"steps.{step[1]}.visits" in names:
            return None
        way = step[1]
        while each:
            way, each = f"{spelt(each)}[0].{way}", self.names.around[each]
        return f"`steps.{step[1]}` is read only inside its `each`.", f"Outside it is `steps.{way}`, of the first item."
