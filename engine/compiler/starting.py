"""What a playbook says of starts: its triggers give what the inputs need, and its places are counted by them."""

from __future__ import annotations

import re

from engine.compiler.given import check_given
from engine.compiler.names import Names
from engine.compiler.scopes import Scopes
from engine.compiler.sources import Sources
from engine.definition import Schedule, Webhook
from engine.expressions import checker
from engine.language.places import Path
from engine.language.playbook import Playbook
from engine.problems import did_you_mean
from engine.triggers import OF_SCHEDULE, OF_WEBHOOK

_ROOT = re.compile(r"inputs|steps|run|each|signal|payload|now")


def check_starts(playbook: Playbook, names: Names, scopes: Scopes) -> None:
    """Report triggers that no run could begin by, and a key that is known only once a run is under way."""
    if playbook.concurrency is not None:
        inputs = {name: kind for name, kind in names.outside.items() if name.startswith("inputs.")}
        _before(inputs, scopes, "Only `inputs` are known before a run begins.").template(
            playbook.concurrency.key, ("concurrency", "key")
        )
    timed = _before(OF_SCHEDULE, scopes, "A schedule brings nothing but the time: `now`.")
    called = _before(OF_WEBHOOK, scopes, "A webhook brings `payload`, and `now`.")
    seen: set[str] = set()
    for number, trigger in enumerate(playbook.triggers):
        if isinstance(trigger, Schedule):
            _given(playbook, trigger, ("triggers", number), timed)
        elif isinstance(trigger, Webhook):
            _given(playbook, trigger, ("triggers", number), called)
            if trigger.name in seen:
                place = called.places.at("triggers", number, "webhook")
                message = f"The webhook `{trigger.name[:80]}` is there already."
                scopes.reading.problem("duplicate-id", message, place)
            seen.add(trigger.name)


def _before(names: dict[str, str], scopes: Scopes, hint: str) -> Sources:
    """Return the checks of expressions that are evaluated before there is a run."""

    def explain(source: str) -> tuple[str, str] | None:
        root = _ROOT.match(source)
        is_known = root is None or any(name.partition(".")[0] == root[0] for name in names)
        return None if is_known else ("There is no run yet.", hint)

    return Sources(scopes.reading, checker(names), scopes.choices, explain, scopes.secrets)


def _given(playbook: Playbook, trigger: Schedule | Webhook, path: Path, sources: Sources) -> None:
    reading, places = sources.reading, sources.places
    inputs = {spec.name: spec for spec in playbook.inputs}
    for name, value in trigger.given.items():
        at = (*path, "with", name)
        sources.templates(value, at)
        if name in inputs:
            check_given(inputs[name], value, at, sources)
        else:
            hint = did_you_mean(name, inputs) or (f"It takes {', '.join(inputs)}." if inputs else "It takes nothing.")
            message = f"The playbook has no input `{name[:80]}`."
            reading.problem("unknown-key", message, reading.keys.get(at, places.at(*at)), hint)
    for name, spec in inputs.items():
        if spec.required and name not in trigger.given:
            place = places.at(*path, "with") if trigger.given else places.at(*path)
            reading.problem("missing-key", f"The input `{name}` is needed in `with`.", place)
