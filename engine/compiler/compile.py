"""Text to a verified definition: read, resolve, lower, prove.

Row 1 of the proofs (the document is well formed, every name resolves, every type fits) is this room's; the
others are `engine.proofs` and are asked only about a document without errors of row 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine import documents
from engine.compiler.names import choices, declare
from engine.compiler.parameters import check_action
from engine.compiler.people import check_people
from engine.compiler.sources import Sources
from engine.compiler.steps import Showing, check_step, compiled
from engine.compiler.targets import route
from engine.definition import MAIN, ActionSpec, Definition, GateSpec, StepSpec
from engine.expressions import checker
from engine.language.places import Places
from engine.language.playbook import Playbook, read_playbook
from engine.language.section import Enough, Reading
from engine.problems import Problem, has_errors
from engine.proofs import prove

MOST_PROBLEMS = 100


@dataclass(frozen=True)
class Compiled:
    """What became of a file. `definition` is there when row 1 found no error; only `ok` ones may be published."""

    file: str
    definition: Definition | None
    problems: tuple[Problem, ...]
    places: Places

    @property
    def ok(self) -> bool:
        return self.definition is not None and not has_errors(self.problems)


def compile_text(text: str, file: str = "") -> Compiled:
    """Compile one playbook. Never raises: whatever is wrong with the text is a problem with a place."""
    document = documents.parse(text, file)
    if document.root is None:
        return Compiled(file, None, document.problems, Places({}))
    reading = Reading(file, most=MOST_PROBLEMS)
    definition = None
    try:
        playbook = read_playbook(document.root, reading)
        definition = None if playbook is None else _resolve(playbook, reading)
    except Enough:
        definition = None
    places = Places(reading.nodes)
    if definition is None or has_errors(reading.problems):
        return Compiled(file, None, _in_order(reading.problems), places)
    found = (*reading.problems, *prove(definition, places, file))
    return Compiled(file, definition, _in_order(found), places)


def _resolve(playbook: Playbook, reading: Reading) -> Definition | None:
    """Return the definition, or None where a part of it could not be read; everything wrong is reported."""
    names = declare(playbook)
    sources = Sources(reading, checker(names), choices(playbook))
    transitions = route(playbook, reading)
    check_people(playbook, reading)
    sources.check(playbook)
    showing = Showing(playbook, names, reading)
    steps: dict[str, StepSpec] = {}
    for step in playbook.steps:
        check_step(step, reading)
        if isinstance(step.does, ActionSpec):
            check_action(step, step.does, sources)
        show = showing.shown(step.does, step) if isinstance(step.does, GateSpec) else ()
        if step.does is not None:
            steps[step.id] = compiled(step, show)
    if has_errors(reading.problems):
        return None
    return Definition(
        playbook=playbook.id,
        title=playbook.title,
        kind=playbook.kind,
        owner=playbook.owner,
        summary=playbook.summary,
        domain=playbook.domain,
        tags=playbook.tags,
        risk=playbook.risk,
        maturity=playbook.maturity,
        review_every=playbook.review_every,
        sla=playbook.sla,
        run_title=playbook.run_title,
        inputs=playbook.inputs,
        roles=playbook.roles,
        steps=steps,
        lists={MAIN: tuple(steps)},
        transitions=transitions,
        outputs=playbook.outputs,
        names=names,
    )


def _in_order(problems: tuple[Problem, ...] | list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.place))
